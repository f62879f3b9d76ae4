"""What can go wrong with a copy, as typed errors. This module imports no driver."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from codemation.backend.errors import BackendError

if TYPE_CHECKING:
    from codemation.backend.copy.findings import Finding
    from codemation.codes import Code


class CopyRefusedError(BackendError):
    """A database cannot be copied, or the copy is not the original; the target is as it was.

    `findings` are the cells of the source that PostgreSQL cannot hold, where these are why.
    """

    code: ClassVar[Code] = "CM510"
    slug = "copy-refused"

    def __init__(self, message: str, help: str, findings: Sequence[Finding] = ()) -> None:  # noqa: A002  (as in `Diagnostic`)
        super().__init__(message, help)
        self.findings = tuple(findings)


class CopyStoppedError(CopyRefusedError):
    """Who asked for the copy told it to stop; the target is as it was."""
