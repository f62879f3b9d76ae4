"""Environment variables that are no settings: switches, and those that the host reads by itself."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from codemation.text.wording import quoted
from codemation.values import Problem
from codemation.values.scalars import WORDS


class Switch(Struct, frozen=True):
    """One such variable; without a value it is off."""

    name: str
    doc: str

    def value(self, text: str | None) -> bool | None:
        """What a trimmed text says; `None` where it says neither. Blank counts as not set."""
        return WORDS.get(text.lower()) if text else False

    def problem(self, text: str | None) -> Problem | None:
        """What is wrong with a trimmed text, continuing a sentence that began with the name, or `None`."""
        if self.value(text) is not None:
            return None
        help_text = f"write true (or 1, yes, on) or false (or 0, no, off), or unset {self.name}"
        return Problem("CM201", f"is {quoted(text or '')}, which is neither true nor false", help_text)


SKIP_STARTUP_MIGRATIONS: Final = Switch(
    "CODEMATION_SKIP_STARTUP_MIGRATIONS",
    "Whether a boot only verifies that the database is up to date, and leaves migrating to `codemation db migrate`.",
)

SWITCHES: Final = {switch.name: switch for switch in (SKIP_STARTUP_MIGRATIONS,)}
"""Every switch, by name."""


class HostVariable(Struct, frozen=True):
    """A variable that the host reads by itself; a configuration may depend on it, and never sets it."""

    name: str
    doc: str
    example: str
    secret: bool = False


PRODUCTION: Final = "production"

MODES: Final = ("NODE_ENV", "CODEMATION_ENV")
"""The variables either of which says that this is production, in any case."""

AUTH_SECRET: Final = "AUTH_SECRET"  # noqa: S105  (a name)

HOST_VARIABLES: Final = {
    variable.name: variable
    for variable in (
        *(
            HostVariable(name, f"Where the host runs. `{PRODUCTION}` makes sign-in required.", PRODUCTION)
            for name in MODES
        ),
        HostVariable(AUTH_SECRET, "What the host signs its sessions with. Required in production.", "", secret=True),
    )
}
"""Every such variable, by name."""
