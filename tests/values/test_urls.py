"""What URL a setting accepts: the same in `re`, in ECMAScript, in libpq's own parser, and in the words of a fault."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from codemation.text.redaction import mask_url
from codemation.values.urls import MASKED, PATTERNS, Reason, Schemes, has_secret, is_masked, refusals, url_fault
from codemation.values.urls.credentials import has_password
from tests.torture import searching

CANARY = "CANARY7f3"
AUTHORITIES = [
    "",
    "host",
    "host:5432",
    "host:",
    "h1:5432,h2:,h3",
    ",,",
    "%2Ftmp",
    "[::1]",
    "[::1]:5432",
    "[fe80::1%25eth0]:1,[::2]",
    "user@host",
    "user:@host",
    "user:pw@host:5432",
    "user:p:w@",
    "é@✓:1",
    "user.ref:pw@host:65535",
    "user%40server:p%40%25@host",
]
TWO_AT = ["user:p@ss@host", "us@er:[::1]@[::1]:1", "us@er:pw@host", "user@srv:pw@srv.example.com:5432"]
BAD_AUTHORITIES = [
    "user:pw",
    "host:54x",
    "h1:1,h2:x",
    "host:1:2",
    "::1",
    "[::1",
    "[::1]x",
    "[]",
    "user@host:pw",
    "u:p@[::1]:5432,h2:abc",
    "host:\uff11",
    "host#x",
    "user:p#w@host",
    "user#x:pw",
]
RESTS = [
    *("", "/", "/db", "/db?sslmode=require", "?host=/tmp", "/d@b:x?user=a@b", "/#x", "/é%20✓", "?"),
    *("/db?connect_timeout=5&", "/db?ssl=true", "/db?port=&sslmode=verify-full&sslrootcert=system"),
]
BAD_PORTS = ["host:0", "host:65536", "host:000", "host:99999999999999999999", "h1:1,h2:70000", "user:pw@[::1]:0"]
# libpq has a default for the host, a Redis URL names one.
HOSTLESS = ["", "user:p:w@", ":6379"]
REDIS_AUTHORITIES = [one for one in AUTHORITIES if "," not in one and one not in HOSTLESS] + TWO_AT
REDIS_RESTS = ["", "/", "/0", "/15", "?db=2", "?family=0&tls=true", "/0?maxRetriesPerRequest=null", "/1?a"]

POSTGRESQL = [f"{scheme}://{a}{r}" for scheme in ("postgresql", "postgres") for a in AUTHORITIES for r in RESTS]
REDIS = [f"{scheme}://{a}{r}" for scheme in ("redis", "rediss") for a in REDIS_AUTHORITIES for r in REDIS_RESTS] + [
    "unix:///run/redis.sock",
    "unix:///run/a:b.sock?db=1",
    "unix://user:pw@/run/redis.sock",
    "unix://:pw@/run/redis.sock",
]
WEB = [
    f"{scheme}://{authority}{rest}"
    for scheme in ("http", "https")
    for authority in ("host", "host:8080", "[::1]", "[::1]:443", "user@host", "user:pw@host:1", "é.example", "%41")
    for rest in ("", "/", "/v1/mcp", "/@scope/name", "/a:b@c", "?a=b&c", "#x", "/é?token=x")
]
ACCEPTED: list[tuple[Schemes, str]] = [
    *(("postgresql", u) for u in POSTGRESQL),
    *(("redis", u) for u in REDIS),
    *(("http", u) for u in WEB),
]

SERVERS: list[tuple[Schemes, str]] = [
    ("postgresql", "postgresql://u"),
    ("postgresql", "postgres://"),
    ("redis", "rediss://u"),
]
BAD_QUERIES = [
    *("a", "a=b=c", "&sslmode=require", "sslmode=require&&ssl=true", "options=--search_path=app", "a=b?c=d"),
    *("sslmode=required", "sslmode=", "SSLMODE=require", "target_session_attrs=master", "gssencmode=yes"),
    *("connect_timeout=", "connect_timeout=5s", "keepalives=true", "tcp_user_timeout=99999999999"),
    *("sslmode=require&sslmode=disable", "sslmode=disable&ssl=true", "ssl=true&ssl=true", "ssl=1", "ssl=false"),
    *("sslmode=require&sslrootcert=system", "sslnegotiation=direct", "sslnegotiation=direct&sslmode=prefer"),
    *("schema=public", "pgbouncer=true", "connection_limit=5", "supa=x", "servicefile=x"),
]

REFUSED: list[tuple[Schemes, str, Reason]] = [
    ("postgresql", "", "blank"),
    ("postgresql", " \t\n", "blank"),
    ("redis", " ", "blank"),
    *(("redis", f"rediss://{a}{r}", "host") for a in HOSTLESS for r in REDIS_RESTS),
    ("redis", "redis:///run/redis.sock", "host"),
    ("redis", "unix://", "socket"),
    ("redis", "unix:///", "socket"),
    ("redis", "unix://relative/path", "socket"),
    ("redis", "unix://:p/w@/path", "socket"),
    ("postgresql", "mysql://host", "scheme"),
    ("postgresql", "POSTGRESQL://host", "scheme"),
    ("postgresql", "postgresql+psycopg://host", "scheme"),
    ("postgresql", "jdbc:postgresql://host", "scheme"),
    ("postgresql", "postgresql:/host", "scheme"),
    ("postgresql", " postgresql://host", "scheme"),
    ("postgresql", "host=h password=x", "scheme"),
    ("postgresql", "redis://host", "scheme"),
    ("postgresql", "unix:///run/x.sock", "scheme"),
    ("redis", "postgresql://host", "scheme"),
    ("redis", "Redis://host", "scheme"),
    *[("postgresql", f"postgresql://{c}h", "unseen") for c in "\x00\n\r\t\x1b\x7f\x85"],
    *[("postgresql", f"postgresql://u:p@h/db{c}", "unseen") for c in "\x00\n\r"],
    *[("redis", f"{scheme}{c}", "unseen") for c in "\x00\n" for scheme in ("redis://h", "unix:///x")],
    *[("postgresql", f"postgresql://{a}{r}", "host") for a in BAD_AUTHORITIES for r in RESTS],
    *[("redis", f"rediss://{a}{r}", "host") for a in BAD_AUTHORITIES for r in REDIS_RESTS],
    *[("postgresql", f"postgresql://{a}{r}", "at") for a in TWO_AT for r in RESTS],
    *[("postgresql", f"postgresql://{a}{r}", "port") for a in BAD_PORTS for r in RESTS],
    *[("redis", f"redis://{a}{r}", "port") for a in BAD_PORTS if "," not in a for r in REDIS_RESTS],
    ("postgresql", "postgresql://h?options=a@b", "at"),
    ("postgresql", "postgresql://u:p?w@h/d", "host"),
    ("postgresql", "postgresql://u:***", "masked"),
    ("postgresql", "postgresql://u:***@h", "masked"),
    ("postgresql", "postgresql://u:***@x@h", "masked"),
    *[(family, f"{start}:${{PW}}@h", "unexpanded") for family, start in SERVERS],
    *[(family, f"{start}:$(PW)@h", "unexpanded") for family, start in SERVERS],
    *[(family, f"{start}:a b@h", "space") for family, start in SERVERS],
    *[
        (family, f"{start}:a{bad}@h", "escape")
        for family, start in SERVERS
        for bad in ("%", "%4", "%zz", "%00", "%%41")
    ],
    ("postgresql", "postgresql://h/cloudsql/p:r:i/db", "database"),
    ("postgresql", "postgresql://h/a/b", "database"),
    ("postgresql", "postgresql://h/host%3Dx%20password%3Dy", "database"),
    ("postgresql", "postgresql://h/?dbname=postgres%3A%2F%2Fu%3Ap%40h", "database"),
    *[("postgresql", f"postgresql://h/d?{query}", "parameter") for query in BAD_QUERIES],
    *[("postgresql", f"postgresql://h/d?port={port}", "port") for port in ("0", "x", "65536", "1,70000", "-1")],
    *[("redis", f"redis://h1:6379,h2:6379{r}", "host") for r in REDIS_RESTS],
    *[("redis", f"redis://h:6379/{number}", "database") for number in ("cache", "-1", "0/1", "1.0", "\u0661")],
    ("redis", "redis://h?db=x", "database"),
    ("redis", "unix:///run/redis.sock?db=", "database"),
    ("postgresql", "postgres://u%3a***@h/db", "masked"),
    ("postgresql", "postgresql://u%3A***", "masked"),
    ("postgresql", "postgresql://u:%2A%2a*@h", "masked"),
    ("postgresql", "postgresql://h/db?password=***", "masked"),
    ("postgresql", "postgresql://h/db?a=b&sslpassword=%2A%2A%2A&c=d", "masked"),
    ("redis", "redis://:***@h", "masked"),
    ("redis", "unix://:***@/x", "masked"),
    ("redis", "unix:///x?db=1&password=***", "masked"),
    ("http", "", "blank"),
    ("http", "host", "scheme"),
    ("http", "wss://host", "scheme"),
    ("http", "HTTPS://host", "scheme"),
    *[("http", f"https://host/{c}", "unseen") for c in "\x00\n\t\x85"],
    *[
        ("http", f"https://{a}", "host")
        for a in ("", ":80", "/x", "user@", "host:", "host:x", "u:p/w@h", "a b", "h/a b", "a,b", "a@b@c", "::1")
    ],
    *[("http", f"https://{a}", "masked") for a in ("***@h", "u:***@h", "h?token=***", "h/a:***@b", "h#%2A%2a*")],
]

NOT_MASKED = [
    "postgresql://u:****@h",
    "postgresql://u:**@h",
    "postgresql://u:x***@h",
    "postgresql://u:***x@h",
    "postgresql://***@h",
    "postgresql://h/***@x",
    "postgresql://h/db?password=****",
    "postgresql://h/db?application_name=***",
]


@pytest.mark.parametrize(("schemes", "url"), ACCEPTED + [("postgresql", url) for url in NOT_MASKED])
def test_accepted(schemes: Schemes, url: str) -> None:
    assert re.fullmatch(PATTERNS[schemes], url)
    assert not is_masked(url, schemes)
    assert url_fault(url, schemes) is None


@pytest.mark.parametrize(("schemes", "url", "reason"), REFUSED)
def test_refused(schemes: Schemes, url: str, reason: Reason) -> None:
    fault = url_fault(url, schemes)
    assert fault is not None
    assert fault.reason == reason


def test_every_reason_has_a_case() -> None:
    assert {reason for _, _, reason in REFUSED} == set(get_args(Reason))


@pytest.mark.parametrize(
    ("schemes", "url", "message", "advice"),
    [
        (
            "postgresql",
            "mysql://u:pw@h",
            "has the scheme `mysql`, which is not one of `postgresql`, `postgres`",
            "`postgresql://user@host:5432/database`",
        ),
        ("postgresql", "postgresql+psycopg://h", "has the scheme `postgresql+psycopg`,", "take out `+psycopg`: write"),
        ("postgresql", "Postgres://h", "has the scheme `Postgres`,", "in lower case: `postgres://…`"),
        ("redis", "REDIS://h", "has the scheme `REDIS`,", "in lower case: `redis://…`"),
        ("redis", "http://h", "not one of `redis`, `rediss`, `unix`", "`rediss://host:6379`"),
        ("redis", "h:6379", "does not start with `redis://`, `rediss://` or `unix://`", "`redis://host:6379/0`"),
        ("postgresql", "postgresql://u:p/w@h", "has a host or a port that cannot be read", "`%2F` for `/`"),
        ("redis", "redis://h:port", "has a host or a port that cannot be read", "`host:6379`"),
        ("postgresql", "postgresql://u@fe80::1/d", "an IPv6 address without brackets", "`[…]:5432`"),
        ("postgresql", "postgresql://h/d?schema=a", "`schema` that libpq does not know", "`options=-csearch_path%3D"),
        (
            "postgresql",
            "postgresql://h/d?ssl_mode=require",
            "`ssl_mode` that libpq does not",
            "did you mean `sslmode`?",
        ),
        ("postgresql", "postgresql://h/d?sslmode=required", '`sslmode` that is "required"', "write `sslmode=require`"),
        ("postgresql", "postgresql://h/d?sslmode=true", '`sslmode` that is "true"', "write `sslmode=require`"),
        ("postgresql", "postgresql://h/d?ssl=no-verify", "`ssl` that is not `true`", "write `sslmode=require`"),
        ("postgresql", "postgresql://h/a/b", "a `/` in the name of its database", "write `%2F`"),
        ("postgresql", "postgresql://h/cloudsql/p:r:i/db", "a `/` in the name", "`postgresql://user@/database?host="),
        ("postgresql", "file:./dev.db", "does not start with", "CODEMATION_SQLITE_FILE_PATH"),
        ("postgresql", "sqlite:///x.db", "has the scheme `sqlite`", "CODEMATION_SQLITE_FILE_PATH"),
        ("postgresql", "jdbc:postgresql://h/d", "does not start with", "take out `jdbc:`"),
        ("postgresql", "prisma+postgres://x", "has the scheme `prisma+postgres`", "only Prisma itself"),
        ("postgresql", "postgres:/h", "does not start with", "two slashes behind the scheme: `postgres://…`"),
        ("postgresql", "pgsql://h", "has the scheme `pgsql`", "write `postgresql://…`"),
        ("postgresql", "Server=h;Port=1;Database=d", "does not start with", "key=value pairs"),
        ("postgresql", "host=h dbname=d", "does not start with", "key=value pairs"),
        ("postgresql", "psql 'postgresql://h'", "does not start with", "a command of `psql`"),
        ("postgresql", "'postgresql://h'", "does not start with", "take out the quotes"),
        ("postgresql", "\u201cpostgresql://h\u201d", "does not start with", "take out the quotes"),
        ("postgresql", "<postgresql://h>", "does not start with", "take out the `<` and the `>`"),
        ("postgresql", "postgres//h/d", "does not start with", "write `://` behind the scheme: `postgres://…`"),
        ("postgresql", "./data/dev.db", "does not start with", "CODEMATION_SQLITE_FILE_PATH"),
        ("postgresql", "libsql://x.turso.io", "has the scheme `libsql`", "CODEMATION_SQLITE_FILE_PATH"),
        ("postgresql", "${env:APP_PG}", "does not start with", 'write urlEnv = "APP_PG"'),
        ("postgresql", "${{ secrets.APP_PG }}", "does not start with", 'write urlEnv = "APP_PG"'),
        ("postgresql", "postgresql://u:{{ pw }}@h/d", "holds an unexpanded variable", "write what the variable holds"),
        ("postgresql", "postgresql://u:{{pw}}@h/d", "holds an unexpanded variable", "write what the variable holds"),
        ("postgresql", "postgresql://u:%DB_PASS%@h/d", "holds an unexpanded variable", "write what the variable holds"),
        ("postgresql", "postgresql://u:$(cat /run/pw)@h/d", "holds an unexpanded", "write what the variable holds"),
        ("postgresql", "postgresql://[::1/d", "and no `]` behind", "close the address: `[::1]:5432`"),
        ("redis", "redis://:6379/0", "names no host", "`redis://host:6379/0`"),
        ("redis", "redis:///run/r.sock", "seems to be a socket", "`unix:///run/redis.sock`"),
        ("redis", "/run/r.sock", "does not start with", "`unix:///run/redis.sock`"),
        ("redis", "h:6380,password=x,ssl=True", "does not start with", "a connection string of .NET"),
        ("postgresql", "DATABASE_URL=postgresql://h", "does not start with", "take out the variable's name"),
        ("postgresql", "${PG_URL}", "does not start with", 'urlEnv = "PG_URL"'),
        ("postgresql", "env(PG_URL)", "does not start with", 'urlEnv = "PG_URL"'),
        ("postgresql", "%(PG_URL)s", "does not start with", 'urlEnv = "PG_URL"'),
        ("postgresql", "PG_URL", "does not start with", 'urlEnv = "PG_URL"'),
        ("postgresql", "SOME_WORD", "does not start with", 'urlEnv = "NAME"'),
        ("redis", "${CACHE}", "does not start with", 'redisUrlEnv = "CACHE"'),
        ("redis", "redis-sentinel://h", "has the scheme `redis-sentinel`", "sentinels cannot be named here"),
        ("redis", "redis+cluster://h", "has the scheme `redis+cluster`", "a cluster cannot be named here"),
        ("redis", "redis+socket:///x", "has the scheme `redis+socket`", "`unix:///run/redis.sock`"),
        ("redis", "redis://a,b", "names several hosts", "name one server"),
        ("redis", "redis://a:6379/0,redis://b:6379/0", "names several hosts", "name one server"),
        ("redis", "//cache:6379", "does not start with", "write `redis://` before it"),
        ("redis", "/run/redis.sock", "does not start with", "write `unix://`"),
        ("redis", "/run/secrets/redis_url", "does not start with", "`_FILE` behind it"),
        ("postgresql", "/run/secrets/database_url", "does not start with", "`_FILE` behind it"),
        ("postgresql", "file:/etc/secrets/db", "does not start with", "`_FILE` behind it"),
        ("postgresql", "`cat /run/secrets/db`", "does not start with", "nothing is run here"),
        ("postgresql", '{"username": "u", "host": "h"}', "does not start with", "as one URL"),
        ("postgresql", "postgresql://u:$PGPASSWORD@$PGHOST:$PGPORT/d", "unexpanded", "what the variable holds"),
        ("postgresql", "postgresql://u@$PGHOST:$PGPORT", "unexpanded", "what the variable holds"),
        ("redis", "redis://h/cache", "a database that is not a number", "`redis://host:6379/0`"),
        ("redis", "unix://x", "has no absolute path of a socket", "`unix:///run/redis.sock`"),
        ("redis", "unix:///r.sock?db=x", "a database that is not a number", "`?db=0`"),
        ("redis", "redis://a:6379;redis://b:6379", "names several hosts", "name one server"),
        ("redis", "reddis://h", "has the scheme `reddis`", "write `redis://…`"),
        ("redis", "redis://10.0.0.1:tcp://10.0.0.1:6379", "`tcp://…` in place of its port", "`_SERVICE_PORT`"),
        ("postgresql", "postgresql://u@10.0.0.1:tcp://10.0.0.1:5432/d", "in place of its port", "`_SERVICE_PORT`"),
        ("postgresql", "postgresql://postgresql://h/d", "has another `://`", "write it once"),
        ("postgresql", "postgresql://u@http://h:5432/d", "has another `://`", "write it once"),
        ("redis", "redis://redis://h:6379", "has another `://`", "write it once"),
        ("postgresql", "postgresql://u@%2Fcloudsql%2Fp:r:i/d", "a socket's folder with a `:`", "?host=/cloudsql/…`"),
        ("postgresql", "postgresql://h/d?sslmode==require", "has two `=`", "write one `=`"),
        ("postgresql", "postgresql+psycopg_async://h/d", "does not start with", "take out `+psycopg_async`"),
        ("postgresql", "jdbc:mysql://h/d", "does not start with", "the database is PostgreSQL or SQLite"),
        ("postgresql", "jdbc:sqlite:x.db", "does not start with", "CODEMATION_SQLITE_FILE_PATH"),
        ("postgresql", "u:pw@h/d", "does not start with", "write `postgresql://` before it"),
        ("postgresql", "h:5432/d", "does not start with", "write `postgresql://` before it"),
        ("redis", "redis+tls://h", "has the scheme `redis+tls`", "write `rediss://…`"),
        ("postgresql", "env://APP_PG", "has the scheme `env`", 'urlEnv = "APP_PG"'),
        ("postgresql", "env.APP_PG", "does not start with", 'urlEnv = "APP_PG"'),
        ("postgresql", "!ENV ${APP_PG}", "does not start with", 'urlEnv = "APP_PG"'),
        ("postgresql", "@format {env[APP_PG]}", "does not start with", 'urlEnv = "APP_PG"'),
        ("postgresql", "postgresl://h/d", "has the scheme `postgresl`", "write `postgresql://…`"),
        ("postgresql", "https://h.example.com", "has the scheme `https`", "the address of an HTTP service"),
        ("postgresql", "op://vault/db/url", "has the scheme `op`", "it only refers to a secret"),
        ("postgresql", "@Microsoft.KeyVault(SecretUri=https://v)", "does not start with", "it only refers to a secret"),
        ("postgresql", "$BASE/d", "does not start with", "nothing is expanded here"),
        ("http", "${ISSUER}", "does not start with", "nothing is expanded here"),
        ("postgresql", '"postgresql://h/d', "does not start with", "give the URL in it alone"),
        ("postgresql", '{"url": "postgresql://h/d"}', "does not start with", "give the URL in it alone"),
        ("postgresql", "pg_dump postgres://h/d", "does not start with", "give the URL in it alone"),
        ("postgresql", "postgresql://h/d/", "a `/` in the name of its database", "take the `/` out"),
        ("postgresql", "postgresql:///run/postgresql/d", "a `/` in the name", "`postgresql://user@/database?host="),
        ("postgresql", "postgresql://h/d,postgresql://i/d", "a `/` in the name", "several hosts stand before one"),
        ("postgresql", "postgresql://h/d&sslmode=require", "has parameters in the name", "write `?` before the first"),
        ("postgresql", "postgresql://h/d?sslmode=require;a=b", "a `;` between its parameters", "write `&`"),
        ("postgresql", "postgresql://h/d?sslmode=require&amp;port=1", "that libpq does not know", "`&` in place of"),
        ("postgresql", "postgresql://h/d?tls=true", "`tls` that libpq does not know", "write `sslmode=require`"),
        ("postgresql", "postgresql://h/d?keepalives=yes", "that is not a number", "write `keepalives=1`"),
        ("postgresql", "postgresql://h/d?connect_timeout=10s", "that is not a number", "a whole number of seconds"),
        ("postgresql", "postgresql://h/d?channel_binding=true", 'that is "true"', "`channel_binding=require`"),
        ("postgresql", "postgresql://h/d?target_session_attrs=master", 'is "master"', "`target_session_attrs=primary`"),
        ("postgresql", "postgresql://h/d?hostaddr=db", "`hostaddr` that is not an address", "`host`"),
        ("postgresql", "postgresql://h/d?require_auth=scram", "that is no list of", "`require_auth=scram-sha-256`"),
        ("postgresql", "postgresql://h/d?options=-c+a%3Db", "a `+` for a blank", "`%20`"),
    ],
)
def test_a_fault_says_what_is_wrong_and_what_to_do(schemes: Schemes, url: str, message: str, advice: str) -> None:
    fault = url_fault(url, schemes)
    assert fault is not None
    assert message in fault.message
    assert advice in fault.help


ALPHABET = st.sampled_from([*"@:/?#%&=,[]*+ .1ahé\n\x00", "***", "%2A", "%3A", "password=", "://", "::1", CANARY])
PIECES = st.lists(ALPHABET, max_size=10).map("".join)
STARTS = st.sampled_from(
    ["postgresql://", "postgres://", "redis://", "rediss://", "unix://", "unix:///", "x+y://", "https://", ""]
)
ANY_URL = st.builds("{}{}".format, STARTS, PIECES)


@searching(500)
@given(ANY_URL, st.sampled_from(get_args(Schemes)))
@example("postgresql://\n", "postgresql")
@example("postgresql://u:***@h\n", "postgresql")
def test_what_a_pattern_refuses_is_refused(url: str, schemes: Schemes) -> None:
    matches = re.fullmatch(PATTERNS[schemes], url) is not None and not is_masked(url, schemes)
    told = next((one for one in refusals(schemes) if Draft7Validator(one.when).is_valid(url)), None)
    fault = url_fault(url, schemes)
    if fault is None:
        assert matches
        assert told is None
    elif CANARY not in url.split("://", 1)[0]:
        assert CANARY not in fault.message + fault.help
    if fault is not None and told is None:
        assert fault.reason in BEYOND_PATTERNS


BEYOND_PATTERNS: set[Reason] = {"at", "port", "database", "parameter"}
"""Why a URL may be refused that every pattern of the schema accepts."""


@pytest.mark.parametrize(("schemes", "url", "reason"), REFUSED)
def test_the_schema_refuses_it_too(schemes: Schemes, url: str, reason: Reason) -> None:
    told = any(Draft7Validator(one.when).is_valid(url) for one in refusals(schemes))
    assert told or reason in BEYOND_PATTERNS


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:pw@h/db", True),
        ("postgresql://u:p@w@h/db", True),
        ("postgresql://us@er:pw@h/db", True),
        ("postgresql://u:@x@h/db", True),
        ("postgresql://u:1?x@h/db", True),
        ("postgresql://u%3Apw@h/db", True),
        ("redis://:pw@h", True),
        ("unix://:pw@/x", True),
        ("postgresql://h/db?password=x", True),
        ("postgresql://h/db?a=b&sslpassword=x", True),
        ("postgresql://h/db?p%61ssword=x", True),
        ("postgresql://u:***@h", True),
        ("postgresql://", False),
        ("postgresql://u:@h/db", False),
        ("postgresql://u@h:5432/db", False),
        ("postgresql://h:5432/db?user=a@b", False),
        ("postgresql://[::1]:5432,h2:1/d@b", False),
        ("postgresql://h/db?password=", False),
        ("postgresql://h/db?password=&a=b", False),
        ("postgresql://h/db?passfile=/x&application_name=password", False),
        ("unix:///run/x.sock?db=1", False),
        ("", False),
    ],
)
def test_has_password(url: str, expected: bool) -> None:  # noqa: FBT001
    assert has_password(url) is expected


@searching(500)
@given(
    st.sampled_from(["postgresql://", "postgres://", "redis://", "unix://"]),
    st.text("ab.-@%é", max_size=4),
    st.text("ab@:=*%+ é", max_size=6),
    st.sampled_from(["h/x", "h:1/x?db=1", "[::1]:1,h2/x", "/run/x", "/x?password=x&a=b", "h/x?a=b&sslpassword=%41"]),
)
@example("postgresql://", "u", "***", "/x")
@example("postgresql://", "us@er", "p@w", "h/x?a=b&sslpassword=%41")
def test_a_password_is_masked_and_the_masked_url_refused(start: str, user: str, password: str, rest: str) -> None:
    schemes: Schemes = "postgresql" if start.startswith("p") else "redis"
    url = f"{start}{user}:{password}@{rest}"
    assert has_password(url) == (password != "" or "password=" in rest)
    masked = mask_url(url)
    if has_password(url):
        fault = url_fault(masked, schemes)
        assert fault is not None
        assert fault.reason == "masked" or url_fault(url, schemes) is not None
    else:
        assert masked == url


@searching(500)
@given(PIECES)
@example("host:8080/@scope/x")
@example("user:pw@host/a:b@c?api_key=x")
@example(":@%")
def test_the_web_takes_no_masked_credential_back(pieces: str) -> None:
    url = f"https://{pieces}"
    if url_fault(url, "http") is None:
        masked = mask_url(url)
        assert (masked == url) or url_fault(masked, "http") is not None
        assert masked != url or not has_secret(url, "http")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://host:8080/@scope/name", False),
        ("https://host/v1?mode=x", False),
        ("https://token@host", True),
        ("https://user:pw@host", True),
        ("https://user:@host", True),
        ("https://:pw@host", True),
        ("https://:@host", False),
        ("https://@host", False),
        ("https://host/v1?api_key=x", True),
        ("https://host/v1#access_token=x", True),
        ("https://user:p/w@host", True),
        ("ftp://user:pw@host", True),
    ],
)
def test_credentials_of_the_web(url: str, expected: bool) -> None:  # noqa: FBT001
    assert has_secret(url, "http") is expected


def test_the_patterns_use_nothing_that_another_engine_lacks() -> None:
    for pattern in (*PATTERNS.values(), *MASKED.values()):
        assert not re.search(r"\(\?(?!:)|\\[0-9dDwWsSbBAZpP]|[*+?}][+]|\(\?P", pattern)
        assert pattern.isascii()


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
@pytest.mark.parametrize("flags", ["", "u"])
def test_ecmascript_agrees(flags: str) -> None:
    urls = sorted({url for _, url in ACCEPTED} | {url for _, url, _ in REFUSED} | set(NOT_MASKED))
    script = (
        "const [patterns, urls, flags] = JSON.parse(require('fs').readFileSync(0));"
        "const all = patterns.map((p) => new RegExp(p, flags));"
        "console.log(JSON.stringify(urls.map((u) => all.map((p) => p.test(u)))))"
    )
    patterns = [*PATTERNS.values(), *MASKED.values()]
    data = json.dumps([patterns, urls, flags])
    run = subprocess.run(["node", "-e", script], input=data, capture_output=True, text=True, check=True)  # noqa: S607
    expected = [
        [*(bool(re.fullmatch(one, u)) for one in PATTERNS.values()), *(bool(re.search(m, u)) for m in MASKED.values())]
        for u in urls
    ]
    assert json.loads(run.stdout) == expected
