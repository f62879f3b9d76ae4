"""The parameters of a PostgreSQL URL: libpq 18's own (its documentation, "Parameter Key Words"), and their values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from codemation.text.patterns import lazy
from codemation.text.redaction import percent_decoded
from codemation.text.wording import nearest, quoted_list
from codemation.values.urls.family import MOST_PORT, UrlFault

EXAMPLE: Final = "postgresql://user@host:5432/database"

_YES_OR_NO: Final = ("0", "1")
_TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_PROTOCOLS: Final = ("3.0", "3.2", "latest")

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "channel_binding": ("disable", "prefer", "require"),
    "gssdelegation": _YES_OR_NO,
    "gssencmode": ("disable", "prefer", "require"),
    "load_balance_hosts": ("disable", "random"),
    "max_protocol_version": _PROTOCOLS,
    "min_protocol_version": _PROTOCOLS,
    "replication": ("true", "on", "yes", "1", "database", "false", "off", "no", "0"),
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "sslcertmode": ("allow", "disable", "require"),
    "sslcompression": _YES_OR_NO,
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "sslsni": _YES_OR_NO,
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
}
"""The parameters that take one of a few words."""

NUMBERS: Final = frozenset(
    {
        "connect_timeout",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "tcp_user_timeout",
    }
)
"""Those that take an integer of 32 bits."""

TEXTS: Final = frozenset(
    {
        *("application_name", "client_encoding", "dbname", "fallback_application_name", "gsslib", "host", "hostaddr"),
        *("krbsrvname", "oauth_client_id", "oauth_client_secret", "oauth_issuer", "oauth_scope", "options", "passfile"),
        *(
            "password",
            "port",
            "require_auth",
            "requirepeer",
            "scram_client_key",
            "scram_server_key",
            "service",
            "sslcert",
        ),
        *("sslcrl", "sslcrldir", "sslkey", "sslkeylogfile", "sslpassword", "sslrootcert", "user"),
    }
)
"""Those that take what only the server can judge."""

METHODS: Final = frozenset({"password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"})
"""The words of `require_auth`."""

KNOWN: Final = NUMBERS | TEXTS | CHOICES.keys()
SECRETS: Final = frozenset({"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})

_INTEGER: Final = lazy(r"[+-]?[0-9]{1,10}")
_ADDRESS: Final = lazy(r"[0-9][0-9A-Fa-fxX.]*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%.+)?")
_WORD: Final = lazy(r"[A-Za-z][A-Za-z_.\-]{0,39}")
_NESTED: Final = lazy(r"(?i)^\s*[a-z_]+\s*=|://")
_LARGEST: Final = 2**31
_ENCRYPTED: Final = ("require", "verify-ca", "verify-full")


def fault(query: str) -> UrlFault | None:
    """Why what follows the `?` is refused, or `None`. Of what is in it only words are repeated, and no secret."""
    found: dict[str, str] = {}
    parts = query.removesuffix("&").split("&")
    for number, part in enumerate(parts, 1):
        name, equals, value = part.partition("=")
        name, secret = percent_decoded(name), not SECRETS.isdisjoint(found)
        if not equals:
            return _no_value(name if not secret else "", number)
        if "=" in value:
            return _two_values(value, name if not secret else "", number)
        value = percent_decoded(value)
        if name in found:
            wrong: UrlFault | None = _twice(name)
        elif name == "ssl":
            wrong = _ssl(value)
        elif name not in KNOWN:
            wrong = unknown(name if not secret else "", value, number)
        else:
            wrong = _value_fault(name, value)
        found[name] = value
        if wrong:
            return wrong
    return _together(found)


def _value_fault(name: str, value: str) -> UrlFault | None:
    """Why libpq would refuse the value of a parameter of its own."""
    words = CHOICES.get(name)
    if words is not None:
        if value in words or (words is _TLS_VERSIONS and value.upper() in {word.upper() for word in ("", *words)}):
            return None
        return _no_choice(name, value, words)
    if name in NUMBERS:
        return _number_fault(name, value)
    judge = _JUDGES.get(name)
    return judge(value) if judge else None


def _number_fault(name: str, value: str) -> UrlFault | None:
    whole = _INTEGER.fullmatch(value)
    if whole and -_LARGEST <= int(value) < _LARGEST:
        return None
    from codemation.values.urls.elsewhere import word_meant  # noqa: PLC0415  (only for what is wrong)

    meant = word_meant(name, value)
    unit = {"connect_timeout": " of seconds", "tcp_user_timeout": " of milliseconds"}.get(name, "")
    return UrlFault(
        "parameter",
        f"has a parameter `{name}` that is not a number",
        f"write `{name}={meant}`" if meant else f"write a whole number{unit}",
    )


def _port_fault(value: str) -> UrlFault | None:
    ports = [port for port in value.split(",") if port]
    if all(port.isascii() and port.isdecimal() and 1 <= int(port[:9]) <= MOST_PORT for port in ports):
        return None
    return UrlFault("port", f"has a parameter `port` that is not from 1 to {MOST_PORT}", "write a number, such as 5432")


def _addresses_fault(value: str) -> UrlFault | None:
    if all(_ADDRESS.fullmatch(one) for one in value.split(",") if one):
        return None
    return UrlFault(
        "parameter", "has a parameter `hostaddr` that is not an address", "put a name into `host`, not `hostaddr`"
    )


def _methods_fault(value: str) -> UrlFault | None:
    """Why libpq would refuse what `require_auth` lists: methods that are allowed, or with `!` those that are not."""
    methods = value.split(",") if value else []
    known = METHODS.issuperset(method.removeprefix("!") for method in methods)
    if known and len({method.startswith("!") for method in methods}) <= 1:
        return None
    words = tuple(sorted(METHODS))
    near = None if known else nearest(value.removeprefix("!"), words)
    return UrlFault(
        "parameter",
        f"has a parameter `require_auth` that is no list of {quoted_list(words)}",
        f"write `require_auth={near}`" if near else "write these with commas between, either all with `!` or none",
    )


def _options_fault(value: str) -> UrlFault | None:
    if "-c+" not in value:
        return None
    return UrlFault(
        "parameter",
        "has a `+` for a blank in its parameter `options`, which stays a `+`",
        "take it out, or write `%20`",
    )


def nested_fault(name: str) -> UrlFault | None:
    """Why the (decoded) name of a database is refused: one that is a connection string would be used as one by some."""
    if not _NESTED.search(name):
        return None
    return UrlFault(
        "database",
        "has a connection string in place of the name of its database",
        f"give the one URL that is meant, such as `{EXAMPLE}`",
    )


_JUDGES: Final[dict[str, Callable[[str], UrlFault | None]]] = {
    "dbname": nested_fault,
    "hostaddr": _addresses_fault,
    "options": _options_fault,
    "port": _port_fault,
    "require_auth": _methods_fault,
}
"""Of the texts those that can be judged, by name."""


def _together(found: dict[str, str]) -> UrlFault | None:
    """Why libpq would refuse values that are right by themselves."""
    mode = found.get("sslmode", "require" if "ssl" in found else None)
    if "ssl" in found and mode != "require":
        return UrlFault("parameter", f"has `ssl=true` beside `sslmode={mode}`", "keep one of them")
    if found.get("sslrootcert") == "system" and mode not in {None, "verify-full"}:
        return UrlFault(
            "parameter",
            f"has `sslrootcert=system` beside `sslmode={mode}`, which does not verify the server",
            "write `sslmode=verify-full`, or take `sslrootcert` out",
        )
    direct = found.get("sslnegotiation") == "direct" and found.get("sslrootcert") != "system"
    if direct and mode not in _ENCRYPTED:
        return UrlFault(
            "parameter",
            "has `sslnegotiation=direct` without an `sslmode` that requires encryption",
            f"also write `sslmode=` with one of {', '.join(_ENCRYPTED)}",
        )
    return None


def _no_choice(name: str, value: str, words: tuple[str, ...]) -> UrlFault:
    from codemation.values.urls.elsewhere import word_meant  # noqa: PLC0415  (only for what is wrong)

    near = word_meant(name, value) or (nearest(value, words) if value else None)
    said = f'is "{value}", which' if _WORD.fullmatch(value) else "has a value that"
    return UrlFault(
        "parameter",
        f"has a parameter `{name}` that {said} is not one of {quoted_list(words)}",
        f"write `{name}={near}`" if near else "choose one of these",
    )


def _ssl(value: str) -> UrlFault | None:
    """What is wrong with `ssl`: libpq takes `ssl=true` for `sslmode=require`, and nothing else of it."""
    if value == "true":
        return None
    from codemation.values.urls.elsewhere import SSL_MODES  # noqa: PLC0415  (only for what is wrong)

    meant = SSL_MODES.get(value.lower())
    if meant is None and value in CHOICES["sslmode"]:
        meant = value
    return UrlFault(
        "parameter",
        "has a parameter `ssl` that is not `true`, all that libpq takes there",
        f"write `sslmode={meant}`" if meant else "write `sslmode=` with one of " + ", ".join(CHOICES["sslmode"]),
    )


def _twice(name: str) -> UrlFault:
    return UrlFault(
        "parameter", f"has the parameter `{name}` twice", "keep one: the clients do not agree which of them counts"
    )


def _no_value(name: str, number: int) -> UrlFault:
    return UrlFault(
        "parameter",
        f"has a parameter {_called(name, number)} without a value",
        "write `name=value`; a `&` or `?` that belongs to a value is `%26` or `%3F`",
    )


def _two_values(value: str, name: str, number: int) -> UrlFault:
    if ";" in value.partition("=")[0]:
        return UrlFault("parameter", "has a `;` between its parameters", "write `&` there")
    if value.startswith("="):
        return UrlFault("parameter", f"has two `=` in its parameter {_called(name, number)}", "write one `=`")
    if "?" in value:
        return UrlFault("parameter", "has a second `?`", "separate parameters by `&`; a `?` of a value is `%3F`")
    return UrlFault(
        "parameter", f"has a second `=` in its parameter {_called(name, number)}", "write `%3D` for an `=` in a value"
    )


def unknown(name: str, value: str, number: int) -> UrlFault:
    """What there is to say about a parameter that libpq does not know; a blank name is one that is not repeated."""
    from codemation.values.urls.elsewhere import parameter_advice  # noqa: PLC0415  (only for what is wrong)

    advice = "write `&` in place of `&amp;`" if name.startswith("amp;") else None
    advice = advice or (parameter_advice(name, value) if name else None)
    if advice is None:
        near = nearest(name, tuple(sorted({*KNOWN, "ssl"})), cutoff=0.8) if name else None
        advice = f"did you mean `{near}`?" if near else "take it out: it is of another client"
    return UrlFault("parameter", f"has a parameter {_called(name, number)} that libpq does not know", advice)


def _called(name: str, number: int) -> str:
    """A parameter by its name, if that looks like one; else by its position."""
    return f"`{name}`" if _WORD.fullmatch(name) else f"({number})"
