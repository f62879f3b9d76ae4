"""What leaves the program holds no secret, and everything else stays as it was."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg.pq import Conninfo

from codemation.text.redaction import MASK, mask_url, redact, redact_argument, redact_value
from tests.torture import searching

CANARY = "CANARY7f3"

EXACT = [
    ("postgresql://user:pw@host:5432/db", "postgresql://user:***@host:5432/db"),
    (
        "postgresql://user:pw@host:5432/db?password=x&sslmode=require",
        "postgresql://user:***@host:5432/db?password=***&sslmode=require",
    ),
    ("postgresql://user:p%40w%2F@host/db", "postgresql://user:***@host/db"),
    ("postgresql://user:p@ss@host/db", "postgresql://user:***@host/db"),
    ("postgresql://us@er:pw@host/db", "postgresql://us@er:***@host/db"),
    ("postgresql://user:p:w@host/db", "postgresql://user:***@host/db"),
    ("postgresql://user:p/w@host/db", "postgresql://user:***@host/db"),
    ("postgresql://user:1/x@host/db", "postgresql://user:***@host/db"),
    ("postgresql://user:p?w@host/db", "postgresql://user:***@host/db"),
    ("postgresql://user:1?w@host/db", "postgresql://user:***@host/db"),
    ("postgresql://user:p#w@host/db", "postgresql://user:***@host/db"),
    ("postgresql://user:p w\"'@host/db", "postgresql://user:***@host/db"),
    ("postgresql://u:pw@h1:5432,h2:5432/db", "postgresql://u:***@h1:5432,h2:5432/db"),
    ("postgresql://u:pw@[::1]:5432/db", "postgresql://u:***@[::1]:5432/db"),
    ("postgresql://u:[::1]@h/db", "postgresql://u:***@h/db"),
    ("postgresql://u:pw@/db?host=/tmp", "postgresql://u:***@/db?host=/tmp"),
    ("postgresql://u:pw@%2Ftmp/db", "postgresql://u:***@%2Ftmp/db"),
    ("postgresql://user%3Apw@host/db", "postgresql://user%3A***@host/db"),
    ("postgresql://user%253apw@host/db", "postgresql://user%253a***@host/db"),
    ("postgresql://u:pw@h:port/db", "postgresql://u:***@h:***"),
    ("redis://:pw@host", "redis://:***@host"),
    ("rediss://u:pw@host:6379/0", "rediss://u:***@host:6379/0"),
    ("unix://:pw@/run/redis.sock?db=1", "unix://:***@/run/redis.sock?db=1"),
    ("jdbc:postgresql://h/db?user=u&password=pw", "jdbc:postgresql://h/db?user=u&password=***"),
    # No `@`: a port that is not a number.
    ("postgresql://user:pw", "postgresql://user:***"),
    ("postgresql://user:pw/db?sslmode=require", "postgresql://user:***"),
    ("postgresql://user:12x/db", "postgresql://user:***"),
    ("postgresql://user: pw", "postgresql://user:***"),
    ("postgresql://user#1:pw", "postgresql://user#1:***"),
    ("postgresql://user%3apw/db", "postgresql://user%3a***"),
    ("postgresql://h1:5432,user:pw/db", "postgresql://h1:5432,user:***"),
    ("postgresql://[::1]:pw/db", "postgresql://[::1]:***"),
    ("postgresql://[user:pw]/db", "postgresql://[user:***"),
    # Parameters.
    ("postgresql://h/db?PassWord=x", "postgresql://h/db?PassWord=***"),
    ("postgresql://h/db?p%61ssword=x&a=b", "postgresql://h/db?p%61ssword=***&a=b"),
    ("postgresql://h/db?password=a@b", "postgresql://h/db?password=***"),
    ("postgresql://u:p@h/db?password=a@b", "postgresql://u:***@h/db?password=***"),
    ("postgresql://u:p?password=a@b/db", "postgresql://u:***"),
    ("postgresql://?:password=a@b", "postgresql://?:***"),
    ("postgresql://?:password=@b", "postgresql://?:***"),
    ("postgresql://h/db?password=a&b&sslmode=require", "postgresql://h/db?password=***&sslmode=require"),
    ("postgresql://u:p@h/db?application_name=a@b", "postgresql://u:***@h/db?application_name=a@b"),
    ("postgresql://h:5432?user=a@b", "postgresql://h:***@b"),  # libpq takes `5432?user=a` for a password
    # A pair within a parameter, or in place of the database's name.
    ("postgresql://u:p@h/d?dbname=password=pw", "postgresql://u:***@h/d?dbname=password=***"),
    (
        "postgresql://h/d?dbname=host=x password=pw&sslmode=require",
        "postgresql://h/d?dbname=host=x password=***&sslmode=require",
    ),
    ("postgresql:///user=x password=pw", "postgresql:///user=x password=***"),
    # A token as the user, which only web services have.
    ("https://token@host/x", "https://***@host/x"),
    ("https://token:x-oauth-basic@host/x", "https://***:***@host/x"),
    ("https://token:@host/x", "https://***:@host/x"),
    ("https://user:pw@host/x", "https://user:***@host/x"),
    # Not quite a URL.
    ("user:pw@host/db", "user:***@host/db"),
    ("postgresql:user:pw@host/db", "postgresql:***@host/db"),
    ("postgresql:/user:pw@host/db", "postgresql:/user:***@host/db"),
    ("postgresql:/user:pw", "postgresql:/user:***"),
    ("host=h password='a b' port=1", "host=h password='***' port=1"),
    ("postgresql://u:p\nw@h/db", "postgresql://u:***@h/db"),
]

UNCHANGED = [
    "",
    "postgresql://",
    "postgres://host",
    "postgresql://host:5432/db",
    "postgresql://host:/db",
    "postgresql://user@host:5432/db",
    "postgresql://user:@host/db",
    "postgresql://h/db?password=",
    "postgresql://h1:5432,h2:,h3/db",
    "postgresql://[::1]:5432,[fe80::1%25eth0]/db",
    "postgresql://%2Ftmp/db",
    "postgresql:///db?host=/tmp&port=5433",
    "postgresql://host/d@b",
    "postgresql://h:5432/db?user=a@b",
    "postgresql://h/db?sslkey=/k&sslcert=/c&passfile=/p&sslmode=verify-full",
    "redis://user@host:6379/0",
    "unix:///run/a:b.sock?db=1",
    "sqlite:///C:/data/x.sqlite",
    "https://example.org/@user/x",
    "host:5432",
]


@pytest.mark.parametrize(("url", "masked"), EXACT)
def test_a_url_shows_all_but_its_secrets(url: str, masked: str) -> None:
    assert mask_url(url) == masked


@pytest.mark.parametrize("url", UNCHANGED)
def test_a_url_without_a_secret_is_unchanged(url: str) -> None:
    assert mask_url(url) == url
    assert redact(url) == url


@pytest.mark.parametrize(
    ("url", "masked"), [(u, m) for u, m in EXACT if "\n" not in u and "://" in u and ": " not in u]
)
def test_a_text_shows_a_url_as_it_is_masked_alone(url: str, masked: str) -> None:
    assert redact(url) == masked
    assert redact(f"cannot connect\n{url}\nat all") == f"cannot connect\n{masked}\nat all"


def test_of_libpqs_keywords_exactly_the_secret_ones_are_masked() -> None:
    keywords = [option.keyword.decode() for option in Conninfo.get_defaults()]
    masked = {key for key in keywords if mask_url(f"postgresql://h/db?{key}=x") != f"postgresql://h/db?{key}=x"}
    secret = {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
    assert masked == secret & set(keywords)
    assert "password" in masked


@pytest.mark.parametrize(
    "name",
    ["passwd", "pwd", "secret", "client_secret", "token", "access_token", "api_key", "apikey", "auth", "credential"],
)
def test_other_secret_parameters(name: str) -> None:
    assert mask_url(f"redis://h/0?db=1&{name}=x") == f"redis://h/0?db=1&{name}=***"


TEXTS = [
    # Lines of TOML, whole and broken.
    ('url = "postgresql://u:pw@h/db"  # why', 'url = "postgresql://u:***@h/db"  # why'),
    ('url = "postgresql://u:pa"ss wd@h/db"', 'url = "postgresql://u:***@h/db"'),
    ("url = 'postgresql://u:pa'ss # wd@h/db", "url = 'postgresql://u:***@h/db"),
    ('url = "postgresql://user:pw"', 'url = "postgresql://user:***"'),
    ('url = "postgresql://h/db?password=a b"', 'url = "postgresql://h/db?password=***"'),
    (r'url = "postgresql://u\u003apw@h"', r'url = "postgresql://u\u003a***@h"'),
    (r'url = "postgresql://u:p@w\u0040h"', r'url = "postgresql://u:***\u0040h"'),
    ('url = "u:pw@h/db"', 'url = "u:***@h/db"'),
    ('url = "postgresql:u:pw@h/db"', 'url = "postgresql:***@h/db"'),
    ('password = "x"  # why', 'password = "***"  # why'),
    ('password = "a"b c"', 'password = "***"'),
    ('password = "a" b"', 'password = "***"'),
    ('password = "a b', 'password = "***'),
    ('password = "a", b"', 'password = "***"'),
    ('password="a";b c', 'password="***'),
    ('password = """a"""', 'password = "***"""'),
    ('db = {password = "x", user = "y"}', 'db = {password = "***", user = "y"}'),
    ('authSecret = "x"', 'authSecret = "***"'),
    # Logs.
    ("postgresql://u:a@h/db, redis://:b@h2/0 ok", "postgresql://u:***@h/db, redis://:***@h2/0 ok"),
    ("A=postgresql://u:a@h/db;B='redis://:b@h2/0'", "A=postgresql://u:***@h/db;B='redis://:***@h2/0'"),
    ("postgresql://u:p redis://x@h", "postgresql://u:***@h"),  # the first has lost its host, or it is one
    ("10:00:01 a:b postgresql://h:5432/db", "10:00:01 a:b postgresql://h:5432/db"),
    ("http://h:80: refused", "http://h:80: refused"),
    ("see http://h:80.", "see http://h:80."),
    ("postgresql://h: timed out", "postgresql://h: timed out"),
    ('at "postgresql://h:5432" and `redis://h`', 'at "postgresql://h:5432" and `redis://h`'),
    ("codemation.toml:3:5: me@example.org", "codemation.toml:3:5: me@example.org"),
    (r'{"url":"postgresql:\/\/u:pw@h"}', r'{"url":"postgresql:\/\/u:***@h"}'),
    # Pairs.
    ("host=h password=x port=1", "host=h password=*** port=1"),
    (r"password=a\ b port=1", "password=*** port=1"),
    (r"password='a\' b' port=1", "password='***' port=1"),
    ('"host=h password=x" (bad)', '"host=h password=***" (bad)'),
    ("{'password': 'x', 'a': 'b'}", "{'password': '***', 'a': 'b'}"),
    (r'"{\"password\": \"x y\"}"', r'"{\"password\": \"***\"}"'),
    ("token: x", "token: ***"),
    ("PGPASSWORD=x AUTH_SECRET=y", "PGPASSWORD=*** AUTH_SECRET=***"),
    ("Authorization: Bearer x", "Authorization: Bearer ***"),
    ("?password=x&sslmode=require", "?password=***&sslmode=require"),
    ("clientSecretEnv = NAME, no password here", "clientSecretEnv = NAME, no password here"),
    ("a\n\r\npassword=x\r\n\n", "a\n\r\npassword=***\r\n\n"),
]


@pytest.mark.parametrize(("text", "redacted"), TEXTS)
def test_a_text_stays_readable(text: str, redacted: str) -> None:
    assert redact(text) == redacted


def test_data_is_redacted_at_every_depth() -> None:
    url, masked = "redis://:pw@h", "redis://:***@h"
    data = {url: [url, (url, 1, None)], "a": {"b": url}, "password": "pw", "n": 1.5}
    expected = {masked: [masked, (masked, 1, None)], "a": {"b": masked}, "password": MASK, "n": 1.5}
    assert redact_value(data) == expected
    assert redact_value(expected) == expected
    assert data["password"] == "pw"


def test_a_value_that_is_a_url_is_masked_over_its_line_breaks() -> None:
    assert redact_value(f"postgresql://u:p\n{CANARY}@h") == "postgresql://u:***@h"


# Properties. A password is made of specials, with the canary wherever it likes.

NOISE = st.text("@:/?#%&= '\"\\,;[]()+.ab1é✓𝄞", max_size=6)
PASSWORDS = st.builds("{}{}{}".format, NOISE, st.just(CANARY), NOISE) | st.builds(
    "{}{}{}{}{}".format, NOISE, st.just(CANARY), NOISE, st.just(CANARY), NOISE
)
KNOWN = st.sampled_from(["postgresql", "postgres", "postgresql+psycopg", "redis", "rediss", "unix", "mysql", "https"])
SCHEMES = KNOWN | st.just("x+y.z")
USERS = st.text("abc.-_%20é", max_size=4) | st.sampled_from(["us@er", "d%3Au", "DOM\\u"])
HOSTS = st.sampled_from(
    [
        "h",
        "h:5432",
        "h1:1,h2:2",
        "[::1]",
        "[::1]:5432",
        "",
        "%2Ftmp",
        "h:5432/db",
        "h/db?sslmode=require",
        "/run/x.sock",
    ]
)
AROUND = st.sampled_from(
    [
        "{}",
        'url = "{}"',
        "url = '{}'  # why",
        'url = "{}", b = "c"',
        "cannot reach {} at all",
        "10:00:01 [x:y] ({}): no, say 'x' = \"y\"",
        "first redis://h:6379/0, then {} and http://x.y:80/z",
        "redis://:***@h {}",
        '{{"url": "{}"}}',
        "line 1\nDATABASE_URL={}\nline 3: @",
        "`{}`",
    ]
)


def with_password(scheme: str, user: str, password: str, host: str) -> str:
    """Write the URL as people do who do not know of percent-encoding."""
    return f"{scheme}://{user}:{password}@{host}"


URLS = st.builds(with_password, SCHEMES, USERS, PASSWORDS, HOSTS)


@searching(700)
@given(URLS, AROUND)
@example(f"postgresql://u:p@{CANARY}@h", 'url = "{}"')
@example(f"postgresql://u:1/{CANARY}@h", 'url = "{}"')
@example(f'postgresql://u:p@h"{CANARY}@h/db', 'url = "{}"')
@example(f"postgresql://u:p@h {CANARY}://@h/db", "{}")
@example(f"postgresql://u:?password=a@{CANARY}&x@h/db", "{}")
@example(f"postgresql://u:/?a=@{CANARY}@h/db", "{}")
@example(f"postgresql://u:1, {CANARY}@h/db", "x {} y")
def test_no_password_leaves(url: str, around: str) -> None:
    text = around.format(url)
    assert CANARY not in mask_url(url)
    assert CANARY not in redact(text)
    assert CANARY not in str(redact_value({"a": [text], url: url}))
    assert len(redact(text).split("\n")) == len(text.split("\n"))


@searching(500)
@given(KNOWN, st.sampled_from(["u", "", "a.b-c_d", "%C3%A9%20"]), PASSWORDS, HOSTS, AROUND)
def test_no_encoded_password_leaves_and_the_rest_is_kept(
    scheme: str, user: str, password: str, host: str, around: str
) -> None:
    url = with_password(scheme, user, quote(password, safe=""), host)
    assert mask_url(url) == with_password(scheme, user, MASK, host)
    assert redact(around.format(url)) == around.format(with_password(scheme, user, MASK, host))


@searching(500)
@given(SCHEMES, PASSWORDS, AROUND, st.sampled_from(["password", "PASSWORD", "p%61ssword", "token"]))
def test_no_secret_parameter_leaves(scheme: str, password: str, around: str, name: str) -> None:
    value = password.replace("&", "")  # what follows a `&` is the next parameter, nobody can tell otherwise
    for url in (f"{scheme}://h/db?a=b&{name}={value}", f"{scheme}://u@h:1?{name}={value}&sslmode=require"):
        assert CANARY not in mask_url(url)
        assert CANARY not in redact(around.format(url))


@searching(500)
@given(st.text("@:/?#%&= '\"\\,;[]()é", min_size=1, max_size=4), st.sampled_from(["", "é", "a b"]))
def test_no_password_leaves_that_lost_its_host(noise: str, after: str) -> None:
    # Unless it passes for a host, a port, a path or a query: nothing tells `postgresql://a:1/SECRET` from a database.
    noise = "x" + noise.replace("@", "")
    assert CANARY not in mask_url(f"postgresql://user:{noise}{CANARY}{after}")
    assert CANARY not in redact(f'url = "postgresql://user:{noise}{CANARY}{after}"')


@searching(500)
@given(PASSWORDS)
@example(f'"{CANARY}";{CANARY}')
@example(f':"{CANARY}",{CANARY}')
@example(f'>"{CANARY}",{CANARY}')
def test_no_conninfo_password_leaves(password: str) -> None:
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    redacted = redact(f"host=h password='{escaped}' port=1")
    assert CANARY not in redacted
    assert redacted == "host=h password='***' port=1" or "://" in password  # which a URL may stand in
    assert CANARY not in redact(f"host=h password={escaped.replace(' ', chr(92) + ' ').replace('&', '')} port=1")


@searching(300)
@given(
    PASSWORDS,
    st.sampled_from(["host=h password={}", "password = '{}' host=h", "postgresql://u:{}@h/d", "redis://:{}@h"]),
    st.integers(1, 3),
    st.sampled_from(
        ["postgresql://h/{}", "postgresql://u@h:1/?dbname={}", "postgresql:///?sslmode=require&dbname={}&a=b"]
    ),
    AROUND,
)
def test_no_password_leaves_that_is_hidden_in_a_part_of_a_url(
    password: str, hidden: str, layers: int, url: str, around: str
) -> None:
    part = hidden.format(password.replace("'", ""))
    for _ in range(layers):
        part = quote(part, safe="")
    text = url.format(part)
    assert quote(CANARY, safe="") not in mask_url(text)
    assert CANARY not in redact(around.format(text))
    assert mask_url(url.format("a%20database")) == url.format("a%20database")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"postgresql://u:a\n{CANARY}@h/d", "postgresql://u:***@h/d"),
        (f"/srv/postgresql:/u:a\r\n{CANARY}@h/d", "/srv/postgresql:***@h/d"),
        (f"host=h password='a\n{CANARY}' port=1", "host=h password='***' port=1"),
        ("/srv/a\nfolder/file", "/srv/a\nfolder/file"),
        (f"/x///u:{CANARY}@h/d", "/x///u:***@h/d"),
        (f"////u:{CANARY}@h/d", "////u:***@h/d"),
    ],
)
def test_an_argument_is_one_value_over_its_line_breaks(text: str, shown: str) -> None:
    assert redact_argument(text) == shown


HOSTILE = st.lists(
    st.sampled_from([*"@:/?#%&= '\"\\,;[].\n\r*1xé", "://", MASK, "password=", "redis://", "https://", "&user=", "3A"]),
    max_size=14,
).map("".join)


@searching(500)
@given(HOSTILE | URLS | st.text())
@example("password='***")
@example("redis://password=:// ")
@example("postgresql://u:*@*:*/?token=*@")
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask_url(mask_url(text)) == mask_url(text)
    assert redact(redact(text)) == redact(text)
    assert redact_value(redact_value(text)) == redact_value(text)
    assert redact(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "unit",
    [
        *("a:@/?&=\"'\\[% (1,*" + "\t#;_"),
        *["://", "a://", "redis://", " redis://", "redis://a ", " redis://u:p@h", "?a=", "?user=", "&user=a@b", "&a"],
        *["password=", "password='", 'password="', "password='a',", "&password=", "token: ", "password:Bearer "],
        *["=a:", "=a:b@", '"a:b', "a:b@", " :@", "1@", "h:1,", "%3a", "%25", "\\u003a", "aA_", "password \t"],
    ],
)
def test_hostile_text_costs_little(unit: str) -> None:
    text = "postgresql://u:p" + unit * (100_000 // len(unit))
    start = time.process_time()
    for hostile in (text, unit * (100_000 // len(unit))):
        redact(hostile)
        mask_url(hostile)
    assert time.process_time() - start < 4  # a quadratic pattern takes minutes
