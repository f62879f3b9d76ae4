"""URLs of the web, as servers of tools and issuers of sign-in have them."""

from __future__ import annotations

from typing import Final

from codemation.text.patterns import UNSEEN, lazy
from codemation.values.refusal import Refusal
from codemation.values.urls.family import Family, UrlFault
from codemation.values.urls.fault import STARS, beginning_fault, common_refusals, refuse_unless, refuse_where

FAMILY: Final = Family(("https://", "http://"), "https://host.example.com/path", secret="credential", port="443")  # noqa: S106

# One host, which must be named; the web's authority has no more.
_HOST: Final = rf"(?:\[[0-9A-Fa-f:.]+\]|[^:,@/?#\[\]\x20{UNSEEN}]+)(?::[0-9]+)?"

PATTERN: Final = rf"^https?://(?:[^@/?#\x20{UNSEEN}]*@)?{_HOST}(?:[/?#][^\x20{UNSEEN}]*)?$"
"""A URL without blanks."""

MASKED: Final = STARS
"""Credentials may stand anywhere in a URL of the web, and three stars mean nothing else there."""


def fault(url: str) -> UrlFault | None:
    """Why the URL is refused, or `None`."""
    wrong = beginning_fault(url, FAMILY)
    if wrong:
        return wrong
    if not lazy(PATTERN).fullmatch(url):
        return FAMILY.host()
    return FAMILY.masked() if lazy(MASKED).search(url) else None


def refusals() -> tuple[Refusal, ...]:
    """The same as JSON Schema."""
    return (
        *common_refusals(FAMILY),
        refuse_unless(PATTERN, FAMILY.host()),
        refuse_where(MASKED, FAMILY.masked()),
    )
