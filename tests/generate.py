"""Write every generated file: `make generate`. A test holds each of them to what this would write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codemation.backend import prerendered, revisions
from codemation.backend.offline import bodies
from codemation.backend.reading import DIALECTS
from codemation.catalogue import CATALOGUE, Catalogue
from codemation.output_schema import OUTPUTS, output_schema_text
from codemation.schema import schema_text
from codemation.setting import ANY, Section, Setting, snake_case
from codemation.values import ItemArray, OneOrMore
from tests import invalid, test_examples, test_readme, test_schemastore
from tests.editors import beyond

ROOT = Path(__file__).parent.parent

HEADER = '''"""What a host boots from, as typed data (generated from `app_form.py` by `make generate`; do not edit)."""

# Types as they are, not as texts: msgspec would compile each text when the first form is made, at every boot.

from typing import Any, Literal

from msgspec import to_builtins

from codemation.masked import Masked
from codemation.redaction import redact_value
'''

RUNTIME = '''

class Runtime(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The runtime form: every setting decided.

    Attribute access gives plain values; `repr`, `str` and `to_dict` mask secrets.
    """
{fields}
    def to_dict(self, show_secrets: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002  (so specified)
        """The emitted form as plain data, `{{"runtime": {{...}}}}`, with secrets masked unless they are asked for."""
        data = {{"runtime": _plain(to_builtins(self))}}
        return data if show_secrets else redact_value(data)  # type: ignore[return-value]


def _plain(value: Any) -> Any:
    """The data with tuples as lists, as TOML and JSON hold them."""
    if isinstance(value, dict):
        return {{key: _plain(item) for key, item in value.items()}}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
'''


def runtime_form(catalogue: Catalogue) -> str:
    """The source of `runtime_form.py`: one class for each table of the runtime form."""
    classes: dict[str, str] = {}
    fields: list[str] = []
    for section in catalogue.sections:
        table = section.runtime or ()
        for one in section.settings:
            if one.runtime:
                classes |= dict(_item_classes(one))
        if ANY in table:
            classes["PrunePolicy"] = _class("PrunePolicy", section)
            classes["Workflow"] = _struct("Workflow", "What is decided for one workflow.") + (
                "    prune_policy: PrunePolicy\n"
            )
            fields.append("    workflows: dict[str, Workflow] = {}\n")
        elif table:
            name = table[-1][0].upper() + table[-1][1:]
            classes[name] = _class(name, section)
            fields.append(f"    {snake_case(table[-1])}: {name}{_default(name, section)}\n")
        else:
            fields.extend(_field(one) for one in section.settings)
    return HEADER + "".join(classes.values()) + RUNTIME.format(fields="\n" + "".join(fields))


def _default(name: str, section: type[Section]) -> str:
    """What stands for a table that nobody decided: an empty one, which is not emitted, or the built-in values."""
    settings = [one for one in section.settings if one.runtime]
    if all(_optional(one) for one in settings):
        return f" = {name}()"
    if any(one.default is None or one.variable or one.applies for one in settings):
        return ""
    values = "".join(f"        {one.attribute}={one.default!r},\n" for one in settings)
    return f" = {name}(\n{values}    )"


def _struct(name: str, doc: str) -> str:
    return (
        f'\n\nclass {name}(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):\n'
        f'    """{doc.strip()}"""\n\n'
    )


def _item_classes(setting: Setting) -> Iterator[tuple[str, str]]:
    """The classes of the tables inside of a setting's value, the inner ones first."""
    kind = setting.type
    if isinstance(kind, ItemArray | OneOrMore):
        item = kind.item
        lines = [_struct(item.__name__, item.__doc__ or "")]
        for one in item.fields.values():
            optional = "" if one.required else " | None = None"
            lines.append(f'    {one.attribute}: {one.type.annotation}{optional}\n    """{one.doc}"""\n')
        yield item.__name__, "".join(lines)
    if isinstance(kind, OneOrMore):
        lines = [_struct(kind.annotation, setting.doc)]
        lines += [
            f'    {one.attribute}: {one.type.annotation} | None = None\n    """{one.doc}"""\n'
            for one in kind.item.fields.values()
        ]
        lines.append(f'    {kind.several}: {kind.array.annotation} | None = None\n    """{kind.doc}"""\n')
        yield kind.annotation, "".join(lines)


def _class(name: str, section: type[Section]) -> str:
    return _struct(name, section.__doc__ or "") + "".join(_field(one) for one in section.settings if one.runtime)


def _field(setting: Setting) -> str:
    annotation = setting.type.in_runtime_form().annotation
    optional = " | None = None" if _optional(setting) else ""
    return f'    {setting.attribute}: {annotation}{optional}\n    """{setting.doc}"""\n'


def _optional(setting: Setting) -> bool:
    """Whether there may be nothing in force."""
    always = (setting.default is not None or bool(setting.inherits)) and not setting.applies
    return not always or (bool(setting.inherits) and not _has_default(setting.inherits))


def _has_default(keys: tuple[tuple[str, ...], ...]) -> bool:
    return all(
        ANY in key or CATALOGUE.by_key[key].default is not None or CATALOGUE.by_key[key].inherits for key in keys
    )


KNOWN = '''"""The revisions that this program knows (generated from the scripts by `make generate`; do not edit)."""

from __future__ import annotations

from typing import Final

KNOWN: Final = (
{rows})
"""Each revision with its checksum, oldest first."""
'''


def known_revisions() -> str:
    """The source of `known.py`: what the scripts are now."""
    return KNOWN.format(rows="".join(f'    ("{it.id}", "{it.checksum}"),\n' for it in revisions.revisions()))


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file with its text."""
    yield ROOT / "compiler/codemation/runtime_form.py", runtime_form(CATALOGUE)
    yield ROOT / "compiler/codemation/backend/known.py", known_revisions()
    for dialect in DIALECTS:
        yield Path(prerendered.FOLDER) / f"{dialect}.sql", prerendered.rendered(bodies(dialect))
    yield ROOT / "schemas/codemation.schema.json", schema_text(CATALOGUE, "app")
    yield ROOT / "schemas/codemation-runtime.schema.json", schema_text(CATALOGUE, "runtime")
    for name in OUTPUTS:
        yield ROOT / f"schemas/{name}-output.schema.json", output_schema_text(name)
    yield beyond.README, beyond.readme()
    yield from test_schemastore.positive_tests()
    yield from invalid.expected_texts()
    yield from test_examples.expected_texts()
    yield test_readme.README, test_readme.rewritten()


if __name__ == "__main__":
    for path, text in generated():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
