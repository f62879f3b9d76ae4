"""The JSON Schema (draft-07) of `codemation.toml`, for editors and for the compiler's own full check.

Everything is inlined and every table is closed, because editors' servers stumble over `$ref`, `allOf` and `$defs`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from codemation.catalogue import Catalogue, Leaf, Table, dotted
from codemation.precedence import Key
from codemation.setting import ANY
from codemation.values import Choice
from codemation.values.base import documented

if TYPE_CHECKING:
    from jsonschema import Draft7Validator

Form = Literal["app", "runtime"]

DRAFT = "http://json-schema.org/draft-07/schema#"


def document_schema(catalogue: Catalogue, form: Form = "app") -> dict[str, Any]:
    """The schema of a whole document: the app form with the runtime form as its lower level, or the latter alone."""
    root = _table(catalogue, (), catalogue.root)
    if form == "runtime":
        root["properties"] = {"runtime": root["properties"]["runtime"]}
        root["description"] = "The runtime form of codemation.toml, as `codemation compile` prints it."
    return {
        "$schema": DRAFT,
        "$id": f"urn:codemation:schema:{form}",
        **root,
        "title": "codemation.toml" if form == "app" else "codemation.toml, runtime form",
        "x-tombi-toml-version": "v1.0.0",
        "x-tombi-table-keys-order": "schema",
    }


def schema_text(catalogue: Catalogue, form: Form = "app") -> str:
    """The schema as it is committed and printed: two spaces, a line feed at the end."""
    return json.dumps(document_schema(catalogue, form), indent=2, ensure_ascii=False) + "\n"


def validator(schema: Mapping[str, Any]) -> Draft7Validator:
    """A validator that means TOML's integers: neither `1.0` nor `true` is one."""
    from jsonschema import Draft7Validator, validators  # noqa: PLC0415  (50 ms, and only for faults)

    checker = Draft7Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    extended = validators.extend(Draft7Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    return extended(schema)  # type: ignore[no-any-return]


def _table(catalogue: Catalogue, path: Key, table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if path:
        schema["title"] = dotted(path).replace('"*"', "*")
    schema["description"] = table.doc
    if ANY in table.children:
        schema["additionalProperties"] = _node(catalogue, (*path, ANY), table.children[ANY])
        return schema
    schema["properties"] = {name: _node(catalogue, (*path, name), child) for name, child in table.children.items()}
    schema["additionalProperties"] = False
    excluded = {one[-1]: other[-1] for one, other in catalogue.exclusive if one[:-1] == path}
    if excluded:
        schema["dependencies"] = {other: {"not": {"required": [one]}} for one, other in excluded.items()}
    return schema


def _node(catalogue: Catalogue, path: Key, node: Table | Leaf) -> dict[str, Any]:
    return _table(catalogue, path, node) if isinstance(node, Table) else _leaf(catalogue, path, node)


def _leaf(catalogue: Catalogue, path: Key, leaf: Leaf) -> dict[str, Any]:
    setting = leaf.setting
    kind = setting.type if leaf.app_form else setting.type.in_runtime_form()
    title = dotted(path).replace('"*"', "*")
    return documented(kind, title, description(catalogue, leaf), setting.examples, default_in(leaf))


def description(catalogue: Catalogue, leaf: Leaf) -> str:
    """What a setting does, what it follows and which variable overrides it: the text that editors show."""
    setting = leaf.setting
    parts = [setting.doc]
    if setting.inherits:
        spelled = [f"`{dotted(spelling(catalogue, key, app_form=leaf.app_form))}`" for key in setting.inherits]
        least = "the least of " if len(spelled) > 1 else ""
        parts.append(f"Unless stated: {least}{' and '.join(spelled)}.")
    if setting.variable:
        parts.append(f"The environment variable {setting.variable} overrides it.")
    return " ".join(parts)


def default_in(leaf: Leaf) -> Any:
    """The built-in value, in the vocabulary of the leaf's form; `None` where there is none or it follows others."""
    setting = leaf.setting
    if setting.default is None or setting.inherits:
        return None
    if leaf.app_form and isinstance(setting.type, Choice) and setting.type.runtime:
        words = {runtime: word for word, runtime in setting.type.runtime.items()}
        return words[setting.default]
    return list(setting.default) if isinstance(setting.default, tuple) else setting.default


def spelling(catalogue: Catalogue, key: Key, *, app_form: bool) -> Key:
    """A setting's path in the form at hand."""
    return (catalogue.by_key[key].app if app_form else None) or key
