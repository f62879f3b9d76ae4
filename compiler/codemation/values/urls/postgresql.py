"""URLs of PostgreSQL: what libpq's own parser takes, decided without loading it, less what is never meant.

libpq 18, `conninfo_uri_parse_options` in `src/interfaces/libpq/fe-connect.c`. Refused beyond it: a raw `#`, `?` or a
second `@` before the database (they belong to a password, and other clients read them otherwise), a raw blank, a port
that none is, a raw `/` in the database's name, a database's name that is a connection string itself or holds
parameters, a parameter that is there twice, and the values that libpq would refuse when it connects.
"""

from __future__ import annotations

from typing import Final

from codemation.text.patterns import UNSEEN, lazy
from codemation.text.redaction import percent_decoded
from codemation.values.refusal import Refusal
from codemation.values.urls import postgresql_parameters
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

FAMILY: Final = Family(("postgresql://", "postgres://"), postgresql_parameters.EXAMPLE, reference="urlEnv")

_HOST: Final = rf"(?:{ADDRESS}|{LETTER}*){PORT}"
_AUTHORITY: Final = rf"(?:[^/?#@{UNSEEN}]*@)?{_HOST}(?:,{_HOST})*"

PATTERN: Final = rf"^postgres(?:ql)?://{_AUTHORITY}(?:[/?][^{UNSEEN}]*)?$"
"""What of all this a pattern says: whose hosts and ports can be read."""

_PARAMETER: Final = lazy(r"[&;][A-Za-z_]{3,40}=")
_TWO_AT: Final = r"^[a-z]+://[^/?#]*@[^/?#]*@"


def fault(url: str) -> UrlFault | None:
    """Why the URL is refused, or `None`."""
    wrong = beginning_fault(url, FAMILY) or text_fault(url, FAMILY, MASKED_PASSWORD)
    if wrong:
        return wrong
    authority, database, query = _parts(url.partition("://")[2])
    *user, hosts = authority.split("@")
    if len(user) > 1:
        return _two_at()
    if "#" in authority:
        return FAMILY.host()
    return (
        hosts_fault(hosts, FAMILY)
        or (_database_fault(database, hosts) if database else None)
        or (_at_fault(authority, database, query) if "@" in query else None)
        or (postgresql_parameters.fault(query) if query else None)
    )


def _parts(rest: str) -> tuple[str, str | None, str]:
    """The authority, the database's name and the query, none of them decoded. A `#` is a part of any of them."""
    before, _, query = rest.partition("?")
    authority, slash, database = before.partition("/")
    return authority, database if slash else None, query


def _at_fault(authority: str, database: str | None, query: str) -> UrlFault | None:
    """An `@` that libpq takes for the end of the user, which it looks for up to the first `/`, even in parameters."""
    if "@" in authority or database is not None or "@" not in query.partition("/")[0]:
        return None
    return UrlFault(
        "at",
        "has an `@` in its parameters, which is taken for the end of the user",
        "write `%40`",
    )


def _two_at() -> UrlFault:
    return UrlFault(
        "at",
        "has a second `@` before the host",
        "write `%40` for an `@` that belongs to the user or the password",
    )


def _database_fault(database: str, hosts: str) -> UrlFault | None:
    if "/" in database:
        return _slash_fault(database, hosts)
    if "=" in database and _PARAMETER.search(database):
        return UrlFault(
            "database",
            "has parameters in the name of its database, as no `?` stands before them",
            "write `?` before the first parameter, and `&` between",
        )
    return postgresql_parameters.nested_fault(percent_decoded(database)) if "%" in database or "=" in database else None


def _slash_fault(database: str, hosts: str) -> UrlFault:
    """A raw `/` in the name of the database."""
    if database.startswith("/") and hosts.endswith(":"):
        return FAMILY.scheme_again()
    help_ = (
        "write `%2F` where it belongs to the name; a parameter follows a `?`, a schema is `?options=-csearch_path%3D…`"
    )
    if "://" in database:
        help_ = "write one URL; several hosts stand before one database, `postgresql://a:5432,b:5432/database`"
    elif "cloudsql" in database or ":" in database or not hosts:
        help_ = "a socket's folder belongs in a parameter: `postgresql://user@/database?host=/cloudsql/…`"
    elif "/" not in database.strip("/"):
        help_ = "take the `/` out that is too many: `postgresql://host/database`"
    return UrlFault("database", "has a `/` in the name of its database", help_)


def refusals() -> tuple[Refusal, ...]:
    """The same as JSON Schema, as far as that can say it."""
    return (
        *common_refusals(FAMILY),
        *text_refusals(FAMILY, MASKED_PASSWORD),
        refuse_where(_TWO_AT, _two_at()),
        refuse_unless(PATTERN, FAMILY.host()),
    )
