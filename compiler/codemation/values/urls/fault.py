"""Looking for what is wrong with a URL: what the families have in common."""

from __future__ import annotations

from typing import Final

from codemation.text.patterns import NOT_BLANK, UNEXPANDED, UNSEEN, lazy
from codemation.values.refusal import Refusal, having, lacking
from codemation.values.urls.family import MOST_PORT, Family, UrlFault

HAS_UNSEEN: Final = f"[{UNSEEN}]"
BAD_ESCAPE: Final = r"%(?:[^0-9A-Fa-f]|[0-9A-Fa-f](?:[^0-9A-Fa-f]|$)|$)|%00"
"""A `%` that no two hexadecimal digits follow, and the NUL that none of the clients takes."""

STARS: Final = r"(?:\*|%2[Aa])(?:\*|%2[Aa])(?:\*|%2[Aa])"
MASKED_PASSWORD: Final = rf"://[^:/]*(?::|%(?:25)*3[Aa]){STARS}(?:[@/?]|$)|[?&](?:ssl)?password={STARS}(?:&|$)"
"""Finds a password that is `***`, what `codemation.text.redaction.mask_url` leaves of one."""

ADDRESS: Final = rf"\[[^\[\]@/?#{UNSEEN}]+\]"
LETTER: Final = rf"[^:,@/?#\[\]{UNSEEN}]"
PORT: Final = "(?::[0-9]*)?"
"""An address in brackets, a character of a host's name, and a port: of an authority, as patterns."""

_SCHEME: Final = lazy(r"([A-Za-z][A-Za-z0-9+.\-]{0,39}):")
_FIRST_UNEXPANDED: Final = lazy(UNEXPANDED)
_OF_WINDOWS: Final = lazy(r"%[A-Z][A-Z0-9_]+%")
_FIRST_BAD_ESCAPE: Final = lazy(BAD_ESCAPE)
_SERVICE: Final = lazy(r"[^:]*:(?:tcp|udp|sctp):?")
_HEXADECIMAL: Final = frozenset("0123456789abcdefABCDEF:.")


def refuse_where(found: str, fault: UrlFault) -> Refusal:
    """As JSON Schema: where a pattern is found."""
    return having(found, fault.message, fault.help)


def refuse_unless(found: str, fault: UrlFault) -> Refusal:
    """As JSON Schema: where a pattern is not found."""
    return lacking(found, fault.message, fault.help)


def common_refusals(family: Family) -> tuple[Refusal, ...]:
    """What every family refuses, as JSON Schema: the first of it."""
    return (
        refuse_unless(NOT_BLANK, family.blank()),
        refuse_where(HAS_UNSEEN, family.unseen()),
        refuse_unless(f"^(?:{'|'.join(family.schemes)})://", family.scheme()),
    )


def text_refusals(family: Family, masked: str) -> tuple[Refusal, ...]:
    """What the families for servers refuse wherever it stands, as JSON Schema."""
    return (
        refuse_where(UNEXPANDED, family.unexpanded()),
        refuse_where(" ", family.space()),
        refuse_where(BAD_ESCAPE, family.escape()),
        refuse_where(masked, family.masked()),
    )


def text_fault(url: str, family: Family, masked: str) -> UrlFault | None:
    """What is wrong wherever it stands in a URL of the right scheme; `masked` finds masked output."""
    if ("$" in url or "{{" in url) and _FIRST_UNEXPANDED.search(url):
        return family.unexpanded()
    if " " in url:
        return family.space()
    if "%" in url and _FIRST_BAD_ESCAPE.search(url):
        return family.unexpanded() if _OF_WINDOWS.search(url) else family.escape(nul="%00" in url)
    if ("*" in url or "%" in url) and lazy(masked).search(url):
        return family.masked()
    return None


def beginning_fault(url: str, family: Family) -> UrlFault | None:
    """What is wrong with a URL's characters and its scheme."""
    if url.startswith(family.prefixes) and url.isascii() and url.isprintable():
        return None
    if not url.strip():
        return family.blank()
    if lazy(HAS_UNSEEN).search(url):
        return family.unseen()
    if url.startswith(family.prefixes):
        return None
    from codemation.values.urls.elsewhere import scheme_fault  # noqa: PLC0415  (only for what is wrong)

    found = _SCHEME.match(url)
    return scheme_fault(url, found[1] if found else None, family)


def hosts_fault(hosts: str, family: Family) -> UrlFault | None:
    """What is wrong with `host:port,host:port…`; any of them may be blank."""
    for one in hosts.split(",") if "," in hosts else (hosts,):
        host, colon, port = one.rpartition(":")
        if not colon or one.endswith("]"):
            host, port = one, ""
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
            wrong = not host or "[" in host or "]" in host
        elif host.startswith("["):
            return UrlFault(
                "host", "has a `[` before its host, and no `]` behind", f"close the address: `[::1]:{family.port}`"
            )
        else:
            wrong = ":" in host or "[" in host or "]" in host
        if wrong or "@" in host or not (port.isascii() and (port.isdecimal() or not port)):
            return _unread_fault(one, family) if (wrong and "]" not in one) or "$" in one else family.host()
        digits = port.lstrip("0")
        if port and not (0 < len(digits) <= len(str(MOST_PORT)) and int(digits) <= MOST_PORT):
            return family.port_range()
    return None


def _unread_fault(one: str, family: Family) -> UrlFault:
    """What is wrong with a host and a port that have a `:` too many."""
    if "$" in one:
        return family.unexpanded()
    if _SERVICE.fullmatch(one):
        return UrlFault(
            "port",
            "has `tcp://…` in place of its port, which Kubernetes puts into variables in `_PORT`",
            "take the port from the variable in `_SERVICE_PORT`, or state `enableServiceLinks: false`",
        )
    if one[:3].lower() == "%2f":
        return UrlFault(
            "host",
            "has a socket's folder with a `:` before the database",
            "put it into a parameter: `postgresql://user@/database?host=/cloudsql/…`",
        )
    if _HEXADECIMAL.issuperset(one):
        return UrlFault("host", "has an IPv6 address without brackets", f"write it in brackets: `[…]:{family.port}`")
    return family.host()
