"""The JSON Schema (draft-07) of `codemation.toml`, for editors and for the compiler's own full check.

Everything is inlined and every table is closed, because editors' servers stumble over `$ref`, `allOf` and `$defs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from codemation.settings.catalogue import Catalogue, Leaf, Table, dotted
from codemation.settings.keys import Key
from codemation.settings.setting import ANY, Setting
from codemation.text.amounts import duration
from codemation.text.json import json_text
from codemation.values import Choice, Duration, Integer, ValueType
from codemation.values.base import choices_in_words, documented, fenced, refused_in_words
from codemation.values.refusal import Refusal

if TYPE_CHECKING:
    from jsonschema import Draft7Validator

Form = Literal["app", "runtime"]

DRAFT = "http://json-schema.org/draft-07/schema#"

EXAMPLE_NAME = "my-workflow"
"""What authors might call a table whose name is theirs."""


def document_schema(catalogue: Catalogue, form: Form = "app") -> dict[str, Any]:
    """The schema of a whole document: the app form with the runtime form as its lower level, or the latter alone."""
    root = _table(catalogue, (), catalogue.root)
    if form == "runtime":
        root["properties"] = {"runtime": root["properties"]["runtime"]}
        root["description"] = "The runtime form of codemation.toml, as `codemation compile` prints it."
        root["examples"] = [{"runtime": root["examples"][0]["runtime"]}]
    return {
        "$schema": DRAFT,
        "$id": document_id(form),
        "x-tombi-toml-version": "v1.0.0",
        "x-tombi-table-keys-order": "schema",
        **root,
        "title": "codemation.toml" if form == "app" else "codemation.toml, runtime form",
    }


def document_id(form: Form) -> str:
    """How the schema of a form is called, in each version."""
    return f"urn:codemation:schema:{form}"


def schema_text(catalogue: Catalogue, form: Form = "app") -> str:
    """The schema as it is committed and printed: two spaces, a line feed at the end."""
    return json_text(document_schema(catalogue, form))


def validator(schema: Mapping[str, Any]) -> Draft7Validator:
    """A validator that means TOML's integers: neither `1.0` nor `true` is one."""
    from jsonschema import Draft7Validator, validators  # noqa: PLC0415  (50 ms, and only for faults)

    checker = Draft7Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    extended = validators.extend(Draft7Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    return extended(schema)  # type: ignore[no-any-return]


def title(path: Key) -> str:
    """A path as people read it: `workflows.*.prunePolicy`."""
    return dotted(path).replace('"*"', ANY)


def _table(catalogue: Catalogue, path: Key, table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": title(path), "description": table.doc, "type": "object"}
    if ANY in table.children:
        schema["additionalProperties"] = _node(catalogue, (*path, ANY), table.children[ANY])
    else:
        schema["properties"] = {name: _node(catalogue, (*path, name), child) for name, child in table.children.items()}
        schema["additionalProperties"] = False
        schema |= _conditions(catalogue, path, table)
    schema["examples"] = [_example(catalogue, path, table)]
    return schema


def _node(catalogue: Catalogue, path: Key, node: Table | Leaf) -> dict[str, Any]:
    return _table(catalogue, path, node) if isinstance(node, Table) else _leaf(catalogue, path, node)


def _leaf(catalogue: Catalogue, path: Key, leaf: Leaf) -> dict[str, Any]:
    kind = leaf.kind
    default = default_in(catalogue, leaf)
    return documented(kind, title(path), description(catalogue, leaf), examples(leaf), default)


def _conditions(catalogue: Catalogue, path: Key, table: Table) -> dict[str, Any]:
    """What the values of a table must not be, in words that every engine prints, at the key or value they are about.

    All of it stands under `dependencies`: there no editor's server stumbles over `if` and `then`.
    """
    conditions: dict[str, dict[str, Any]] = {}
    for name, child in table.children.items():
        if isinstance(child, Leaf) and (refusals := child.kind.refusals):
            conditions[name] = refused_in_words(name, title((*path, name)), refusals)
    for one, other in catalogue.exclusive:
        if one[:-1] == path:
            sentence = exclusion(one, other).sentence(title(other))
            conditions.setdefault(one[-1], {})["properties"] = {other[-1]: {"const": sentence}}
    return {"dependencies": conditions} if conditions else {}


def exclusion(one: Key, other: Key) -> Refusal:
    """Why `other` is refused where `one` is written."""
    return Refusal(
        {},
        f"excludes `{dotted(one)}`, and both are written",
        f"keep one of them: `{other[-1]}` names the variable that holds the value, `{one[-1]}` is the value itself",
    )


def description(catalogue: Catalogue, leaf: Leaf) -> str:
    """What a setting does, what it follows and which variable overrides it: the text that editors show."""
    setting = leaf.setting
    parts = [setting.doc, *choices_in_words(leaf.kind)]
    if setting.inherits:
        spelled = [f"`{title(spelling(catalogue, key, app_form=leaf.app_form))}`" for key in setting.inherits]
        least = "the least of " if len(spelled) > 1 else ""
        stated = setting.unless_stated and title(spelling(catalogue, setting.unless_stated, app_form=leaf.app_form))
        instead = f"`{stated}` where that is stated, else " if stated else ""
        parts.append(f"Unless stated: {instead}{least}{' and '.join(spelled)}.")
    default = default_in(catalogue, leaf)
    if default is None:
        parts.append("No default.")
    elif default and not setting.inherits:
        parts.append(f"Default: {_in_words(leaf.kind, default)}.")
    parts += _bounds(leaf.kind)
    if setting.variable:
        named = f", or the one that `{setting.reference[-1]}` names," if setting.reference and leaf.app_form else ""
        parts.append(f"The environment variable {' or '.join(setting.variables)}{named} overrides it.")
    return f"{' '.join(parts)}\n\n{fenced(leaf.path[-1], examples(leaf)[0])}"


def _in_words(kind: ValueType, value: Any) -> str:
    """A value as TOML spells it, a number of seconds with the time that it is."""
    spelled = json_text(value, indent=None).rstrip()
    return f"`{spelled}`{f' ({duration(value)})' if isinstance(kind, Duration) else ''}"


def _bounds(kind: ValueType) -> list[str]:
    """How small and how large a number may be: some editors show only the description."""
    if not isinstance(kind, Integer):
        return []
    most = f"{kind.maximum} ({duration(kind.maximum)})" if isinstance(kind, Duration) else str(kind.maximum)
    return [f"From {kind.minimum} to {most}."]


def examples(leaf: Leaf) -> tuple[Any, ...]:
    """Values that a leaf takes: all of them, where they are few words."""
    return tuple(leaf.kind.choices or leaf.setting.examples)


def _example(catalogue: Catalogue, path: Key, table: Table) -> dict[str, Any]:
    """A table as it may be written: the first example of each key, but of those that exclude each other one."""
    left_out = {one for one, _ in catalogue.exclusive}
    written: dict[str, Any] = {}
    for name, child in table.children.items():
        if (*path, name) in left_out:
            continue
        key = EXAMPLE_NAME if name == ANY else name
        written[key] = _example(catalogue, (*path, name), child) if isinstance(child, Table) else examples(child)[0]
    return written


def default_in(catalogue: Catalogue, leaf: Leaf) -> Any:
    """What holds where nothing at all is stated, in the vocabulary of the leaf's form; `None` where nothing does."""
    default = _effective(catalogue, leaf.setting)
    kind = leaf.setting.type
    if default is not None and leaf.app_form and isinstance(kind, Choice) and kind.runtime:
        words = {runtime: word for word, runtime in kind.runtime.items()}
        return words[default]
    return list(default) if isinstance(default, tuple) else default


def _effective(catalogue: Catalogue, setting: Setting) -> Any:
    """The built-in value, or the least of those that a setting follows."""
    if not setting.inherits:
        return setting.default
    followed = [_effective(catalogue, catalogue.by_key[key]) for key in setting.inherits]
    return None if None in followed else min(followed)


def spelling(catalogue: Catalogue, key: Key, *, app_form: bool) -> Key:
    """A setting's path in the form at hand."""
    return (catalogue.by_key[key].app if app_form else None) or key
