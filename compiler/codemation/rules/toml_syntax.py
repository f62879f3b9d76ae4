"""CM003: the file is no valid TOML 1.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemation.diagnostics import Diagnostic
from codemation.origin import FileOrigin, Origin, Position, Span
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule

if TYPE_CHECKING:
    from codemation.settings.habits import Line


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report where the text stops being TOML."""
    fault = model.source.syntax
    if fault:
        from codemation.settings.habits import Line, meaning, remedy, repair  # noqa: PLC0415  (for what is no TOML)

        start = fault.position
        line = Line(model.catalogue, model.source.text, start, fault.message)
        first = _written_first(model, line)
        yield RULE.at(
            model,
            FileOrigin(model.source.name, "", value_span=_character(model.source.text, start)),
            f"{model.source.name} is not valid TOML: {meaning(line)}",
            remedy(line),
            related=first,
            fix=repair(line),
        )


def _character(text: str, place: Position) -> Span:
    """The character at a place; behind the last one of a line there is none."""
    end = len(text.split("\n")[place.line - 1].removesuffix("\r")) + 1
    start = Position(place.line, min(place.column, end))
    return Span(start, Position(place.line, min(start.column + 1, end)))


def _written_first(model: SemanticModel, line: Line) -> tuple[tuple[str, Origin], ...]:
    """Where the key or table stands that is here for the second time."""
    path = line.repeated
    found = model.source.location(path) if path else None
    if found is None or found.value.start.line >= line.number:
        return ()
    return (("written first", FileOrigin(model.source.name, "", found.key, found.key or found.value)),)


RULE = Rule(
    "CM003",
    "toml-syntax",
    "error",
    "the file is not valid TOML 1.0",
    """\
The file does not parse as TOML 1.0, so nothing in it is known. The line and column are where the
parser gave up; the mistake is often a little before: a missing quote, a missing bracket, a key
written twice. A password with a quote in it is a common reason: keep it out of the file, with
`urlEnv`.

Example:

    [app.database]
    kind = sqlite

Instead:

    [app.database]
    kind = "sqlite"
""",
    needs="nothing",
)
