r"""What URL a setting accepts: one module for each family.

The patterns mean the same in Python's `re`, in ECMAScript and in Rust's `regex` (no look-around, no back-reference, no
`\d` or `\w`), because the JSON Schema carries them. They say what a pattern can: whatever one of them refuses is
refused, and more besides. One caution: Python's `$` also matches before a last newline, so use `fullmatch` for what a
family accepts, never `search`.
"""

from __future__ import annotations

from typing import Final

from codemation.text.patterns import lazy
from codemation.values.refusal import Refusal
from codemation.values.urls import credentials, postgresql, redis, web
from codemation.values.urls.family import Reason, Schemes, UrlFault
from codemation.values.urls.fault import MASKED_PASSWORD

__all__ = [
    "MASKED",
    "PATTERNS",
    "Reason",
    "Schemes",
    "UrlFault",
    "has_secret",
    "is_masked",
    "reference",
    "refusals",
    "url_fault",
]

_FAULTS: Final = {"postgresql": postgresql.fault, "redis": redis.fault, "http": web.fault}
_REFUSALS: Final = {"postgresql": postgresql.refusals, "redis": redis.refusals, "http": web.refusals}

_FAMILIES: Final = {"postgresql": postgresql.FAMILY, "redis": redis.FAMILY, "http": web.FAMILY}

PATTERNS: Final[dict[Schemes, str]] = {
    "postgresql": postgresql.PATTERN,
    "redis": redis.PATTERN,
    "http": web.PATTERN,
}
"""By family, what every URL of it matches."""

MASKED: Final[dict[Schemes, str]] = {
    "postgresql": MASKED_PASSWORD,
    "redis": MASKED_PASSWORD,
    "http": web.MASKED,
}
"""By family, what finds masked output."""


def url_fault(url: str, schemes: Schemes) -> UrlFault | None:
    """Why `url` is not one of the family `schemes`, or `None` for one that is."""
    return _FAULTS[schemes](url)


def refusals(schemes: Schemes) -> tuple[Refusal, ...]:
    """The same as JSON Schema, which can ask nothing but whether a pattern is found: a part of it."""
    return _REFUSALS[schemes]()


def reference(schemes: Schemes) -> str | None:
    """The key that names a variable with such a URL, where there is one."""
    return _FAMILIES[schemes].reference


def is_masked(url: str, schemes: Schemes) -> bool:
    """Whether a credential of the URL is `***`: masked output, pasted back."""
    return ("*" in url or "%" in url) and lazy(MASKED[schemes]).search(url) is not None


def has_secret(url: str, schemes: Schemes) -> bool:
    """Whether the URL has credentials in it: a password, and on the web also a token or a secret parameter."""
    return credentials.has_web_secret(url) if schemes == "http" else credentials.has_password(url)
