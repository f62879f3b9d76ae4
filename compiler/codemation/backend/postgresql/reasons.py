"""Why PostgreSQL fails, as data: what the server's codes and libpq's words mean, and what to do about each.

Codes are those of PostgreSQL 18, appendix A ("PostgreSQL Error Codes"). No code comes with a connection that never came
about, so those are told by libpq's, the server's and PgBouncer's words; who has these in another language is told less.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from codemation.backend.errors import (
    BackendError,
    DatabaseAuthenticationError,
    DatabaseLockedError,
    DatabaseNotReadyError,
    DatabaseUnreachableError,
)
from codemation.backend.migrations.errors import MigrationFailedError
from codemation.text.patterns import lazy


class Reason(NamedTuple):
    """One kind of failure: its error, the sentence (`{}` is the database), what to do, and whether words follow."""

    error: type[BackendError]
    says: str
    help: str
    tells: bool = True


REFUSED: Final = Reason(
    DatabaseAuthenticationError,
    "the PostgreSQL server refuses the user of {}",
    "Check the user and the password, and pg_hba.conf.",
)
NO_ROLE: Final = Reason(
    DatabaseAuthenticationError,
    "the PostgreSQL server does not know the user of {}",
    "Create the user (`CREATE ROLE … LOGIN PASSWORD …`), or correct its name in the URL.",
)
NO_LOGIN: Final = Reason(
    DatabaseAuthenticationError,
    "the user of {} may not log in",
    "ALTER ROLE … LOGIN, or name another user.",
)
NO_PASSWORD: Final = Reason(
    DatabaseAuthenticationError,
    "the PostgreSQL server wants a password of the user of {}, and there is none",
    "Write it into the URL, behind the user and a `:`, or name a file of passwords with `passfile`.",
)
DEMAND: Final = Reason(
    DatabaseUnreachableError,
    "the PostgreSQL server does not do what {} demands",
    "Take `gssencmode`, `channel_binding` or `require_auth` out of the URL, or give what it needs: a Kerberos ticket "
    "(`kinit`), or TLS and a password (SCRAM).",
)
CLIENT_FILE: Final = Reason(
    DatabaseUnreachableError,
    "a file that {} names cannot be used",
    "Correct `sslcert` and `sslkey` in the URL; the key's file must be for its owner alone (`chmod 600`).",
)
NO_CONNECT: Final = Reason(
    DatabaseAuthenticationError,
    "the user may not connect to the PostgreSQL database {}",
    "GRANT CONNECT ON DATABASE … TO the user, or name one who may.",
)
UNENCRYPTED: Final = Reason(
    DatabaseAuthenticationError,
    "the PostgreSQL server refuses the user of {} without TLS",
    "Add `sslmode=require` to the URL (`verify-full` also checks who answers).",
)
NO_RIGHT: Final = Reason(
    DatabaseAuthenticationError,
    "the user of the PostgreSQL database {} lacks a right",
    "Grant it (on tables: `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA … TO …`), or name a user who "
    "has it.",
)
MISSING: Final = Reason(
    DatabaseUnreachableError,
    "the PostgreSQL database {} does not exist",
    "Create the database (`createdb`, or `CREATE DATABASE …`), or correct its name in the URL.",
)
NOT_YET: Final = Reason(
    DatabaseNotReadyError,
    "the PostgreSQL server of {} is starting up or shutting down",
    "Wait for it: `waitSeconds`, CODEMATION_DATABASE_WAIT_SECONDS or `--wait` says how long.",
)
FULL: Final = Reason(
    DatabaseNotReadyError,
    "the PostgreSQL server of {} has no connection free",
    "Lower the hosts' `poolSize`, raise the server's `max_connections`, or put a pooler between.",
)
ROLE_FULL: Final = Reason(
    DatabaseNotReadyError,
    "the user of {} has all the connections that it may have",
    "ALTER ROLE … CONNECTION LIMIT -1 (or a larger one), lower the hosts' `poolSize`, or put a pooler between.",
)
DATABASE_FULL: Final = Reason(
    DatabaseNotReadyError,
    "the PostgreSQL database {} has all the connections that it may have",
    "ALTER DATABASE … CONNECTION LIMIT -1 (or a larger one), lower the hosts' `poolSize`, or put a pooler between.",
)
POOLER_FULL: Final = Reason(
    DatabaseNotReadyError,
    "the pooler of {} takes no more clients",
    "Lower the hosts' `poolSize`, or raise the limit that it names in pgbouncer.ini.",
)
CLOSED: Final = Reason(
    DatabaseUnreachableError,
    "the PostgreSQL database {} is closed to all connections",
    "ALTER DATABASE … ALLOW_CONNECTIONS true (behind PgBouncer: `ENABLE` it), or name another database.",
)
NOBODY: Final = Reason(
    DatabaseNotReadyError,
    "the PostgreSQL database {} cannot be reached",
    "Check that the server runs, and that the URL's host and port are its own.",
)
NO_SUCH_HOST: Final = Reason(
    DatabaseNotReadyError,
    "the host of the PostgreSQL database {} has no address",
    "Check the host's name; between containers it is the service's name, and both need one network.",
)
SILENT: Final = Reason(
    DatabaseNotReadyError,
    "the PostgreSQL server of {} does not answer",
    "A pooler's log says why it is silent (its server is away, or has refused the database or the user); else let this "
    "machine through the firewall between. `connectTimeoutSeconds` says how long to wait for an answer.",
)
POOLER: Final = Reason(
    DatabaseNotReadyError,
    "the pooler of {} has no connection to its server",
    "Look at the pooler's log: the server behind it is down, refuses the pooler, or has too few connections for it.",
)
NO_POSTGRESQL: Final = Reason(
    DatabaseUnreachableError,
    "what answers at {} is no PostgreSQL",
    "Correct the port (a server's own is mostly 5432, PgBouncer's 6432), or the host.",
)
OPTION: Final = Reason(
    DatabaseUnreachableError,
    "libpq does not take an option of {}",
    "Correct it, or take it out: it is in the URL, in `connect_args` or in a variable of libpq's (PGPORT, …).",
)
PARAMETER: Final = Reason(
    DatabaseUnreachableError,
    "the pooler of {} takes no such parameter at the start",
    "Take the parameter out of the URL, or name it in PgBouncer's `ignore_startup_parameters`.",
)
SETTING: Final = Reason(
    DatabaseUnreachableError,
    "the PostgreSQL server of {} does not take a setting",
    "Correct it, or take it out: it is in the URL's `options`, in PGOPTIONS, or the role's own.",
)
SERVICE: Final = Reason(
    DatabaseUnreachableError,
    "the service that the PostgreSQL URL {} names is not there",
    "Define it in `~/.pg_service.conf` or the file that PGSERVICEFILE names, or take `service` out of the URL.",
)
NOT_SUCH_A_SERVER: Final = Reason(
    DatabaseUnreachableError,
    "no server of {} is what `target_session_attrs` asks for",
    "A host writes: name the primary among the URL's hosts, with `target_session_attrs=read-write`, or leave it out.",
)
NO_TLS: Final = Reason(
    DatabaseUnreachableError,
    "the PostgreSQL server of {} does not speak TLS",
    "Take `sslmode` out of the URL, or turn on the server's `ssl`.",
)
UNTRUSTED: Final = Reason(
    DatabaseUnreachableError,
    "the certificate of the PostgreSQL server of {} is not trusted",
    "Name the certificate of its authority with `sslrootcert=FILE` (`sslrootcert=system` for a public one), and the "
    "host by the name that is in the certificate; renew one that has expired.",
)
BROKEN_OFF: Final = Reason(
    DatabaseNotReadyError,
    "the PostgreSQL server of {} hangs up at once",
    "See why in the server's log: it is going down, or what listens there is no PostgreSQL.",
)
UNREACHABLE: Final = Reason(
    DatabaseUnreachableError,
    "the PostgreSQL database {} cannot be reached",
    "Check that the server runs and that host, port and database are right.",
)
LOST: Final = Reason(
    DatabaseUnreachableError,
    "the connection to the PostgreSQL database {} was lost",
    "Try again; what was not committed was taken back. The server's log says why.",
)
LOCKED: Final = Reason(
    DatabaseLockedError,
    "the database {} did not grant a lock in time: another session holds it",
    "Wait until the other program has finished its transaction, or stop it.",
    tells=False,
)
TOO_LONG: Final = Reason(
    DatabaseLockedError,
    "the database {} ended a statement that took too long",
    "Raise the role's `statement_timeout`, or try again when the server is less busy.",
    tells=False,
)
ENDED: Final = Reason(
    DatabaseLockedError,
    "the database {} ended a transaction that took too long",
    "Raise the role's `transaction_timeout` or `idle_in_transaction_session_timeout`.",
)
READ_ONLY: Final = Reason(
    MigrationFailedError,
    "{} is read-only for this user",
    "Turn off `default_transaction_read_only` for the server, the database or the role that has it (`ALTER DATABASE … "
    "RESET default_transaction_read_only`), or name a primary that takes writes.",
    tells=False,
)
NO_SPACE: Final = Reason(
    MigrationFailedError,
    "the PostgreSQL server of {} has run out of space or memory",
    "Free some on the server, or give it more.",
)
PREPARED: Final = Reason(
    DatabaseUnreachableError,
    "a prepared statement of {} is another session's",
    "A transaction pooler stands between: leave `prepare_threshold` out of the engine's `connect_args`.",
)
DAMAGED: Final = Reason(
    MigrationFailedError,
    "the PostgreSQL server of {} failed",
    "See the server's log; where it tells of damaged data, restore the database from a backup.",
)
UNKNOWN: Final = Reason(
    MigrationFailedError,
    "the PostgreSQL database {} refused what it was asked",
    "These are the server's own words; its log may tell more.",
)

_CODES: Final = {
    LOST: "08 57P01 57P02 57P05",
    REFUSED: "28",
    NO_RIGHT: "42501",
    MISSING: "3D 57P04",
    READ_ONLY: "25006",
    NOT_YET: "57P03",
    FULL: "53300",
    NO_SPACE: "53",
    LOCKED: "55P03",
    TOO_LONG: "57",
    ENDED: "25P03 25P04",
    PREPARED: "26 42P05",
    DAMAGED: "54 58 F0 XX",
}
STATES: Final = {code: reason for reason, codes in _CODES.items() for code in codes.split()}
"""By a code, or by the two characters of its class."""

OF_THE_STATEMENT: Final = frozenset(
    {
        *("01", "02", "03", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "20", "21", "22", "23", "24", "25", "27"),
        *("2B", "2D", "2F", "34", "38", "39", "3B", "3F", "40", "42", "44", "55", "72", "HV", "P0"),
    }
)
"""The classes that say that a statement is wrong, or meets what others do; not that the database is unfit."""

CONNECTING: Final = (
    (lazy(r"(?i)no pg_hba\.conf entry.*no encryption|SSL (connection |is )*required|SSL off"), UNENCRYPTED),
    (lazy(r"(?i)role \".*\" does not exist"), NO_ROLE),
    (lazy(r"(?i)not permitted to log in"), NO_LOGIN),
    (lazy(r"(?i)no password supplied"), NO_PASSWORD),
    (lazy(r"(?i)authentication method requirement|channel binding required|GSSAPI encryption required"), DEMAND),
    (lazy(r"(?i)(?<!root )certificate file \"|private key file \""), CLIENT_FILE),
    (
        lazy(r"(?i)authentication failed|pg_hba\.conf|authentication method|\bSASL\b|\bSCRAM\b|no such user"),
        REFUSED,
    ),
    (lazy(r"(?i)permission denied for database"), NO_CONNECT),
    (lazy(r"(?i)database .* does not exist|no such database"), MISSING),
    (lazy(r"(?i)too many connections for role"), ROLE_FULL),
    (lazy(r"(?i)too many connections for database"), DATABASE_FULL),
    (lazy(r"(?i)no more connections allowed|client connections exceeded"), POOLER_FULL),
    (lazy(r"(?i)too many (clients|connections)|connection slots are reserved"), FULL),
    (lazy(r"(?i)not currently accepting connections|does not allow connections|database .* is disabled"), CLOSED),
    (
        lazy(r"(?i)is (starting up|shutting down)|in recovery mode|not yet accepting|not accepting connections"),
        NOT_YET,
    ),
    (
        lazy(
            r"(?i)invalid response to (SSL|GSSAPI) negotiation|expected authentication request from server"
            r"|unsupported frontend protocol"
        ),
        NO_POSTGRESQL,
    ),
    (lazy(r"(?i)invalid \w+ value|invalid port number|bad value for"), OPTION),
    (lazy(r"(?i)unsupported startup parameter"), PARAMETER),
    (
        lazy(
            r"(?i)configuration parameter|invalid value for parameter|permission denied to set parameter"
            r"|invalid command-line argument"
        ),
        SETTING,
    ),
    (lazy(r"(?i)definition of service|service file"), SERVICE),
    (lazy(r"(?i)not in hot standby mode|session is (not )?read-only|server is in hot standby mode"), NOT_SUCH_A_SERVER),
    (lazy(r"(?i)pgbouncer cannot connect|server login (has been failing|failed)|query_wait_timeout"), POOLER),
    (lazy(r"(?i)does not support SSL|server does not support TLS"), NO_TLS),
    (lazy(r"(?i)certificate"), UNTRUSTED),
    (
        lazy(
            r"(?i)could not translate host name|failed to resolve host|name or service not known"
            r"|nodename nor servname|temporary failure in name resolution|no address associated"
        ),
        NO_SUCH_HOST,
    ),
    (lazy(r"(?i)connection refused|no such file or directory"), NOBODY),
    (lazy(r"(?i)timeout expired|timed out|no route to host|network is unreachable"), SILENT),
    (lazy(r"(?i)server closed the connection|connection reset|\bEOF\b|server conn crashed"), BROKEN_OFF),
)
"""What is said where no connection came about, the first that fits."""


def of_state(state: str) -> Reason | None:
    """The reason that a code stands for, or `None` where it is a statement's own fault."""
    return STATES.get(state) or STATES.get(state[:2])


POOLERS_CODE: Final = "08P01"
"""The code of all that PgBouncer says itself, also long after a client has connected to it."""


def of_pooler(words: str) -> Reason:
    """The reason for what comes with `POOLERS_CODE`."""
    reason = of_words(words)
    return LOST if reason in {UNREACHABLE, BROKEN_OFF} else reason


def of_words(words: str) -> Reason:
    """The reason why no connection came about."""
    return next((reason for pattern, reason in CONNECTING if pattern.search(words)), UNREACHABLE)
