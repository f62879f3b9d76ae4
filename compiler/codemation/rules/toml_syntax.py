"""CM003: the file is no valid TOML 1.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemation.diagnostics import Diagnostic
from codemation.origin import FileOrigin, Origin, Position, Span
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.sources.toml import TomlSource

if TYPE_CHECKING:
    from codemation.settings.habits import Line


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report where the text stops being TOML."""
    fault = model.source.syntax
    if fault:
        from codemation.settings.habits import Line  # noqa: PLC0415  (for what is no TOML)

        yield _told(model, Line(model.catalogue, model.source.text, fault.position, fault.message))


def further(model: SemanticModel) -> Iterator[Diagnostic]:
    """What to repair on the lines below, as if the parser had come so far: only what each line tells by itself.

    Ends where a text of several lines begins, of which no line is a statement.
    """
    from codemation.settings.habits import Line  # noqa: PLC0415  (for what is no TOML)

    fault = model.source.syntax
    if fault is None:
        return
    lines = model.source.text.split("\n")
    header = Line(model.catalogue, model.source.text, fault.position, fault.message).header
    for number, text in enumerate(lines[fault.position.line :], fault.position.line + 1):
        if '"""' in text or "'''" in text:
            return
        if text.lstrip().startswith("["):
            header = text
        elif alone := TomlSource(model.source.name, text.removesuffix("\r")).syntax:
            place = Position(number, alone.position.column)
            told = _told(model, Line(model.catalogue, f"{header}\n{text}", place, alone.message, first=number - 1))
            if told.fixes:
                yield told


def _told(model: SemanticModel, line: Line) -> Diagnostic:
    from codemation.settings.habits import meaning, opening, remedy, repair  # noqa: PLC0415  (for what is no TOML)

    opened = opening(line)
    above = (("opened here", FileOrigin(model.source.name, "", value_span=opened)),) if opened else ()
    return RULE.at(
        model,
        FileOrigin(model.source.name, "", value_span=_character(line)),
        f"{model.source.name} is not valid TOML: {meaning(line)}",
        remedy(line),
        related=_written_first(model, line) or above,
        fix=repair(line),
    )


def _character(line: Line) -> Span:
    """The character at which the parser stopped, or all quotes of a text; behind the last one of a line is none."""
    place = line.position
    start = Position(place.line, min(place.column, line.length + 1))
    return Span(start, Position(place.line, min(start.column + max(1, len(line.opens_lines)), line.length + 1)))


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
