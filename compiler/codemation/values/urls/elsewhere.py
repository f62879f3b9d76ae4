"""What other clients, drivers and hosts write into a URL, and what to write here: facts of their documentation.

Imported only where something is wrong already.
"""

from __future__ import annotations

import re
from typing import Final

from codemation.text.wording import nearest
from codemation.values.urls.family import Family, UrlFault

SSL_MODES: Final = {
    **dict.fromkeys(("true", "1", "yes", "on", "required", "no-verify", "enable", "enabled", "strict"), "require"),
    **dict.fromkeys(("false", "0", "no", "off", "none", "disabled"), "disable"),
    **dict.fromkeys(("preferred", "prefered"), "prefer"),
    **dict.fromkeys(("verify_ca", "verifyca"), "verify-ca"),
    **dict.fromkeys(("verify_identity", "verify_full", "verifyfull", "verify"), "verify-full"),
}
"""Words of MySQL, Npgsql, node-postgres and JDBC for what libpq calls an `sslmode`."""

_ON: Final = ("true", "1", "yes", "on", "enable", "enabled")
_OFF: Final = ("false", "0", "no", "off", "none", "disabled")
_SWITCH: Final = {**dict.fromkeys(_ON, "1"), **dict.fromkeys(_OFF, "0")}
_DEMAND: Final = {**dict.fromkeys(_ON, "require"), **dict.fromkeys(_OFF, "disable")}
_WORDS: Final = {
    "sslmode": SSL_MODES,
    **dict.fromkeys(("channel_binding", "gssencmode"), _DEMAND),
    **dict.fromkeys(("gssdelegation", "keepalives", "sslcompression", "sslsni"), _SWITCH),
    "load_balance_hosts": {**dict.fromkeys((*_ON, "round-robin"), "random"), **dict.fromkeys(_OFF, "disable")},
    "target_session_attrs": {
        **dict.fromkeys(("master", "leader", "writer"), "primary"),
        **dict.fromkeys(("slave", "replica", "secondary", "reader", "follower"), "standby"),
        **dict.fromkeys(("preferslave", "prefersecondary", "prefer-secondary", "prefer-replica"), "prefer-standby"),
    },
}
"""What other programs and habit call the words of a parameter, by its name."""

_TIME_OUT: Final = "take it out, and write `tcp_user_timeout`, in milliseconds"
_POOL: Final = "take it out: the pool is no matter of the URL; `poolSize` says how large it is"
_STATEMENTS: Final = "take it out, and state `statementTimeoutSeconds`"
_DRIVER: Final = "take it out: it is about another driver's inner life"
_SEARCH_PATH: Final = "write `options=-csearch_path%3DNAME` with the schema's name"
_PREPARED: Final = "take it out: prepared statements are no matter of the URL"

_PARAMETERS: Final = {
    # Prisma
    "schema": _SEARCH_PATH,
    "pgbouncer": "take it out: a transaction pooler needs no parameter here",
    "sslaccept": "write `sslmode=verify-full` for `strict`, `sslmode=require` for `accept_invalid_certs`",
    "sslidentity": "write `sslcert` and `sslkey`, with files in the PEM format",
    **dict.fromkeys(("connectionlimit", "pooltimeout", "maxidleconnectionlifetime"), _POOL),
    **dict.fromkeys(("statementcachesize", "statementcachemode", "simpleprotocol"), _PREPARED),
    **dict.fromkeys(("tls", "sslenabled", "requiressl"), "write `sslmode=require`"),
    **dict.fromkeys(("sslca", "sslrootca", "sslcapath", "cafile", "rootcertificate"), "write `sslrootcert`"),
    "sockettimeout": _TIME_OUT,
    # JDBC, R2DBC
    "currentschema": _SEARCH_PATH,
    "logintimeout": "write `connect_timeout`, in seconds",
    "tcpkeepalive": "write `keepalives=1`",
    "targetservertype": "write `target_session_attrs=read-write`, or another of its words",
    "loadbalancehosts": "write `load_balance_hosts=random`",
    "channelbinding": "write `channel_binding`",
    "assumeminserverversion": _DRIVER,
    "stringtype": _DRIVER,
    "sslfactory": "take it out, and write `sslmode` and `sslrootcert`",
    "socketfactory": "take it out: a socket's folder is `host=/cloudsql/…`",
    "cloudsqlinstance": "write the folder of its socket: `host=/cloudsql/…`",
    "rewritebatchedinserts": _DRIVER,
    "defaultrowfetchsize": _DRIVER,
    "binarytransfer": _DRIVER,
    **dict.fromkeys(("preparethreshold", "preparedstatementcachequeries", "preferquerymode"), _PREPARED),
    # node-postgres, postgres.js, TypeORM, Sequelize
    "uselibpqcompat": "take it out: this is libpq",
    "rejectunauthorized": "write `sslmode=require` for `false`, `sslmode=verify-full` for `true`",
    "keepalive": "write `keepalives=1`",
    "encoding": "write `client_encoding`",
    "idletransactionsessiontimeout": "write `options=-cidle_in_transaction_session_timeout%3D…`, in milliseconds",
    "idleintransactionsessiontimeout": "write `options=-cidle_in_transaction_session_timeout%3D…`, in milliseconds",
    "querytimeout": _STATEMENTS,
    "statementtimeout": _STATEMENTS,
    "locktimeout": "write `options=-clock_timeout%3D…`, in milliseconds",
    "connectiontimeoutmillis": "write `connect_timeout`, in seconds",
    **dict.fromkeys(("max", "min", "idletimeoutmillis", "idletimeout", "maxuses", "maxlifetime"), _POOL),
    # Go, with lib/pq or pgx
    "binaryparameters": _PREPARED,
    "searchpath": _SEARCH_PATH,
    "timezone": "write `options=-ctimezone%3DNAME`",
    "sslinline": "take it out: certificates are named by their files",
    **dict.fromkeys(("poolmaxconns", "poolminconns", "poolmaxconnlifetime", "poolmaxconnidletime"), _POOL),
    **dict.fromkeys(("poolhealthcheckperiod", "pooljitter", "poolmaxconnlifetimejitter"), _POOL),
    **dict.fromkeys(("defaultqueryexecmode", "statementcachecapacity", "descriptioncachecapacity"), _PREPARED),
    # Python: SQLAlchemy, asyncpg, psycopg, Django
    "commandtimeout": _STATEMENTS,
    "asyncfallback": _DRIVER,
    "serversettings": "write `options=-cNAME%3DVALUE`",
    "sslrequire": "write `sslmode=require`",
    **dict.fromkeys(("preparedstatementcachesize", "preparedstatementnamefunc", "preparethreshold"), _PREPARED),
    **dict.fromkeys(("poolsize", "maxoverflow", "poolrecycle", "poolpreping", "poolclass", "connmaxage"), _POOL),
    **dict.fromkeys(("connhealthchecks", "disableserversidecursors"), _DRIVER),
    # Ruby, PHP, Elixir, .NET
    "schemasearchpath": _SEARCH_PATH,
    "preparedstatements": _PREPARED,
    "charset": "write `client_encoding`",
    "serverversion": "take it out: the server says its version itself",
    "minmessages": "write `options=-cclient_min_messages%3D…`",
    "trustservercertificate": "write `sslmode=require`",
    **dict.fromkeys(("pool", "reapingfrequency", "pooling", "maximumpoolsize", "minimumpoolsize"), _POOL),
    **dict.fromkeys(("minsize", "maxsize", "minpoolsize", "maxpoolsize", "poolmin", "poolmax"), _POOL),
    **dict.fromkeys(("checkouttimeout", "poolcount", "queuetarget", "connectionlifetime"), _POOL),
    "adapter": _DRIVER,
    "database": "write `dbname`, or put it behind the host: `postgresql://host/database`",
    "username": "write `user`, or put it before the host: `postgresql://user@host`",
    "hostname": "write `host`",
    "timeout": "write `connect_timeout`, in seconds",
    "connecttimeout": "write `connect_timeout`, in seconds",
    "applicationname": "write `application_name`",
    # Hosts
    "workaround": "take it out: it was for another client, before a transaction pooler; none is needed here",
    "supa": "take it out: it tells Supabase's own library which pooler this is",
    "poolmode": "take it out: a transaction pooler needs no parameter here",
    "endpoint": "write `options=endpoint%3DNAME`",
    "cluster": "write `options=--cluster%3DNAME`",
    **dict.fromkeys(
        ("socket", "unixsock", "unixsocket", "socketpath", "unixsocketpath"), "write `host=` with the socket's folder"
    ),
}
"""What to write in place of a parameter, by its name in lower case and without `_`, `-` and `.`."""

_SQLITE: Final = "for SQLite give the file's path, as `sqliteFilePath` or CODEMATION_SQLITE_FILE_PATH, and no URL"
_SOCKET: Final = "write `unix://` before the path of a socket: `unix:///run/redis.sock`"
_STACK_EXCHANGE: Final = (
    "it is a connection string of .NET: write one server as `rediss://host:6379/0` (`redis://` without TLS), and its "
    "password before the host"
)
_PRISMA: Final = "only Prisma itself can use it: give the database's own URL"
_SENTINELS: Final = "sentinels cannot be named here: name the one server, `redis://host:6379/0`"
_CLUSTER: Final = "a cluster cannot be named here: name the one server, `redis://host:6379/0`"
_HTTP: Final = "it is the address of an HTTP service: give that of the Redis protocol, `rediss://host:6379`"
_WEB: Final = "it is the address of an HTTP service: give the database's own, `postgresql://…`"
_UNFETCHED: Final = "it only refers to a secret, and nothing is fetched here: give the value that it stands for"
_UNRUN: Final = "nothing is run here: write what the command prints"
_IN_A_FILE: Final = "it is the path of a file: put it into the variable of the same name with `_FILE` behind it"
_JSON: Final = "it is JSON, as some services hand it out: write its parts as one URL"
_UNEXPANDED: Final = "nothing is expanded here: write what the variable holds"

_SCHEMES: Final[dict[str, dict[str, str]]] = {
    "postgresql": {
        **dict.fromkeys(("file", "sqlite", "sqlite3", "better-sqlite3", "libsql"), _SQLITE),
        **dict.fromkeys(
            (
                "pgsql",
                "psql",
                "pg",
                "pgx",
                "postgis",
                "ecto",
                "cockroachdb",
                "cockroach",
                "timescale",
                "asyncpg",
                "timescaledb",
                "neon",
                "supabase",
            ),
            "write `postgresql://…`",
        ),
        **dict.fromkeys(
            ("mysql", "mysql2", "mariadb", "mongodb", "sqlserver", "mssql", "oracle", "duckdb"),
            "the database is PostgreSQL or SQLite: give a URL such as `postgresql://user@host:5432/database`",
        ),
        **dict.fromkeys(("http", "https"), _WEB),
        "prisma": _PRISMA,
    },
    "redis": {
        **dict.fromkeys(("sentinel", "redis-sentinel", "rediss-sentinel", "redis+sentinel"), _SENTINELS),
        **dict.fromkeys(("redis-cluster", "rediss-cluster", "redis+cluster", "rediss+cluster"), _CLUSTER),
        **dict.fromkeys(
            ("socket", "redis-socket", "redis+socket", "redis+unix", "file"),
            "write `unix:///run/redis.sock` with the socket's path",
        ),
        **dict.fromkeys(("valkey", "keydb", "dragonfly", "tcp"), "write `redis://…`"),
        **dict.fromkeys(
            ("valkeys", "tls", "ssl", "redis+tls", "redis+ssl", "redis+rediss", "rediss+tls"), "write `rediss://…`"
        ),
        **dict.fromkeys(("http", "https"), _HTTP),
    },
}
"""What to write in place of a scheme, by the family's first one."""

_REFERENCE: Final = re.compile(
    r"\s*(?:\$\{?\w+\}?|\$\{\{?\s*[\w.:]+\s*\}?\}|env[(:]\s*[\"']?\w+[\"']?\)?|%\(\w+\)s|\{\{.*\}\}|\{env.*\}|<\w+>|%\w+%|process\.env\.\w+"
    r"|os\.environ\W.*|env(?:://|\.)\w+|!\w+\s+\$\{?\w+\}?|@(?:env|format|jinja)\s+[\w{}\[\].]+|\$env:\w+|[A-Z][A-Z0-9]*_[A-Z0-9_]*)\s*"
)
_ASSIGNMENT: Final = re.compile(r"\s*(?:export\s+)?[A-Z][A-Z0-9_]*\s*=\s*[\"']?[a-z]+://")
_TO_EXPAND: Final = re.compile(r"\$\{?[A-Za-z_]|\{\{|%[A-Z_]+%")
_DRIVERS: Final = re.compile(r"([a-z]+)\+([\w.\-]{1,40})://")
_NO_SCHEME: Final = re.compile(r"(?://)?(?:[^\s/@:]+(?::[^\s/@]*)?@[\w.\-]|[\w.\-]+:[0-9]+(?:/|$))")
_KEYWORDS: Final = re.compile(r"(?i)\s*[a-z][a-z _]*=")
_NO_COLON: Final = re.compile(r"(postgresql|postgres|rediss|redis)(?:/{1,3}|;//)[^/]")

_AROUND: Final = (
    (re.compile(r"`[^`]*`$"), _UNRUN),
    (re.compile(r"(?:file:(?://)?)?/[\w./-]*secrets?/"), _IN_A_FILE),
    (re.compile(r"\{\s*\"(?!.*://)", re.DOTALL), _JSON),
    (
        re.compile(r"\"[^\"]*\"$|'[^']*'$|[\u201c\u201e\u2018\u00ab].*[\u201c\u201d\u2019\u00bb]$"),
        "take out the quotes around it",
    ),
    (re.compile(r"<.*>$"), "take out the `<` and the `>` around it"),
    (
        re.compile(
            r"(?:op|sm|gsm|ssm|awssm|gcpsm|vault|bao|akv|doppler|infisical|ref\+\w+)://|(?:vault|secret):|arn:aws[\w-]*:"
            r"|@Microsoft\.KeyVault\(|ENC\[|(?:projects/[^/]+/)?secrets/"
        ),
        _UNFETCHED,
    ),
    (_ASSIGNMENT, "take out the variable's name and the `=`: give the value alone"),
)
_BEGINNINGS: Final[dict[str, tuple[tuple[re.Pattern[str], str], ...]]] = {
    "postgresql": ((re.compile(r"[\w./-]+\.(?:db|sqlite|sqlite3)$"), _SQLITE),),
    "redis": (
        (re.compile("/(?!/)"), _SOCKET),
        (re.compile(r"[\w.-]+(?::[0-9]+)?,(?:\s*[A-Za-z]+\s*=|[\w.-]+:[0-9]+)"), _STACK_EXCHANGE),
    ),
}
"""What a text that is no URL looks like, and what to do; also by the family's first scheme."""


def word_meant(name: str, value: str) -> str | None:
    """The word of a parameter that another program, or habit, calls so; `None` for one that nobody knows."""
    return _WORDS.get(name, {}).get(value.lower())


def parameter_advice(name: str, value: str) -> str | None:
    """What to write in place of a parameter of another client; `None` for one that nobody knows."""
    del value
    return _PARAMETERS.get(name.lower().replace("_", "").replace("-", "").replace(".", ""))


def scheme_fault(url: str, scheme: str | None, family: Family) -> UrlFault:
    """What is wrong with the beginning of a URL; `scheme` is what stands before its first colon, if it looks so."""
    advice = _without_scheme(url, family)
    if advice is None and scheme is not None:
        advice = _instead_of(url, scheme, family)
    if advice is None:
        advice = _inside(url, family) or _behind_no_scheme(url, family)
    fault = family.scheme()
    if scheme is None or not url.startswith(f"{scheme}://") or scheme in family.schemes:
        return UrlFault("scheme", fault.message, advice or fault.help)
    listed = ", ".join(f"`{name}`" for name in family.schemes)
    return UrlFault("scheme", f"has the scheme `{scheme}`, which is not one of {listed}", advice or fault.help)


def _without_scheme(url: str, family: Family) -> str | None:
    """What to do about a text that is no URL at all."""
    if family.reference and _REFERENCE.fullmatch(url):
        name = re.search(r".*\b([A-Z][A-Z0-9_]*)\b", url)
        # A bare word might be a password.
        named = name[1] if name and (name[1] != url.strip() or name[1].endswith(("_URL", "_URI", "_DSN"))) else "NAME"
        return (
            f'nothing is expanded: in the file write {family.reference} = "{named}", in a variable what it stands for'
        )
    if _TO_EXPAND.match(url):
        return _UNEXPANDED
    if url.startswith(("psql ", "redis-cli ")):
        return f"it is a command of `{url.split(maxsplit=1)[0]}`: give the URL in it alone"
    if found := _NO_COLON.match(url):
        return f"write `://` behind the scheme: `{found[1]}://…`"
    known = (*_AROUND, *_BEGINNINGS.get(family.schemes[0], ()))
    advice = next((help_ for pattern, help_ in known if pattern.match(url)), None)
    if advice is None and _KEYWORDS.match(url) and "://" not in url.partition("=")[0]:
        advice = f"it is a connection string of key=value pairs: write it as {family.such()}"
    return advice


def _inside(url: str, family: Family) -> str | None:
    """What to do about a URL of ours with something before it: a quote, a name, the rest of a command."""
    found = re.search(rf"[^A-Za-z0-9+.\-](?:{'|'.join(map(re.escape, family.prefixes))})", url)
    return "give the URL in it alone, without what stands before and behind it" if found else None


def _behind_no_scheme(url: str, family: Family) -> str | None:
    """What to do about a URL that lacks its scheme, or has one with characters that none may have."""
    driver = _DRIVERS.match(url)
    if driver and driver[1] in family.schemes:
        return f"take out `+{driver[2]}`: write `{driver[1]}://…`"
    found = _NO_SCHEME.match(url)
    return f"write `{family.prefixes[0]}` before it, as in `{family.example}`" if found else None


def _instead_of(url: str, scheme: str, family: Family) -> str | None:
    """What to write in place of another scheme."""
    low = scheme.lower()
    base, plus, driver = low.partition("+")
    known = _SCHEMES.get(family.schemes[0], {})
    advice = known.get(low) or known.get(base)
    bridge = low in {"jdbc", "r2dbc"}
    if advice is None and bridge:
        inner = url.partition(":")[2].partition(":")[0].lower()
        advice = known.get(inner)
    if advice is None and bridge:
        advice = f"take out `{scheme}:`, and write user and password before the host: `{family.example}`"
    elif advice is None and base in family.schemes and plus:
        advice = f"take out `+{driver}`: write `{base}://…`"
    elif advice is None and low in family.schemes:
        what = "the scheme in lower case" if scheme != low else "two slashes behind the scheme"
        advice = f"write {what}: `{low}://…`"
    elif advice is None and "://" in url and (near := nearest(low, family.schemes, cutoff=0.8)):
        advice = f"write `{near}://…`"
    return advice if advice is None or "://" in url or bridge or low in {*known, *family.schemes} else None
