"""Environment variables that are no settings: switches, and those that the host reads by itself."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from codemation.text.patterns import lazy
from codemation.text.wording import differences, quoted
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
    """A variable that the host reads by itself; a configuration may depend on it, and never sets it.

    `check` is what the rules make of it.
    """

    name: str
    doc: str
    example: str
    check: str
    secret: bool = False


PRODUCTION: Final = "production"

MODES: Final = ("NODE_ENV", "CODEMATION_ENV")
"""The variables either of which says that this is production, in any case."""

NEARLY_PRODUCTION: Final = frozenset({"prod", "prd", "live"})
"""What other programs call it."""


def meant_for_production(text: str) -> bool:
    """Whether a mode that is not `production` was probably meant to be: another word, a slip, or a comment behind it.

    Docker's `--env-file` hands on what follows a `#`.
    """
    word = text.lower().partition("#")[0].rstrip(" \t,;")
    if word == PRODUCTION != text.lower():
        return True
    return word != PRODUCTION and (word in NEARLY_PRODUCTION or differences(word, PRODUCTION, 2) <= 2)  # noqa: PLR2004


LEAST_SECRET: Final = 16
"""Characters of a secret that cannot be guessed: 64 bits, if it is hexadecimal."""

_PLACEHOLDER: Final = lazy(
    r"(?i)<.*>|\{\{.*\}\}|undefined|null|none|nil|todo|tbd|fixme|(?:example|default|test|dev|password|passwd)[0-9]*"
    r"|(?:super|very|top|my|some)?[-_ ]?secret[-_ ]?(?:key|value)?[0-9]*"
    r"|your[-_ ].*(?:secret|key|here|string).*|.*(?:change|replace)[-_ ]?(?:me|this|it|with).*"
    r"|.*(?:secret|key|value|string)[-_ ]?here.*|.*placeholder.*|openssl rand.*|`.*`|\[[A-Za-z _-]*\]"
    r"|[*\u2022\u25cf]+|(?:[A-Z_]*SECRET|[a-z_]*secret)\s*[=:].*"
)
_GUESSED: Final = lazy(
    r"(?i)(?:(?:a|my|our|the|some|this|is|not|do|use|in|only|for|very|super|top|long|random|generate|strong|unsafe|insecure"
    r"|dev|development|test|testing|prod|production|local|example|sample|dummy|fake|default|todo|fixme|app|auth|jwt"
    r"|session|codemation|secret|key|value|string|token|password|passwd|passphrase|generated?|with|by|from|openssl|rand"
    r"|base64|hex|put|set|enter|insert|paste|add|write|here|please|new|one|to|be|it|me|change[ds]?|replaced?|redacted"
    r"|masked|filtered|hidden|removed|unknown|empty|missing|hello|world|foo|bar|baz|admin|root|user|letmein|welcome"
    r"|qwerty|abc)[-_ :.!]*)+[0-9]{0,6}"
)
"""A text that is made of nothing but such words."""


def weak_secret(text: str) -> str | None:
    """Why a secret would protect nothing, continuing a sentence that began with its name, or `None`."""
    if _PLACEHOLDER.fullmatch(text) or _GUESSED.fullmatch(text):
        return "is a placeholder"
    return f"has fewer than {LEAST_SECRET} characters" if len(text) < LEAST_SECRET else None


AUTH_SECRET: Final = "AUTH_SECRET"  # noqa: S105  (a name)

_ON: Final = f"`{PRODUCTION}` in it turns on the rules of check for production"
_WANTED: Final = "in production check wants it, and no placeholder"

HOST_VARIABLES: Final = {
    variable.name: variable
    for variable in (
        *(
            HostVariable(name, f"Where the host runs. `{PRODUCTION}` makes sign-in required.", PRODUCTION, _ON)
            for name in MODES
        ),
        HostVariable(
            AUTH_SECRET, "What the host signs its sessions with. Required in production.", "", _WANTED, secret=True
        ),
    )
}
"""Every such variable, by name."""
