"""Write every generated file: `make generate`. A test holds each of them to what this would write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codemation.catalogue import CATALOGUE, Catalogue
from codemation.output_schema import OUTPUTS, output_schema_text
from codemation.schema import schema_text
from codemation.setting import ANY, Section, snake_case
from tests import invalid, test_examples, test_readme
from tests.editors import beyond

ROOT = Path(__file__).parent.parent

HEADER = '''"""What a host boots from, as typed data (generated from `app_form.py` by `make generate`; do not edit)."""

from __future__ import annotations

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
        data = {{"runtime": _trimmed(to_builtins(self))}}
        return data if show_secrets else redact_value(data)  # type: ignore[return-value]


def _trimmed(data: dict[str, Any]) -> dict[str, Any]:
    """The data with tuples as lists, as TOML and JSON hold them."""
    return {{key: _plain(value) for key, value in data.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _trimmed(value)
    return list(value) if isinstance(value, tuple) else value
'''


def runtime_form(catalogue: Catalogue) -> str:
    """The source of `runtime_form.py`: one class for each table of the runtime form."""
    classes: list[str] = []
    fields: list[str] = []
    for section in catalogue.sections:
        table = section.runtime or ()
        if ANY in table:
            classes.append(_class("PrunePolicy", section))
            classes.append(
                '\n\nclass Workflow(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):\n'
                '    """What is decided for one workflow."""\n\n'
                "    prune_policy: PrunePolicy\n"
            )
            fields.append("    workflows: dict[str, Workflow] = {}\n")
        else:
            name = table[-1][0].upper() + table[-1][1:]
            classes.append(_class(name, section))
            fields.append(f"    {snake_case(table[-1])}: {name}\n")
    return HEADER + "".join(classes) + RUNTIME.format(fields="\n" + "".join(fields))


def _class(name: str, section: type[Section]) -> str:
    lines = [
        f'\n\nclass {name}(Masked, frozen=True, kw_only=True, rename="camel", omit_defaults=True):\n',
        f'    """{(section.__doc__ or "").strip()}"""\n\n',
    ]
    for setting in section.settings:
        if not setting.runtime:
            continue
        kind = setting.type.in_runtime_form()
        always = (setting.default is not None or bool(setting.inherits)) and not setting.applies
        optional = not always or (setting.inherits and not _has_default(setting.inherits))
        lines.append(f"    {setting.attribute}: {kind.annotation}{' | None = None' if optional else ''}\n")
        lines.append(f'    """{setting.doc}"""\n')
    return "".join(lines)


def _has_default(keys: tuple[tuple[str, ...], ...]) -> bool:
    return all(
        ANY in key or CATALOGUE.by_key[key].default is not None or CATALOGUE.by_key[key].inherits for key in keys
    )


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file with its text."""
    yield ROOT / "compiler/codemation/runtime_form.py", runtime_form(CATALOGUE)
    yield ROOT / "schemas/codemation.schema.json", schema_text(CATALOGUE, "app")
    yield ROOT / "schemas/codemation-runtime.schema.json", schema_text(CATALOGUE, "runtime")
    for name in OUTPUTS:
        yield ROOT / f"schemas/{name}-output.schema.json", output_schema_text(name)
    yield beyond.README, beyond.readme()
    yield from invalid.expected_texts()
    yield from test_examples.expected_texts()
    yield test_readme.README, test_readme.rewritten()


if __name__ == "__main__":
    for path, text in generated():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
