r"""What URL a setting accepts.

The patterns mean the same in Python's `re`, in ECMAScript and in Rust's `regex` (no look-around, no back-reference, no
`\d` or `\w`), because the JSON Schema carries them. One caution: Python's `$` also matches before a last newline, so
use `fullmatch` for the two URL patterns, never `search`.
"""

from __future__ import annotations

from collections.abc import Callable
from re import Pattern
from typing import Final, Literal

from msgspec import Struct

from codemation.text.patterns import NOT_BLANK, lazy
from codemation.text.redaction import mask_url, percent_decoded
from codemation.values.refusal import Refusal, having, lacking

Schemes = Literal["postgresql", "redis", "http"]
"""The families of URLs."""

Reason = Literal["blank", "control", "scheme", "socket", "port", "masked"]
"""Why a URL is refused, in the order in which it is looked at."""

_CONTROL: Final = r"\x00-\x1f\x7f-\x9f"
_HOST: Final = rf"(?:\[[^\[\]@/?#{_CONTROL}]+\]|[^:,@/?#\[\]{_CONTROL}]*)(?::[0-9]*)?"
_AUTHORITY: Final = rf"(?:[^/?#{_CONTROL}]*@)?{_HOST}(?:,{_HOST})*"
# No `#` here: libpq would take `#x:y` for a part of the host with a port, others for a fragment.
_REST: Final = rf"(?:[/?][^{_CONTROL}]*)?"
_STARS: Final = r"(?:\*|%2[Aa])(?:\*|%2[Aa])(?:\*|%2[Aa])"

POSTGRESQL_URL: Final = rf"^postgres(?:ql)?://{_AUTHORITY}{_REST}$"
"""All that libpq takes for a URL, whose ports are numbers (or blank) and which has no control character."""

_SOCKET: Final = rf"unix://(?:[^/?#{_CONTROL}]*@)?/[^?#{_CONTROL}][^{_CONTROL}]*"

REDIS_URL: Final = rf"^(?:rediss?://{_AUTHORITY}{_REST}|{_SOCKET})$"
"""The same for Redis; `unix` wants the absolute path of a socket."""

# One host, which must be named; the web's authority has no more.
_WEB_HOST: Final = rf"(?:\[[0-9A-Fa-f:.]+\]|[^:,@/?#\[\]\x20{_CONTROL}]+)(?::[0-9]+)?"

HTTP_URL: Final = rf"^https?://(?:[^@/?#\x20{_CONTROL}]*@)?{_WEB_HOST}(?:[/?#][^\x20{_CONTROL}]*)?$"
"""A URL of the web without blanks."""

MASKED_PASSWORD: Final = rf"://[^:/]*(?::|%(?:25)*3[Aa]){_STARS}(?:[@/?]|$)|[?&](?:ssl)?password={_STARS}(?:&|$)"
"""Finds a password that is `***`, what `codemation.text.redaction.mask_url` leaves of one."""

PATTERNS: Final[dict[Schemes, str]] = {"postgresql": POSTGRESQL_URL, "redis": REDIS_URL, "http": HTTP_URL}
"""What each family accepts."""

MASKED: Final[dict[Schemes, str]] = {
    "postgresql": MASKED_PASSWORD,
    "redis": MASKED_PASSWORD,
    # Credentials may stand anywhere in a URL of the web, and three stars mean nothing else there.
    "http": _STARS,
}
"""Finds masked output, by family."""

_ACCEPTED: Final[dict[Schemes, Pattern[str]]] = {family: lazy(pattern) for family, pattern in PATTERNS.items()}
_NAMES: Final[dict[Schemes, tuple[str, ...]]] = {
    "postgresql": ("postgresql", "postgres"),
    "redis": ("redis", "rediss", "unix"),
    "http": ("https", "http"),
}
_EXAMPLES: Final[dict[Schemes, str]] = {
    "postgresql": "postgresql://user@host:5432/database",
    "redis": "redis://host:6379/0",
    "http": "https://host.example.com/path",
}
_IS_MASKED: Final[dict[Schemes, Pattern[str]]] = {family: lazy(pattern) for family, pattern in MASKED.items()}
_HAS_CONTROL: Final = lazy(rf"[{_CONTROL}]")
_WEB_PARTS: Final = lazy(r"https?://(?:([^/?#]*)@)?[^/?#@]*(.*)")
_SCHEME: Final = lazy(r"([A-Za-z][A-Za-z0-9+.\-]{0,39})://")
# The same userinfo as libpq's (up to an `@` before the first `/`), but with an `@` of its own, as other parsers allow.
_PASSWORD: Final = lazy(r"[^:/]*://(?:(?!%(?:25)*3[Aa])[^:/])*(?::|%(?:25)*3[Aa])[^/]+@")
_PARAM: Final = lazy(r"[?&]([^=&?]{1,99})=[^&]")


class UrlFault(Struct, frozen=True):
    """Why a URL is refused: `message` continues a sentence that names the key, `help` says what to do.

    Neither holds any part of the URL but its scheme, and that only if it looks like one.
    """

    reason: Reason
    message: str
    help: str


def url_fault(url: str, schemes: Schemes) -> UrlFault | None:
    """Say why `url` is not one of the family `schemes`, or `None` for one that is.

    `None` exactly where the family's pattern matches and its pattern of masked output finds nothing.
    """
    if _ACCEPTED[schemes].fullmatch(url):
        return _fault("masked", schemes) if is_masked(url, schemes) else None
    if not url.strip():
        return _fault("blank", schemes)
    if _HAS_CONTROL.search(url):
        return _fault("control", schemes)
    if not url.startswith(tuple(f"{name}://" for name in _NAMES[schemes])):
        return _scheme_fault(url, schemes)
    return _fault("socket" if url.startswith("unix://") else "port", schemes)


def refusals(schemes: Schemes) -> tuple[Refusal, ...]:
    """The same as JSON Schema, which can ask nothing but whether a pattern is found."""
    names = _NAMES[schemes]
    ways: list[tuple[Reason, Callable[[str, str, str], Refusal], str]] = [
        ("blank", lacking, NOT_BLANK),
        ("control", having, f"[{_CONTROL}]"),
        ("scheme", lacking, f"^(?:{'|'.join(names)})://"),
        ("socket", lacking, f"^rediss?://|^{_SOCKET}$"),
        ("port", lacking, _ACCEPTED[schemes].pattern),
        ("masked", having, MASKED[schemes]),
    ]
    faults = [
        (refuse, pattern, _fault(reason, schemes))
        for reason, refuse, pattern in ways
        if reason != "socket" or "unix" in names
    ]
    return tuple(refuse(pattern, fault.message, fault.help) for refuse, pattern, fault in faults)


def _fault(reason: Reason, schemes: Schemes) -> UrlFault:
    """What there is to say about a URL that is refused for a reason, knowing nothing else of it."""
    names = _NAMES[schemes]
    example = f"a URL such as `{_EXAMPLES[schemes]}`"
    secret = "credential" if schemes == "http" else "password"
    starts = f"{', '.join(f'`{name}://`' for name in names[:-1])} or `{names[-1]}://`"
    said: dict[Reason, tuple[str, str]] = {
        "blank": ("is blank", f"give {example}, or take it out"),
        "control": (
            "holds a control character, such as a line break, a tab or NUL",
            "remove it, or percent-encode it (`%0A`) where it belongs to the password",
        ),
        "scheme": (f"does not start with {starts}", f"give {example}"),
        "socket": (
            "has no absolute path of a socket after `unix://`",
            "write three slashes, `unix:///run/redis.sock`, and percent-encode `/`, `?` and `#` in a password",
        ),
        "port": (
            "has a host or a port that cannot be read",
            # No URL with a password as the example: it would be masked.
            (
                "write host and port as `host:5432`, and in the password `%2F` for `/`, `%3F` for `?`, `%23` for `#`, "
                "`%40` for `@` and `%3A` for `:`"
            ),
        ),
        "masked": (
            f"has the {secret} `***`, which is how masked output shows one",
            (
                f"give the real {secret}, or copy the URL from where it is not masked "
                "(`codemation compile --show-secrets`)"
            ),
        ),
    }
    return UrlFault(reason, *said[reason])


def is_masked(url: str, schemes: Schemes) -> bool:
    """Whether a credential of the URL is `***`: masked output, pasted back."""
    return ("*" in url or "%" in url) and _IS_MASKED[schemes].search(url) is not None


def has_secret(url: str, schemes: Schemes) -> bool:
    """Whether the URL has credentials in it: a password, and on the web also a token or a secret parameter."""
    if schemes != "http":
        return has_password(url)
    parts = _WEB_PARTS.match(url) if _ACCEPTED[schemes].fullmatch(url) else None
    if parts is None:
        return mask_url(url) != url
    # An `@` in a path is none of a user's: `https://host:8080/@scope/name`.
    rest = "https://host/" + parts[2].replace("@", "")
    # A blank user with a blank password is no credential.
    return parts[1] not in {None, "", ":"} or mask_url(rest) != rest


def has_password(url: str) -> bool:
    """Say whether a password that is not blank stands in `url`: in the userinfo, `password=` or `sslpassword=`."""
    if _PASSWORD.match(url):
        return True
    return any(percent_decoded(name[1]).lower() in {"password", "sslpassword"} for name in _PARAM.finditer(url))


def _scheme_fault(url: str, schemes: Schemes) -> UrlFault:
    names = _NAMES[schemes]
    listed = ", ".join(f"`{name}`" for name in names)
    found = _SCHEME.match(url)
    if found is None:
        return _fault("scheme", schemes)
    scheme = found[1]
    base, plus, driver = scheme.partition("+")
    if base in names and plus:
        advice = f"take out `+{driver}`: write `{base}://…`"
    elif scheme.lower() in names:
        advice = f"write the scheme in lower case: `{scheme.lower()}://…`"
    else:
        advice = f"give a URL such as `{_EXAMPLES[schemes]}`"
    return UrlFault("scheme", f"has the scheme `{scheme}`, which is not one of {listed}", advice)
