"""Environment variables that are on or off and no setting: they tell a command or a boot what to do, once."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from codemation.values import Problem
from codemation.wording import quoted

_WORDS: Final = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}


class Switch(Struct, frozen=True):
    """One such variable; without a value it is off."""

    name: str
    doc: str

    def value(self, text: str | None) -> bool | None:
        """What a trimmed text says; `None` where it says neither. Blank counts as not set."""
        return _WORDS.get(text.lower()) if text else False

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
