"""What a check is, and what it may find. This module imports no driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from codemation.backend.errors import BackendError

if TYPE_CHECKING:
    from codemation.codes import Code

State: TypeAlias = Literal["ok", "warning", "failed", "skipped"]
"""`warning`: a host works, but something will go wrong; `failed`: it does not work; `skipped`: it was not looked at."""


class Finding(NamedTuple):
    """What a check found: `text` says it in a sentence, `help` what to do.

    `error` is there where a boot or a migration fails with it, in the same words; `details` are all the things that
    `text` may only count.
    """

    state: State
    text: str
    help: str | None = None
    error: BackendError | None = None
    details: tuple[str, ...] = ()

    @property
    def code(self) -> Code | None:
        """The error's, if there is one."""
        return self.error.code if self.error else None


Look: TypeAlias = Callable[[Any], Finding]
"""Looks at a part. It may raise a `BackendError` (the check then failed) or `NotToldError` (it is then skipped)."""


class Check(NamedTuple):
    """One check: `looks_at` is a line for the catalogue, `page` is Markdown: what is wrong and what to do about it."""

    name: str
    looks_at: str
    page: str
    look: Look


class NotToldError(Exception):
    """A part does not tell what was asked, a right being missing for one; the text says why, in a sentence."""


class Checks(list[Check]):
    """The checks of a module, in the order of the report."""

    def add(self, name: str, looks_at: str, page: str) -> Callable[[Look], Look]:
        """Declare the function below to be a check."""

        def declared(look: Look) -> Look:
            self.append(Check(name, looks_at, page, look))
            return look

        return declared


def ok(text: str) -> Finding:
    """All is well."""
    return Finding("ok", text)


def warn(text: str, help: str, details: tuple[str, ...] = ()) -> Finding:  # noqa: A002  (as in `Diagnostic`)
    """A host works, but something will go wrong."""
    return Finding("warning", text, help, details=details)


def failed(text: str, help: str, details: tuple[str, ...] = ()) -> Finding:  # noqa: A002
    """A host does not work."""
    return Finding("failed", text, help, details=details)


def skipped(text: str) -> Finding:
    """It was not looked at, for this reason."""
    return Finding("skipped", text)


def failed_by(error: BackendError) -> Finding:
    """A host fails with this error."""
    return Finding("failed", error.message, error.help, error)


def found(check: Check, part: Any) -> Finding:
    """What a check finds, whatever it raises."""
    try:
        return check.look(part)
    except BackendError as error:
        return failed_by(error)
    except NotToldError as error:
        return skipped(str(error))
