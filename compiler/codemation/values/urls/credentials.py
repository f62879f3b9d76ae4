"""What in a URL is secret, and whether it is masked."""

from __future__ import annotations

from typing import Final

from codemation.text.patterns import lazy
from codemation.text.redaction import mask_url, percent_decoded
from codemation.values.urls import web

_WEB: Final = lazy(web.PATTERN)
_WEB_PARTS: Final = lazy(r"https?://(?:([^/?#]*)@)?[^/?#@]*(.*)")
# The same userinfo as libpq's (up to an `@` before the first `/`), but with an `@` of its own, as other parsers allow.
_PASSWORD: Final = lazy(r"[^:/]*://(?:(?!%(?:25)*3[Aa])[^:/])*(?::|%(?:25)*3[Aa])[^/]+@")
_PARAM: Final = lazy(r"[?&]([^=&?]{1,99})=[^&]")


def has_web_secret(url: str) -> bool:
    """Whether credentials stand in a URL of the web: a password, a token or a secret parameter."""
    parts = _WEB_PARTS.match(url) if _WEB.fullmatch(url) else None
    if parts is None:
        return mask_url(url) != url
    # An `@` in a path is none of a user's: `https://host:8080/@scope/name`.
    rest = "https://host/" + parts[2].replace("@", "")
    # A blank user with a blank password is no credential.
    return parts[1] not in {None, "", ":"} or mask_url(rest) != rest


def has_password(url: str) -> bool:
    """Whether a password that is not blank stands in a server's URL: before the host, or as a parameter."""
    if _PASSWORD.match(url):
        return True
    return any(percent_decoded(name[1]).lower() in {"password", "sslpassword"} for name in _PARAM.finditer(url))
