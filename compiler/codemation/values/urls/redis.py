"""URLs of Redis: one server, by the grammar that redis-py and ioredis share."""

from __future__ import annotations

from typing import Final

from codemation.text.patterns import UNSEEN
from codemation.text.redaction import percent_decoded
from codemation.values.refusal import Refusal
from codemation.values.urls.family import Family, UrlFault
from codemation.values.urls.fault import (
    ADDRESS,
    LETTER,
    MASKED_PASSWORD,
    PORT,
    beginning_fault,
    common_refusals,
    hosts_fault,
    refuse_unless,
    refuse_where,
    text_fault,
    text_refusals,
)

FAMILY: Final = Family(
    ("redis://", "rediss://", "unix://"), "redis://host:6379/0", port="6379", reference="redisUrlEnv"
)

_HOST: Final = rf"(?:{ADDRESS}|{LETTER}+){PORT}"
_NUMBER: Final = "(?:/[0-9]*)?"
_SOCKET: Final = rf"unix://(?:[^/?#{UNSEEN}]*@)?/[^?#{UNSEEN}]+(?:\?[^{UNSEEN}]*)?"

PATTERN: Final = rf"^(?:rediss?://(?:[^/?#{UNSEEN}]*@)?{_HOST}{_NUMBER}(?:\?[^{UNSEEN}]*)?|{_SOCKET})$"
"""One server with a readable host and port, and a number for its database; `unix` wants the path of a socket."""

_SEVERAL: Final = r"^rediss?://(?:[^/?#]*@)?[^@/?#]*,"


def fault(url: str) -> UrlFault | None:
    """Why the URL is refused, or `None`."""
    wrong = beginning_fault(url, FAMILY) or text_fault(url, FAMILY, MASKED_PASSWORD)
    if wrong:
        return wrong
    scheme, _, rest = url.partition("://")
    before, _, query = rest.partition("?")
    found = _socket_fault(before) if scheme == "unix" else _server_fault(before, query)
    return found or (_number_fault(query, scheme) if "db=" in query else None)


def _socket_fault(rest: str) -> UrlFault | None:
    user, slash, path = rest.partition("/")
    if slash and path and "#" not in rest and (not user or user.endswith("@")):
        return None
    return _no_socket()


def _server_fault(rest: str, query: str) -> UrlFault | None:
    authority, slash, number = rest.partition("/")
    # A password with a raw `/` or `?` ends the authority: then what follows has the `@`.
    host = authority.rpartition("@")[2]
    if "#" in rest or ("@" in number + query.partition("=")[0] and "@" not in authority):
        return FAMILY.host()
    if "," in host:
        return _several()
    wrong = hosts_fault(host, FAMILY)
    if wrong:
        return _several() if ";" in host else wrong
    if number.startswith("/") and host.endswith(":"):
        return FAMILY.scheme_again()
    if not host.partition(":")[0]:
        return _no_host() if not number or _is_number(number) else _no_scheme_of_socket()
    return _database_fault(number) if slash and number else None


def _database_fault(number: str) -> UrlFault | None:
    """What is wrong with what stands behind the host's `/`: with a `,` it is another server."""
    if _is_number(number):
        return None
    return _several() if "," in number else _no_number()


def _number_fault(query: str, scheme: str) -> UrlFault | None:
    """A `db` that is no number, which both clients take for the database."""
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name == "db" and not _is_number(percent_decoded(value)):
            return _no_number("?db=0" if scheme == "unix" else FAMILY.example)
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _several() -> UrlFault:
    return UrlFault(
        "host",
        "names several hosts or options",
        f"name one server, `{FAMILY.example}`: a cluster or sentinels cannot be named here",
    )


def _no_host() -> UrlFault:
    return UrlFault("host", "names no host", f"write it before the port, `{FAMILY.example}`")


def _no_scheme_of_socket() -> UrlFault:
    return UrlFault(
        "host",
        "names no host, but what seems to be a socket",
        "write `unix://` before its path: `unix:///run/redis.sock`",
    )


def _no_number(example: str = FAMILY.example) -> UrlFault:
    return UrlFault("database", "has a database that is not a number", f"write its number, `{example}`")


def _no_socket() -> UrlFault:
    return UrlFault(
        "socket",
        "has no absolute path of a socket after `unix://`",
        "write three slashes, `unix:///run/redis.sock`, and percent-encode `/`, `?` and `#` in a password",
    )


def refusals() -> tuple[Refusal, ...]:
    """The same as JSON Schema, as far as that can say it."""
    return (
        *common_refusals(FAMILY),
        *text_refusals(FAMILY, MASKED_PASSWORD),
        refuse_unless(rf"^rediss?://|^{_SOCKET}$", _no_socket()),
        refuse_where(_SEVERAL, _several()),
        refuse_where(rf"^rediss?://(?:[^/?#{UNSEEN}]*@)?(?::[0-9]*)?(?:[/?]|$)", _no_host()),
        refuse_unless(rf"^unix://|^rediss?://(?:[^/?#{UNSEEN}]*@)?{_HOST}(?:[/?][^{UNSEEN}]*)?$", FAMILY.host()),
        refuse_unless(PATTERN, _no_number()),
    )
