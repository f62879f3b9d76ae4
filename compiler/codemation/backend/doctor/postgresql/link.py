"""Checks of the way to a PostgreSQL server."""

from __future__ import annotations

import os
import time
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from codemation.backend.doctor.check import Checks, Finding, NotToldError, failed_by, ok, warn
from codemation.backend.errors import BackendError
from codemation.text.amounts import duration

if TYPE_CHECKING:
    from codemation.backend.doctor.postgresql.server import Server

CHECKS: Final = Checks()

MOST_APART: Final = 5.0
"""Seconds that two clocks may differ before somebody notices: claims of work and sign-ins last minutes."""

_KERBEROS: Final = "SELECT encrypted FROM pg_catalog.pg_stat_gssapi WHERE pid = pg_backend_pid()"
_VERIFY: Final = (
    "State `sslmode=verify-full` in the URL, with `sslrootcert=FILE` where the certificate is not of a public "
    "authority (`sslrootcert=system` for one that is)."
)


@CHECKS.add(
    "tls",
    "whether the connection is encrypted, and whether the server has proved who it is",
    """\
Without TLS whoever sits between reads the data, and can change it. With `sslmode=require`, and with
libpq's default `prefer`, the connection is encrypted, but nobody looks at the certificate: who sits
between can still be the server. `sslmode=verify-full` looks at both, the certificate and the name in
it; `verify-ca` at the certificate only. `channel_binding=require` proves the server by the password.

A Unix socket and this machine's own addresses need none of it. Behind a pooler this is about the way to
the pooler.
""",
)
def tls(server: Server) -> Finding:
    """Of this connection, as libpq knows it: what the server says would be about the pooler's."""
    pgconn = server.connection.pgconn
    address = pgconn.hostaddr.decode()
    if not address or pgconn.host.startswith((b"/", b"@")):
        return ok("not needed: through a socket of this machine")
    here = ip_address(address.partition("%")[0]).is_loopback
    if pgconn.ssl_in_use:
        finding = _proven({option.keyword.decode(): (option.val or b"").decode() for option in pgconn.info})
        return finding if finding.state == "ok" or not here else ok("encrypted, on this machine")
    if here:
        return ok("not needed: the server is on this machine")
    if not server.pooled and _by_kerberos(server):
        return ok("encrypted by Kerberos (GSSAPI), which proves the server, too")
    return warn(f"not encrypted, and {address} is another machine", _VERIFY)


def _by_kerberos(server: Server) -> bool:
    """Whether GSSAPI encrypts. Servers before PostgreSQL 12 cannot, and do not know the view."""
    try:
        return any(encrypted for (encrypted,) in server.ask(_KERBEROS))
    except NotToldError:
        return False


def _proven(options: dict[str, str]) -> Finding:
    """What has shown that it is the right server, by libpq's options."""
    mode = options.get("sslmode", "")
    if mode == "verify-full" or options.get("sslrootcert") == "system":
        return ok("encrypted, and the server's certificate and name are verified")
    if mode == "verify-ca" or (mode == "require" and _has_root(options.get("sslrootcert", ""))):
        return ok(f"encrypted, and the certificate is verified (not its name: sslmode={mode})")
    if options.get("channel_binding") == "require":
        return ok("encrypted, and the server has proved that it knows the password (channel binding)")
    return warn(f"encrypted, but nobody checks who answers (sslmode={mode})", _VERIFY)


def _has_root(stated: str) -> bool:
    """Whether there is a root certificate: libpq's `require` then means `verify-ca` ("SSL Support")."""
    return os.path.exists(stated or Path("~/.postgresql/root.crt").expanduser())


@CHECKS.add(
    "pooler",
    "whether a pooler (PgBouncer and the like) stands between, and lets transactions be",
    """\
A pooler makes up the process number that it tells its clients, so it is found by asking the server for
the real one. Transaction and session mode both work: we keep nothing in a session, and no prepared
statements unless asked for. Statement mode does not: it has no transactions.

Behind a pooler the pool of the host is small change: what counts is the pooler's own
(`default_pool_size`, `max_client_conn`). While its server is away PgBouncer lets a host's statements wait for
`query_wait_timeout`, two minutes unless you set it lower.
""",
)
def pooler(server: Server) -> Finding:
    """Found by its numbers; then a transaction is begun, which statement mode forbids."""
    if not server.pooled:
        return ok("none: the server itself answers")
    try:
        with server.transaction():
            pass
    except BackendError as error:
        return failed_by(error)
    return ok("one stands between, and lets transactions be")


@CHECKS.add(
    "clock",
    "how far the server's clock and this machine's are apart",
    """\
Retention goes by the server's clock, while claims of work, sign-ins and time stamps of runs go by the
host's. Where they differ by seconds, work is claimed twice or too late and rows look younger than they
are. Let both follow the same source (NTP): `timedatectl` or `chronyc tracking` tell.
""",
)
def clock(server: Server) -> Finding:
    """Half of a round trip is nobody's fault."""
    before = now()
    # As text: `extra_float_digits` may shorten a float.
    ((theirs,),) = server.ask("SELECT extract(epoch FROM clock_timestamp())::numeric::text")
    after = now()
    apart = float(theirs) - (before + after) / 2
    if abs(apart) - (after - before) / 2 <= MOST_APART:
        return ok("the server's and this machine's agree")
    direction = "ahead of" if apart > 0 else "behind"
    return warn(
        f"the server's is {duration(round(abs(apart)))} {direction} this machine's",
        "Let both follow a time server (NTP): `timedatectl` tells whether they do.",
    )


def now() -> float:
    """Seconds since 1970, by this machine's clock."""
    return time.time()
