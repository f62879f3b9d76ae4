"""Checks of how a PostgreSQL database keeps texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codemation.backend.doctor.check import Checks, Finding, ok, skipped, warn
from codemation.backend.postgresql import unfit

if TYPE_CHECKING:
    from codemation.backend.doctor.postgresql.server import Server

CHECKS: Final = Checks()

_VERSIONED: Final = 150000
"""The first server that remembers the version of a database's collation."""

_VERSIONS: Final = """
    SELECT coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', d.datcollate), d.datcollversion,
        pg_database_collation_actual_version(d.oid)
    FROM pg_catalog.pg_database d WHERE d.datname = current_database()
"""


@CHECKS.add(
    "encoding",
    "whether the database holds every text (UTF8)",
    """\
Data of workflows comes from everywhere. A database with the encoding LATIN1 has no place for `€`, for
Greek or for an emoji: writing one fails. One with SQL_ASCII takes any bytes and checks nothing, so that
what one program wrote another cannot read. The encoding is chosen when a database is made, and cannot
be changed:

    CREATE DATABASE app ENCODING 'UTF8' TEMPLATE template0;

Then dump the old one and restore into that.
""",
)
def encoding(server: Server) -> Finding:
    """The database's, then what this session speaks."""
    facts = server.facts
    if facts.encoding == "SQL_ASCII":
        loose = unfit.encoding(server.database, facts.encoding)
        return warn(loose.message, loose.help)  # a host boots: what it writes it reads again
    if facts.encoding != "UTF8":
        raise unfit.encoding(server.database, facts.encoding)
    if facts.client_encoding != "UTF8":
        return warn(
            f"UTF8, but a host speaks {facts.client_encoding}, as the URL or its environment says",
            "Leave `client_encoding` out of the URL and PGCLIENTENCODING unset: UTF8 holds every text.",
        )
    return ok("UTF8")


@CHECKS.add(
    "collation",
    "whether texts are sorted as they were when the indexes were made",
    """\
The order of texts comes from the operating system's library (or ICU). When that is updated, its order
changes, and an index on texts that was made before is in the wrong order: rows are not found, and
unique indexes let the same value in twice. PostgreSQL (15 and later) remembers the version.

    REINDEX DATABASE app;
    ALTER DATABASE app REFRESH COLLATION VERSION;

The first makes the indexes anew, the second says that this was done.
""",
)
def collation(server: Server) -> Finding:
    """The version that the database remembers against that of the library."""
    facts = server.facts
    if facts.version_number < _VERSIONED:
        return skipped("servers before PostgreSQL 15 do not remember its version")
    ((name, remembered, actual),) = server.ask(_VERSIONS)
    if remembered is None:
        return ok(f"{name}, which has no versions")
    if actual in {None, remembered}:
        return ok(f"{name}, version {remembered}")
    return warn(
        f"indexes were made with version {remembered} of {name}, the server now sorts by {actual}",
        f'REINDEX DATABASE "{facts.name}"; then ALTER DATABASE "{facts.name}" REFRESH COLLATION VERSION.',
    )
