"""What a rule is: its code, its page, when it applies, and its check, all in one file of this package."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from codemation.diagnostics import Diagnostic, Fix, Related, Severity
from codemation.origin import Origin
from codemation.resolution.semantic_model import Read, SemanticModel
from codemation.text.redaction import redact

if TYPE_CHECKING:
    from codemation.codes import Code

Check = Callable[[SemanticModel], Iterator[Diagnostic]]
"""Finds what there is to report; a function of this name in the rule's module."""


class Rule(Struct, frozen=True):
    """One rule.

    `summary` is a line for the catalogue. `page` is Markdown: what it means, why it matters, what to do, with a bad
    example. `needs` tells what must have been read: the `file`, or (where something is said to be missing) all
    `sources`. `about` names the settings, or tables of such, in the runtime form, without any of which being stated
    there is nothing to check. `on_key` tells that it points at the key, not at the value.

    A rule without a check is reported where its code is given: to the problem of a value, or to a `BackendError`.
    """

    code: Code
    slug: str
    severity: Severity
    summary: str
    page: str
    needs: Read = "file"
    about: tuple[str, ...] = ()
    on_key: bool = False

    def at(
        self,
        model: SemanticModel,
        origin: Origin | None,
        message: str,
        help: str,  # noqa: A002  (the name that the reports give it)
        *,
        key: str | None = None,
        related: tuple[tuple[str, Origin], ...] = (),
        severity: Severity | None = None,
        harmless: bool = True,
        fix: Fix | None = None,
    ) -> Diagnostic:
        """A diagnostic at an origin: at its value, or its key. All texts are redacted here, whatever they quote."""
        file, span = model.locate(origin, on_key=self.on_key)
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
            fixes=(fix,) if fix else (),
        )
