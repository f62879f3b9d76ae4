"""Reports of what has to do with several places: lines of other files, several on one line, and thousands."""

from __future__ import annotations

import re
from typing import Any

import pytest
from msgspec.structs import replace

from codemation.diagnostics import Diagnostic, Related
from codemation.origin import EnvironmentOrigin, FileOrigin, Position, Span
from codemation.reports import Locations, render, snippet
from codemation.reports.quoting import Quoter
from codemation.sources.environment import Environment
from codemation.text.terminal import Terminal, display_width
from tests.reports.test_reports import CANARY, ROOT, SWITCHED, compiled, rendered


def body(text: str) -> str:
    """A report of one diagnostic from its place on."""
    return text[text.index("  -->") :]


def test_a_line_of_another_file_is_shown() -> None:
    """The fault in the env file, what it conflicts with in the configuration."""
    text = rendered(compiled(SWITCHED + "\n" * 9, dotenv="\n# c4n4ry\n export REDIS_URL = redis://:c4n4ry@h # x\n"))
    assert (
        body(text)
        == """\
  --> .env:3:9
   |
 3 |  export REDIS_URL = ***
   |         ^^^^^^^^^
   |
  ::: codemation.toml:2:1
   |
 2 | kind = "sqlite"
   | ---- `app.database.kind` says sqlite
   = help: set DATABASE_URL, or run without a queue: kind = "inline" under
           [app.scheduler], or CODEMATION_SCHEDULER=local

1 error
"""
    )


def test_a_line_is_shown_beside_what_is_in_no_file() -> None:
    text = rendered(compiled(SWITCHED, {"REDIS_URL": "redis://h"}))
    assert body(text).startswith(
        """\
  --> process environment
  ::: codemation.toml:2:1
   |
 2 | kind = "sqlite"
   | ---- `app.database.kind` says sqlite
   = help: set DATABASE_URL"""
    )


def test_two_stretches_of_one_line() -> None:
    text = rendered(compiled('[app]\ndatabase = { sqliteFilePath = "a/日本", url = "postgresql://h/d" }\n'))
    assert body(text).startswith(
        """\
  --> codemation.toml:2:31
   |
 2 | database = { sqliteFilePath = "a/日本", url = "postgresql://h/d" }
   |                               ^^^^^^^^
   |                                         --- `app.database.url` is here
   = help: take it out"""
    )


def test_a_stretch_too_far_on_is_shown_in_a_part_of_its_own() -> None:
    queues = ", ".join(f'"queue-{number}"' for number in range(20))
    line = f'scheduler = {{ kind = "inline", workerQueues = [{queues}], redisUrl = "redis://h" }}'
    text = body(rendered(compiled(f"[app]\n{line}\n"), width=60))
    first, second = (line for line in text.split("\n") if line.startswith(" 2 | "))
    assert first.startswith(" 2 | …")
    assert 'redisUrl = "redis://h"' in first
    assert second.startswith(" 2 | scheduler = { kind = ")
    assert all(display_width(line) <= 60 for line in text.split("\n"))


def test_a_value_that_may_not_be_shown_is_not_shown_for_what_stands_beside_it() -> None:
    """The related place is on the line of the fault, which a secret may be on the wrong key of."""
    compilation = compiled(f'[app]\ndatabase = {{ urlEnv = "{CANARY}", kind = "sqlite" }}\n')
    value, key = (Span(Position(2, start), Position(2, end)) for start, end in ((23, 31), (33, 37)))
    related = Related("here", FileOrigin("codemation.toml", "app.database.kind", key_span=key))
    file = "codemation.toml"
    diagnostic = Diagnostic(
        "CM105", "bad-format", "error", "m", "h", file=file, span=value, related=(related,), harmless=False
    )
    text = render("text", [diagnostic], Locations(compilation.model, ROOT), Terminal())
    assert CANARY not in text
    assert text.count(" 2 | database") == 1


ENV_LINES = [
    ("A=c4n4ry", "A=***"),
    ("  export A = 'c4n4ry # c4n4ry' # c4n4ry", "  export A = ***"),
    ('A="c4n4ry\nc4n4ry"', "A=***"),
    ("A=", "A="),
    ("'A'=c4n4ry", None),
    ("c4n4ry A=c4n4ry", None),
    ("A c4n4ry", None),
    ("A", None),
]


@pytest.mark.parametrize(("line", "shown"), ENV_LINES)
def test_of_an_env_file_only_names_are_shown_where_a_value_may_be_a_secret(line: str, shown: str | None) -> None:
    compilation = compiled("", dotenv=f"B=1\n{line}\n")
    span = Span(Position(2, 1), Position(2, 2))
    origin = EnvironmentOrigin("A", ".env", 2)
    for diagnostic in (
        Diagnostic("CM201", "x", "error", "m", "h", file=".env", span=span, origin=origin),
        Diagnostic("CM201", "x", "error", "m", "h", related=(Related("r", origin),)),
    ):
        text = render("text", [diagnostic], Locations(compilation.model, ROOT), Terminal())
        assert "c4n4ry" not in text
        quoted = [row[5:] for row in text.split("\n") if row.startswith(" 2 | ")]
        assert quoted == ([] if shown is None else [shown])


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("CODEMATION_DATABASE_KIND=sqlit", True),
        ('  export CODEMATION_SCHEDULER = "quue"', True),
        ("CODEMATION_DATABASE_WAIT_SECONDS=99999", True),
        ("CODEMATION_SKIP_STARTUP_MIGRATIONS=ja", True),
        ("NODE_ENV='prod'", True),
        ("CODEMATION_DATABSE_KIND=sqlite", True),
        # What stands behind it, what hides in it, and what it belongs to may be secret.
        (f"CODEMATION_DATABASE_KIND=sqlit # {CANARY}", False),
        (f"CODEMATION_DATABASE_KIND=app:{CANARY}@db.example.com/app", False),
        (f"CODEMATION_DATABASE_KIND=mysql://app:{CANARY}@db.example.com/app", False),
        (f"CODEMATION_DATABSE_KIND={CANARY}", False),
        ("CODEMATION_PINS=1234", True),
        ("CODEMATION_DATABASE_PASSWORD=1234", False),
        ("DATABASE_URL=1234", False),
        ("DATABASE_URL_FILE=1234", False),
        ("REDIS_URL=sqlite", False),
        ("AUTH_SECRET=false", False),
        ("OTHER=1234", False),
    ],
)
def test_what_can_be_no_secret_of_an_env_file(line: str, *, shown: bool) -> None:
    compilation = compiled("", dotenv=f"\n{line}\n")
    name = line.partition("=")[0].removeprefix("  export ").strip()
    origin = EnvironmentOrigin(name, ".env", 2)
    span = compilation.model.environment.span(origin)
    diagnostic = Diagnostic("CM201", "x", "error", "m", "h", file=".env", span=span, origin=origin)
    text = render("text", [diagnostic], Locations(compilation.model, ROOT), Terminal())
    masked = f"{line[: len(line) - len(line.partition('=')[2].lstrip())]}***"
    assert [row[5:] for row in text.split("\n") if row.startswith(" 2 | ")] == [line if shown else masked]
    # The value is only of use where it is not called harmless.
    kept = render("text", [replace(diagnostic, harmless=False)], Locations(compilation.model, ROOT), Terminal())
    assert CANARY not in kept + text


# Each with what is quoted of it, where that is not all.
LINES = {
    "level: info": None,
    "level = INFO": None,
    "level = infoo": None,
    'level: "silnet"': None,
    'kind = "postgresql': None,
    "  level: warning": None,
    "port: 3000": None,
    "lvl: info": None,
    "verbose: yes,": None,
    'rules = [{ filter = "*", level = infoo }]': None,
    'rules = [{ filter = "http.*", level: info }, {': None,
    '  { filter = "http.*", level = info },': None,
    "provider = google": None,
    'mcpServers = [{ id = "x", transport = http }]': None,
    '{ "app": { "log": { "level": "info" } } }': None,
    "databaseUrl: 5": None,
    f"databaseUrl: {CANARY}": "databaseUrl: ***",
    "port: 123456789": "port: ***",
    "lvl: 123456789": "***",
    "hunter2: 3000": "***",
    "hunter:3000": "***",
    f"{CANARY}: info": "***",
    f"lvl: {CANARY}": "***",
    "pin: 1234": "pin: ***",
    "password = info": "password = ***",
    f'rules = [{{ filter = "*", levle = {CANARY} }}]': 'rules = [{ filter = "*", levle = ***',
    f'rules = [{{ filter = "*", token = "info", x = {CANARY} }}]': 'rules = [{ filter = "*", token = "***',
    f'mcpServers = [{{ id = "x", clientSecretEnv = {CANARY} }}]': 'mcpServers = [{ id = "x", clientSecretEnv = ***',
    f'kind = "{CANARY}': 'kind = "***',
}


@pytest.mark.parametrize(("line", "shown"), LINES.items(), ids=list(LINES))
def test_what_can_be_no_secret_of_a_line_that_is_no_toml(line: str, shown: str | None) -> None:
    quoter = Quoter(compiled(f"{line}\n[\n").model)
    assert quoter.quote(1, harmless=True).text == (line if shown is None else shown)


@pytest.mark.parametrize("header", ["[mcpServers.staticHeaders]", "[mcpServers.static_headers]", "Headers = {"])
def test_below_what_may_be_headers_nothing_shows(header: str) -> None:
    quoter = Quoter(compiled(f"level = info\n{header}\nlevel = info\n[\n").model)
    assert quoter.quote(1, harmless=True).text == "level = info"
    assert quoter.quote(3, harmless=True).text == "level = ***"


def test_a_word_with_a_slip_shows_in_a_file_that_is_toml() -> None:
    lines = [
        'app.log.lvl = "infoo"',
        'app.database.engine = "postgersql"',
        f'app.log.x = "{CANARY}"',
        'app.y = "admin"',
    ]
    quoter = Quoter(compiled("\n".join(lines)).model)
    shown = [quoter.quote(number, harmless=False).text for number in range(1, 5)]
    assert shown == [*lines[:2], 'app.log.x = "***"', 'app.y = "***"']


def test_a_variable_that_is_a_secret_itself_is_not_shown() -> None:
    """Everything before the `=` is a name to python-dotenv."""
    name = f"postgresql://u:{CANARY}@h/d?a"
    compilation = compiled("", dotenv=f"{name}=1\n")
    assert compilation.model.environment.text(name) == "1"
    origin = EnvironmentOrigin(name, ".env", 1)
    span = compilation.model.environment.span(origin)
    diagnostic = Diagnostic("CM201", "x", "error", "m", "h", file=".env", span=span, origin=origin)
    assert CANARY not in render("text", [diagnostic], Locations(compilation.model, ROOT), Terminal())


def test_an_env_file_whose_lines_are_asked_for_beyond_its_end() -> None:
    environment = Environment({}, compiled("", dotenv="A=1\n").model.environment.files)
    assert environment.assignment(EnvironmentOrigin("A", ".env", 1)) == "A=1"
    for origin in (("A", ".env", 9), ("A", "other.env", 1), ("B", ".env", 1), ("A", None, None)):
        assert environment.assignment(EnvironmentOrigin(*origin)) is None
    assert environment.span(EnvironmentOrigin("A", ".env", 9)) == Span(Position(9, 1), Position(9, 1))


@pytest.mark.parametrize("kind", ["line", "lines", "variables"])
def test_work_grows_with_the_number_of_faults(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with its square: what is measured of a line is measured once, however many faults are on it."""

    def work(faults: int) -> int:
        count = 0

        def counted(function: Any) -> Any:
            def call(*args: Any) -> Any:
                nonlocal count
                count += 1
                return function(*args)

            return call

        arguments: dict[str, Any] = {
            "line": {"text": "app = { " + ", ".join(f'k{number} = "v"' for number in range(faults)) + " }\n"},
            "lines": {"text": "[app]\n" + "".join(f'k{number} = "v"\n' for number in range(faults))},
            "variables": {"text": "", "dotenv": "".join(f"CODEMATION_DATABASE_KIN{n}=v\n" for n in range(faults))},
        }[kind]
        compilation = compiled(**arguments)
        assert len(compilation.diagnostics) == faults
        with monkeypatch.context() as patch:
            patch.setattr(snippet, "display_width", counted(display_width))
            patch.setattr(snippet, "Laid", counted(snippet.Laid))
            rendered(compilation)
        return count

    assert 0 < work(400) < 5 * work(100)


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ('[app.database]\nkind: "sqlite"\n', 'kind: "sqlite"'),
        ('[app.database]\nkind "sqlite"\n', 'kind "sqlite"'),
        ("[app.database]\nkind = sqlite;\n", "kind = sqlite;"),
        ("[app]\nport = 3000\n", "port = 3000"),
        ("[app.database]\npin = 3000\n", "pin = ***"),
        ("[app.database]\nnumber = 123456789\n", "number = ***"),
        ('[app.database]\nurl = "https://db.example.com/x"\n', 'url = "https://db.example.com/***"'),
        ("[app.database]\nurl = postgres://u:hunter2@db/app\n", "url = postgres://u:***@db/app"),
        ('[app.database]\nurl = "mysql://u:hunter2@db/app"\n', 'url = "mysql://u:***@db/app"'),
        ('[app.database]\nurl = "hunter2"\n', 'url = "***"'),
        ('{"app": {"database": {"kind": "sqlite"}}}', '{"app": {"database": {"kind": "sqlite"}}}'),
        (
            'database = { kind = "sqlite", url = "postgresql://u:hunter2@h/x" ',
            'database = { kind = "sqlite", url = "postgresql://u:***@h/x"',
        ),
        ("[app.database]\nhunter2: sqlite\n", "***"),
    ],
)
def test_a_mistake_shows_and_a_secret_does_not(document: str, line: str) -> None:
    text = rendered(compiled(document))
    assert next(it.partition("| ")[2] for it in text.splitlines() if re.match(r" *\d+ \| ", it)) == line
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "text",
    [
        f'[[app.database."p@".{CANARY}]]\nx = 1\n',
        f'app."p@{CANARY}"."q:x@y".z = 1\n',
        f'[[mcpServers."{CANARY}@b"]]\nid = 1\n[[mcpServers."{CANARY}@b"]]\nid = 2\n',
        f'app = {{ "{CANARY}@"."q@" = 1, "p@".z = {{ "a@" = 1 }} }}\n',
        f'[[a."{CANARY}@"."q@"]]\nx = 1\n[[a."{CANARY}@"."q@"]]\nx = 1\n[a."{CANARY}@"."q@".z]\nx = 1\n',
        f'[workflows."{CANARY}@b"]\n[workflows."{CANARY}@b".prunePolicy]\nrunSecond = 1\n"{CANARY}@" = 1\n',
    ],
)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_keys_with_credentials_are_masked_once(text: str, width: int) -> None:
    """However many tables a key names: masks that overlap would mix up the line."""
    compilation = compiled(text)
    lines = text.split("\n")
    quoter = Quoter(compilation.model)
    quotes = [quoter.quote(number, harmless=True).text for number in range(1, len(lines) + 1)]
    for line, quote in zip(lines, quotes, strict=True):
        assert quote.count('"***"') <= line.count("=") + line.startswith("[")
        assert '""' not in quote
        assert f"{CANARY}@" not in quote
    assert rendered(compilation, width=width)


def test_a_table_in_place_of_a_time() -> None:
    """What is no time is no failure where times are compared."""
    shown = rendered(compiled("[workflows.a.prunePolicy.runSeconds]\nx = 1\n"), width=120)
    assert "`workflows.a.prunePolicy.runSeconds` must be an integer, but is a table" in shown
    shown = rendered(compiled("[workflows.a.prunePolicy.other]\nx = 1\n"), width=120)
    assert "`workflows.a.prunePolicy.other` is not a known key" in shown
