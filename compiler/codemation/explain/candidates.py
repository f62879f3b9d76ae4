"""What a trace is made of: one offer of a value (`Candidate`), and all offers for one setting (`Resolved`)."""

from __future__ import annotations

from typing import Any, Final, Literal

from msgspec import Struct

from codemation.origin import Origin, Source

Status = Literal["won", "outranked", "blank", "rejected", "unused", "hidden", "unset"]
"""What became of one candidate."""


Cause = Literal["uncontested", "named", "not consulted", "file unread", "not valid", "does not apply"]
"""Why, where others say it in their own words."""


class Candidate(Struct, frozen=True):
    """One source's offer for one setting.

    `value` is what the source said, in the runtime vocabulary, with secrets masked. `reason` tells why it won, lost or
    does not count; `cause` is the same for programs, where any asks, and `because` the part of the reason that explains
    it. `implied` marks a value that is not written there but follows from what is (a URL says PostgreSQL).
    """

    source: Source
    origin: Origin
    value: Any
    status: Status
    reason: str
    implied: bool = False
    cause: Cause | None = None
    because: str = ""


class Resolved(Struct, frozen=True):
    """One setting's answer with every candidate, the highest rank first.

    `status` is the winner's (`won`), or says why there is no value in force: `rejected`, `unused` or `unset`.
    """

    key: str
    app_key: str | None
    value: Any
    status: Status
    secret: bool
    candidates: tuple[Candidate, ...]

    @property
    def winner(self) -> Candidate | None:
        """Who decided, if anybody did."""
        return next((one for one in self.candidates if one.status == "won"), None)


STATED: Final = frozenset({"override", "environment", "app", "runtime"})
"""The layers in which somebody says something."""

Trace = tuple[Resolved, ...]
"""Every setting of a compilation, in the order of the forms."""
