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
from psycopg import OperationalError
from psycopg.pq import Conninfo

from codemation.text.redaction import mask_url
from codemation.values.urls import (
    HTTP_URL,
    MASKED,
    POSTGRESQL_URL,
    REDIS_URL,
    Reason,
    Schemes,
    has_password,
    has_secret,
    is_masked,
    url_fault,
)
from tests.torture import searching

CANARY = "CANARY7f3"
PATTERNS: dict[Schemes, str] = {"postgresql": POSTGRESQL_URL, "redis": REDIS_URL, "http": HTTP_URL}

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
    "user:p@ss@host",
    "user:p:w@",
    "us@er:[::1]@[::1]:1",
    "é@✓:1",
]
BAD_AUTHORITIES = [
    "user:pw",
    "host:54x",
    "host: 1",
    "h1:1,h2:x",
    "host:1:2",
    "::1",
    "[::1",
    "[::1]x",
    "[]",
    "user@host:pw",
    "u:p@[::1]:5432,h2:abc",
    "us@er:pw",
    "host:\uff11",
    "host#x",
    "user:p#w@host",
    "user#x:pw",
]
RESTS = ["", "/", "/db", "/db?sslmode=require", "?host=/tmp", "/d@b:x?user=a@b", "/#x", "/é ✓"]

POSTGRESQL = [f"{scheme}://{a}{r}" for scheme in ("postgresql", "postgres") for a in AUTHORITIES for r in RESTS]
REDIS = [f"{scheme}://{a}{r}" for scheme in ("redis", "rediss") for a in AUTHORITIES for r in RESTS] + [
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

REFUSED: list[tuple[Schemes, str, Reason]] = [
    ("postgresql", "", "blank"),
    ("postgresql", " \t\n", "blank"),
    ("redis", " ", "blank"),
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
    *[("postgresql", f"postgresql://{c}h", "control") for c in "\x00\n\r\t\x1b\x7f\x85"],
    *[("postgresql", f"postgresql://u:p@h/db{c}", "control") for c in "\x00\n\r"],
    *[("redis", f"{scheme}{c}", "control") for c in "\x00\n" for scheme in ("redis://h", "unix:///x")],
    *[("postgresql", f"postgresql://{a}{r}", "port") for a in BAD_AUTHORITIES for r in RESTS],
    *[("redis", f"rediss://{a}{r}", "port") for a in BAD_AUTHORITIES for r in RESTS],
    ("postgresql", "postgresql://u:***", "port"),
    ("postgresql", "postgresql://u:***@h", "masked"),
    ("postgresql", "postgresql://u:***@x@h", "masked"),
    ("postgresql", "postgresql://us@er:***@h", "masked"),
    ("postgresql", "postgresql://us?er:***@h", "masked"),
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
    *[("http", f"https://host/{c}", "control") for c in "\x00\n\t\x85"],
    *[
        ("http", f"https://{a}", "port")
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
        ("redis", "http://h", "not one of `redis`, `rediss`, `unix`", "`redis://host:6379/0`"),
        ("redis", "h:6379", "does not start with `redis://`, `rediss://` or `unix://`", "`redis://host:6379/0`"),
        ("postgresql", "postgresql://u:p/w@h", "has a host or a port that cannot be read", "`%2F` for `/`"),
        ("redis", "unix://x", "has no absolute path of a socket", "`unix:///run/redis.sock`"),
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
def test_a_fault_and_the_patterns_agree(url: str, schemes: Schemes) -> None:
    matches = re.fullmatch(PATTERNS[schemes], url) is not None and not is_masked(url, schemes)
    fault = url_fault(url, schemes)
    assert (fault is None) == matches
    if fault is not None and CANARY not in url.split("://", 1)[0]:
        assert CANARY not in fault.message + fault.help


@searching(300)
@given(st.sampled_from(["postgresql://", "postgres://"]), PIECES)
@example("postgresql://", "h1,,h3")
def test_libpq_reads_no_other_port_from_an_accepted_url(start: str, rest: str) -> None:
    url = start + rest
    try:
        read = {o.keyword: o.val for o in Conninfo.parse(url.encode()) if o.val is not None}
    except OperationalError:
        return  # an unknown parameter, a bad escape: libpq's own to say
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    if url_fault(url, "postgresql") is None and "@" not in authority:
        assert re.fullmatch(rb"[0-9,]*", read.get(b"port", b"")) or re.search("[?].*@", rest)


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
        assert fault.reason == "masked" or not re.fullmatch(PATTERNS[schemes], url)
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
