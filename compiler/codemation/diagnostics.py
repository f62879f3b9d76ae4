"""What is wrong, as data: made by rules, printed by reports, carried by `ConfigError`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from codemation.codes import Code
from codemation.origin import Origin, Span, spot

Severity = Literal["error", "warning"]


class Related(Struct, frozen=True, gc=False):
    """Another place that has to do with it: what it conflicts with, where it is also set."""

    message: str
    origin: Origin


class Edit(Struct, frozen=True, gc=False):
    """What to write in place of a stretch of a file; an empty stretch is where to put it in.

    `text` is never a secret.
    """

    span: Span
    text: str


class Fix(Struct, frozen=True, gc=False):
    """A repair that is sure to be what was meant: `title` says what it does, as an order.

    `edits` are all of the diagnostic's file, in the order of its text, and belong together. No other key, and no value
    that is right, means anything else after them.
    """

    title: str
    edits: tuple[Edit, ...]


class Diagnostic(Struct, frozen=True, gc=False):
    """One thing that is wrong.

    `message` is one sentence that names the key and the source as its owner spells it; `help` says what to do. `key` is
    the setting (as its source spells it), `file` and `span` the place, all `None` where they do not apply. A report may
    quote the value at `span` only where it is `harmless`. `fixes` are the repairs that `check --fix` may make: none
    where it takes a guess.
    """

    code: Code
    slug: str
    severity: Severity
    message: str
    help: str
    key: str | None = None
    file: str | None = None
    span: Span | None = None
    origin: Origin | None = None
    related: tuple[Related, ...] = ()
    harmless: bool = True
    fixes: tuple[Fix, ...] = ()


class ConfigError(Exception):
    """The configuration is wrong. `diagnostics` holds everything that was found, warnings too."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        super().__init__(diagnostics)

    def __str__(self) -> str:
        """One line for each diagnostic, errors first; never a secret."""
        ranked = sorted(self.diagnostics, key=lambda diagnostic: diagnostic.severity)
        return "\n".join(["the configuration is not valid:", *(f"  {summary(diagnostic)}" for diagnostic in ranked)])


def count_errors(diagnostics: Iterable[Diagnostic]) -> int:
    """How many of them are errors; with any, there is no runtime form."""
    return sum([diagnostic.severity == "error" for diagnostic in diagnostics])


def summary(diagnostic: Diagnostic) -> str:
    """A diagnostic in one line."""
    place = f"{spot(diagnostic.file, diagnostic.span)}: " if diagnostic.file else ""
    return f"{diagnostic.severity}[{diagnostic.code}]: {place}{diagnostic.message} (help: {diagnostic.help})"


def order(diagnostic: Diagnostic) -> tuple[object, ...]:
    """The order of reports: by file (those without one last), then place, then code."""
    span = diagnostic.span
    place = (span.start.line, span.start.column) if span else (0, 0)
    return (
        diagnostic.file is None,
        diagnostic.file or "",
        place,
        diagnostic.code,
        diagnostic.key or "",
        diagnostic.message,
    )
