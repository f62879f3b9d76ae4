"""What a rule is: its code, its page, and its check, all in one file of this package."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from codemation.diagnostics import Diagnostic, Related, Severity
from codemation.facts import Facts
from codemation.origin import EnvironmentOrigin, FileOrigin, Origin, Span
from codemation.redaction import redact

Check = Callable[[Facts], Iterator[Diagnostic]]


class Rule(Struct, frozen=True):
    """One rule.

    `summary` is a line for the catalogue. `page` is Markdown: what it means, why it matters, what to do, with a bad
    example. `check` finds what there is to report; backend rules have none, for they report failures as they happen.
    """

    code: str
    slug: str
    severity: Severity
    summary: str
    page: str

    def at(
        self,
        facts: Facts,
        origin: Origin | None,
        message: str,
        help: str,  # noqa: A002  (the name that the reports give it)
        *,
        key: str | None = None,
        related: tuple[tuple[str, Origin], ...] = (),
        severity: Severity | None = None,
        on_key: bool = False,
        harmless: bool = True,
    ) -> Diagnostic:
        """A diagnostic at an origin: at its value, or `on_key`. All texts are redacted here, whatever they quote."""
        file, span = place_of(facts, origin, on_key=on_key)
        return Diagnostic(
            code=self.code,
            slug=self.slug,
            severity=severity or self.severity,
            message=redact(message),
            help=redact(help),
            key=redact(key) if key else None,
            file=file,
            span=span,
            origin=origin,
            related=tuple(Related(redact(text), place) for text, place in related),
            harmless=harmless,
        )


def place_of(facts: Facts, origin: Origin | None, *, on_key: bool) -> tuple[str | None, Span | None]:
    """The file and the span that a diagnostic about an origin points at."""
    if isinstance(origin, FileOrigin):
        spans = (origin.key_span, origin.value_span) if on_key else (origin.value_span, origin.key_span)
        return origin.file, spans[0] or spans[1]
    if isinstance(origin, EnvironmentOrigin) and origin.file:
        return origin.file, facts.environment.span(origin)
    return None, None
