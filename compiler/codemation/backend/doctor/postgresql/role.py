"""Checks of the role that a host connects as."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from codemation.backend.doctor.check import Checks, Finding, ok, warn
from codemation.text.amounts import count, duration

if TYPE_CHECKING:
    from codemation.backend.doctor.postgresql.server import Server

CHECKS: Final = Checks()

_DAY: Final = 86400
_SOON: Final = 14
"""Days before a password ends from which on it is time for a new one."""

LEAST: Final = {
    "statement_timeout": 10.0,
    "transaction_timeout": 60.0,
    "idle_in_transaction_session_timeout": 10.0,
    "lock_timeout": 1.0,
}
"""Seconds below which a time-out ends what a host rightly does: a large read, a prune's batch, a wait for a lock."""

_TIMEOUTS: Final = "SELECT name, setting::float8 / 1000, source FROM pg_catalog.pg_settings WHERE name = ANY(%s)"
_ENDS: Final = "SELECT extract(epoch FROM rolvaliduntil)::float8 FROM pg_catalog.pg_roles WHERE rolname = current_user"
_RESET: Final = {
    "user": 'ALTER ROLE "{user}" RESET {name}',
    "database": 'ALTER DATABASE "{database}" RESET {name}',
    "database user": 'ALTER ROLE "{user}" IN DATABASE "{database}" RESET {name}',
}


@CHECKS.add(
    "role",
    "which role it is, whether it is a superuser, and whether its password ends",
    """\
A host needs a role that may log in, and rights on one schema. A superuser may do anything to every
database of the server, read files and run programs there: whoever gets hold of the URL has all of it.

    CREATE ROLE app LOGIN PASSWORD '…';
    CREATE DATABASE app OWNER app;

A password with `VALID UNTIL` stops to work at that moment, for each new connection.
""",
)
def role(server: Server) -> Finding:
    """By the catalogue that every role may read."""
    facts = server.facts
    if facts.superuser:
        return warn(
            f"{facts.user} is a superuser: who has this URL owns the whole server",
            f'Connect as a role of its own: `CREATE ROLE app LOGIN`, `ALTER DATABASE "{facts.name}" OWNER TO app`.',
        )
    ((ends,),) = server.ask(_ENDS)
    if ends is not None and math.isfinite(ends):
        left = (ends - time.time()) / _DAY
        if left <= _SOON:
            when = "has ended" if left < 0 else f"ends in {count(math.ceil(left), 'day')}"
            return warn(
                f"the password of {facts.user} {when}: new connections are refused then",
                f"ALTER ROLE \"{facts.user}\" VALID UNTIL 'infinity', or give it a new password.",
            )
    return ok(f"{facts.user}, not a superuser")


@CHECKS.add(
    "timeouts",
    "time-outs of the role, the database or the server that would end what a host does",
    """\
`statement_timeout`, `transaction_timeout`, `idle_in_transaction_session_timeout` and `lock_timeout`,
as they are in force for a host. None is needed; a generous one protects a server from a runaway. A
short one ends what a host rightly does: reads of a run with much state, a prune's batch, a transaction
across a slow call. A migration sets what it needs for itself.

`ALTER ROLE … RESET NAME` takes one away (`ALTER DATABASE …` where the database has it). For the host's
own transactions state `statementTimeoutSeconds` in `[app.database]` in its stead.
""",
)
def timeouts(server: Server) -> Finding:
    """As this session has them, which is set up as a host's."""
    rows = [row for row in server.ask(_TIMEOUTS, [list(LEAST)]) if row[1]]
    if not rows:
        return ok("none")
    named = ", ".join(f"{name} {duration(seconds)}" for name, seconds, _ in rows)
    short = [(name, source) for name, seconds, source in rows if seconds < LEAST[name]]
    if not short:
        return ok(named)
    resets = "; ".join(_reset(server, name, source, "0") for name, source in short)
    return warn(f"{named}: so short that a host's own work would be ended", f"{resets}.")


def _reset(server: Server, name: str, source: str, usual: str) -> str:
    """What sets a setting back to what is usual, by where it comes from."""
    if source in _RESET:
        return _RESET[source].format(user=server.facts.user, database=server.facts.name, name=name)
    return f"set {name} to {usual} ({'in the URL' if source == 'client' else source})"


_SETTINGS: Final = """
    SELECT name, setting, source FROM pg_catalog.pg_settings
    WHERE (name = 'session_replication_role' AND setting <> 'origin')
        OR (name = 'extra_float_digits' AND setting::int < 1)
    ORDER BY 1
"""
_SPOILS: Final = {
    "session_replication_role": ("origin", "foreign keys are not kept, and what belongs to a deleted row stays"),
    "extra_float_digits": ("1", "numbers are read with fewer digits than were written"),
}
"""The usual value, and what another one does."""


@CHECKS.add(
    "settings",
    "settings of the role, the database or the server that change what is kept or read",
    """\
Tools set these for themselves, and sometimes for everybody: `session_replication_role = replica` (a
restore, a replication) switches the triggers off that keep foreign keys; `extra_float_digits` below 1
shortens numbers. What is in force for a host is looked at; most others a host sets for itself, or they
do not matter.

`ALTER ROLE … RESET NAME` takes one away (`ALTER DATABASE …` where the database has it).
""",
)
def settings(server: Server) -> Finding:
    """As this session has them, which is set up as a host's."""
    found = server.ask(_SETTINGS)
    if not found:
        return ok("none that changes what is kept or read")
    text = "; ".join(f"{name} is {value}: {_SPOILS[name][1]}" for name, value, _ in found)
    return warn(text, f"{'; '.join(_reset(server, name, source, _SPOILS[name][0]) for name, _, source in found)}.")


@CHECKS.add(
    "connections",
    "how many connections are free, against the pool of a host",
    """\
What the server allows (`max_connections` less those reserved for superusers), the role
(`CONNECTION LIMIT`) and the database, less what is in use now. A host opens up to `poolSize`
connections; each further host as many. When none is left, new ones are refused (53300), and so is the
administrator's tool.

Raise the limit, lower `poolSize`, or put a pooler between. Behind a pooler its own figures count.
""",
)
def connections(server: Server) -> Finding:
    """The least of what server, database and role leave, this one counted as free."""
    free, limit, who = min(_left(server))
    wanted = pool_size(server)
    text = f"{free} of {limit} free ({who}), and a host's pool takes up to {wanted}"
    if server.pooled:
        return ok(f"{free} of {limit} free ({who}); the pooler hands them out")
    if free < wanted:
        return warn(text, f"{_RAISE[who]}, state a smaller `poolSize`, or put a pooler between.")
    return ok(text)


_RAISE: Final = {
    "server": "Raise `max_connections`, or end what holds them",
    "database": "ALTER DATABASE … CONNECTION LIMIT -1",
    "role": "ALTER ROLE … CONNECTION LIMIT -1",
}
_DEFAULT_POOL: Final = 15
"""SQLAlchemy's pool, where nobody states another: 5, and 10 more under load."""

_NUMBERS: Final = """
    SELECT current_setting('max_connections')::int,
        current_setting('superuser_reserved_connections')::int
        + coalesce(current_setting('reserved_connections', true), '0')::int,
        coalesce(sum(numbackends), 0)::int,
        coalesce(sum(numbackends) FILTER (WHERE datname = current_database()), 0)::int
    FROM pg_catalog.pg_stat_database WHERE datname IS NOT NULL
"""
_LIMITS: Final = """
    SELECT d.datconnlimit, r.rolconnlimit,
        (SELECT count(*)::int FROM pg_catalog.pg_stat_activity a WHERE a.usename = current_user)
    FROM pg_catalog.pg_database d, pg_catalog.pg_roles r
    WHERE d.datname = current_database() AND r.rolname = current_user
"""


def pool_size(server: Server) -> int:
    """How many connections a host opens at the most."""
    return server.database.pool_size or _DEFAULT_POOL


def _left(server: Server) -> list[tuple[int, int, str]]:
    """How many are free, of how many, by whose limit. Superusers have none but the server's."""
    facts = server.facts
    ((most, reserved, used, here),) = server.ask(_NUMBERS)
    limit = most if facts.superuser else most - reserved
    left = [(limit - used + 1, limit, "server")]
    if facts.superuser:
        return left
    ((of_database, of_role, mine),) = server.ask(_LIMITS)
    if of_database >= 0:
        left.append((of_database - here + 1, of_database, "database"))
    if of_role >= 0:
        left.append((of_role - mine + 1, of_role, "role"))
    return left
