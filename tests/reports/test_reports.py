"""Reports: golden texts, columns that line up, and no secret anywhere in any format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from codemation.diagnostics import Diagnostic, Related
from codemation.origin import DefaultOrigin, EnvironmentOrigin, OverrideOrigin
from codemation.pipeline import Compilation, compile_sources
from codemation.reports import Format, Locations, render
from codemation.reports.quoting import Quoter
from codemation.settings.catalogue import CATALOGUE
from codemation.sources.environment import Environment, parse_env
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource
from codemation.text.terminal import Terminal, display_width

ROOT = "/srv/app"
FORMATS: tuple[Format, ...] = ("text", "json", "sarif", "github")
CANARY = "c4n4ry"


def compiled(
    text: str,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    dotenv: str | None = None,
) -> Compilation:
    """Compile a document without touching a disk."""
    files = () if dotenv is None else (parse_env(".env", dotenv),)
    project = Project(ROOT, f"{ROOT}/codemation.toml")
    source = TomlSource("codemation.toml", text)
    return compile_sources(CATALOGUE, project, source, Environment(env or {}, files), overrides or {})


def rendered(compilation: Compilation, how: Format = "text", *, cwd: str = ROOT, **terminal: Any) -> str:
    """The diagnostics of a compilation, as one format has them."""
    return render(how, compilation.diagnostics, Locations(compilation.model, cwd), Terminal(**terminal))


CHOICE = '[app.database]\n\nkind = "postgres"\n'
SWITCHED = '[app.database]\nkind = "sqlite"\n'
CONFLICT = f'[app.database]\nurl = "postgresql://u:{CANARY}@h/d" # {CANARY}\nurlEnv = "APP_PG"\n'
SHADOWED = "[app.retention]\nrunSeconds = 3600\n" + "\n" * 20 + "[runtime.retention]\nrunSeconds=5\n"


def test_text_points_at_the_value() -> None:
    assert (
        rendered(compiled(CHOICE))
        == """\
error[CM103]: `app.database.kind` is "postgres", which is not one of "sqlite",
              "postgresql"
  --> codemation.toml:3:8
   |
 3 | kind = "postgres"
   |        ^^^^^^^^^^
   = help: did you mean "postgresql"?

1 error
1 repair takes no guess: `codemation check --fix`
"""
    )


def test_text_of_nothing() -> None:
    assert rendered(compiled("")) == "ok: no problems found\n"
    assert rendered(compiled(""), colour=True) == "\033[1;32mok\033[0m: no problems found\n"


def test_text_names_the_environment_at_forty_columns() -> None:
    dotenv = f"A=1\nDATABASE_URL=postgresql://u:{CANARY}@h/d\n"
    assert (
        rendered(compiled(SWITCHED, dotenv=dotenv), width=40)
        == """\
warning[CM301]: `DATABASE_URL` is set,
                so the database is
                postgresql, although
                `app.database.kind` says
                sqlite
  --> codemation.toml:2:8
   |
 2 | kind = "sqlite"
   |        ^^^^^^^^
   |
  ::: .env:2:1
   |
 2 | DATABASE_URL=***
   | ------------
   | `DATABASE_URL` is set here
   = help: unset DATABASE_URL, set
  CODEMATION_DATABASE_KIND=sqlite
           to keep sqlite, or write kind
           = "postgresql"

1 warning
"""
    )


def test_text_shows_related_lines_in_one_frame() -> None:
    assert (
        rendered(compiled(CONFLICT), width=120)
        == """\
warning[CM405]: `app.database.url` holds a password, and codemation.toml is a file that people check in
  --> codemation.toml:2:7
   |
 2 | url = "postgresql://u:***@h/d" # ***
   |       ^^^^^^^^^^^^^^^^^^^^^^^^
   = help: put the URL into a variable and name it with `app.database.urlEnv`

error[CM106]: `app.database.urlEnv` excludes `app.database.url`, and both are written
  --> codemation.toml:3:1
   |
 2 | url = "postgresql://u:***@h/d" # ***
   | --- `app.database.url` is here
 3 | urlEnv = "***"
   | ^^^^^^
   = help: keep one of them: `urlEnv` names the variable that holds the value, `url` is the value itself

1 error, 1 warning
"""
    )


def test_text_marks_a_gap_between_lines_and_puts_a_long_label_below() -> None:
    shadowed = next(d for d in compiled(SHADOWED).diagnostics if d.code == "CM303")
    text = render("text", [shadowed], Locations(compiled(SHADOWED).model, ROOT), Terminal(width=40))
    assert (
        text.split("--> ")[1]
        == """\
codemation.toml:24:1
    |
  2 | runSeconds = 3600
    | ----------
    | `app.retention.runSeconds` is here
...
 24 | runSeconds=5
    | ^^^^^^^^^^
    = help: the app form outranks the
            runtime form: take
  `runtime.retention.runSeconds`
            out, or make the two agree

1 warning
"""
    )


def test_text_of_what_is_in_no_file() -> None:
    diagnostics = [
        Diagnostic("CM101", "unknown-key", "error", "one", "do\nthis", origin=OverrideOrigin()),
        Diagnostic("CM201", "invalid-environment-value", "warning", "two", "that", origin=EnvironmentOrigin("A")),
        Diagnostic("CM001", "config-not-found", "error", "three", "then", related=(Related("r", DefaultOrigin()),)),
    ]
    assert (
        render("text", diagnostics, Locations(compiled("").model, ROOT), Terminal())
        == """\
error[CM101]: one
  --> an override
   = help: do
           this

warning[CM201]: two
  --> process environment
   = help: that

error[CM001]: three
   = help: then
   = also: r (the default)

2 errors, 1 warning
"""
    )


def test_text_never_quotes_an_env_file() -> None:
    text = rendered(compiled("", dotenv=f"foo {CANARY}\n"))
    assert "  --> .env:1:1\n   = help:" in text
    assert CANARY not in text


@pytest.mark.parametrize(
    ("line", "quoted", "underline"),
    [
        ('\tkind\t=\t"x"', '    kind    =   "x"', "                ^^^"),
        ('kind = "日本"', 'kind = "日本"', "       ^^^^^^"),
        ('kind = "e\u0301😀"', 'kind = "e\u0301😀"', "       ^^^^^"),
        ('kind = "\u202ex"', 'kind = "\\u202ex"', "       ^^^^^^^^^"),
        ('kind="x" # 日本', 'kind="x" # ***', "     ^^^"),
    ],
)
def test_carets_line_up(line: str, quoted: str, underline: str) -> None:
    lines = rendered(compiled(f"[app.database]\n{line}\n")).split("\n")
    place = next(number for number, text in enumerate(lines) if text.startswith(" 2 | "))
    assert lines[place : place + 2] == [f" 2 | {quoted}", f"   | {underline}"]


def test_carets_line_up_behind_masks() -> None:
    line = f'database = {{ "日本" = "{CANARY}", url = "{CANARY}", knd = "x" }}'
    diagnostic = next(d for d in compiled(f"[app]\n{line}\n").diagnostics if d.key == "app.database.knd")
    text = render("text", [diagnostic], Locations(compiled(f"[app]\n{line}\n").model, ROOT), Terminal())
    quoted, underline = text.split("\n")[3:5]
    assert quoted == ' 2 | database = { "日本" = "***", url = "***", knd = "***" }'
    assert display_width(underline[: underline.index("^")]) == display_width(quoted[: quoted.index("knd")])
    assert underline.count("^") == 3


@pytest.mark.parametrize("width", [40, 60, 120])
def test_long_lines_are_cut_around_the_span(width: int) -> None:
    queues = ", ".join(f'"日本{number}"' for number in range(60))
    document = f'[app]\nscheduler = {{ workerQueues = [{queues}], kind = "x", queuePrefix = "{"y" * 200}" }}\n'
    text = rendered(compiled(document), width=width)
    quoted, underline = (line for line in text.split("\n") if line.startswith((" 2 |", "   | ")))
    assert quoted.startswith(" 2 | …")
    assert quoted.endswith("…")
    assert display_width(quoted) <= width
    assert display_width(underline[: underline.index("^")]) == display_width(quoted[: quoted.index('"x"')])
    assert underline.count("^") == 3


def test_a_long_value_keeps_its_key() -> None:
    text = rendered(compiled(f'[app.database]\nkind = "{"x" * 300}"\n'), width=40)
    assert f' 2 | kind = "{"x" * 26}…\n   |        {"^" * 27}…\n' in text


def test_a_span_of_several_lines_shows_the_first() -> None:
    text = rendered(compiled('[app.database]\nkind = [ "a",\n "a" ]\n'))
    assert ' 2 | kind = [ "***",\n   |        ^^^^^^^^…\n' in text


def test_ascii_terminals_get_ascii() -> None:
    text = rendered(compiled(f'[app.database]\nkind = "日本{"x" * 300}"\n'), unicode=False, width=40)
    assert text.isascii()
    assert "...\n" in text


DOCUMENTS = {
    "inline table": f'[app]\ndatabase = {{ kind = "x", url = "postgresql://u:{CANARY}@h" , password = "{CANARY}"}}\n',
    "dotted inline": f'app = {{ database.kind = "x", scheduler.redisUrl = "{CANARY}", a = ["{CANARY}"] }}\n',
    "unknown key": f'[app.database]\npassword = "{CANARY}"\nrunSecret = "{CANARY}"\npin = "{CANARY}"\n',
    "unknown number": "[app.database]\npin = 70771\n",
    "unknown table": f'[nothing]\na = "{CANARY}"\n[[more]]\nb = "{CANARY}"\n[[more]]\nb = "{CANARY}"\n',
    "wrong side": f'"postgresql://u:{CANARY}@h/d" = 1\n',
    "not quite a url": f'[app.scheduler]\nqueuePrefix = "redis//u:{CANARY}@h"\nkind = "x"\n',
    "comment": f'[app.database] # {CANARY}\nkind = "x" # {CANARY}\n',
    "comment above": f'[app.database]\nkind = "x" # "{CANARY}\n',
    "reference": f'[app.database]\nurlEnv = "{CANARY}!"\n',
    "reference inline": f'[app]\ndatabase = {{ urlEnv = "{CANARY}!", kind = "x" }}\n',
    "wrong scheme": f'[app.database]\nurl = "mysql://u:{CANARY}@h"\n',
    "no url": f'[app.database]\nurl = "{CANARY}"\n',
    "url in a word": f'[app.database]\nkind = "postgresql://u:{CANARY}@h"\n',
    "url in a prefix": f'[app.scheduler]\nqueuePrefix = "redis://u:{CANARY}@h"\nkind = "x"\n',
    "escaped": f'[app.database]\nkind = "postgresql\\u003a//u\\u003a{CANARY}\\u0040h"\n',
    "table for a value": f'[app.database]\nkind = {{ a = "{CANARY}" }}\nsqliteFilePath = [ "{CANARY}" ]\n',
    "value for a table": f'[app]\ndatabase = "{CANARY}"\nscheduler = ["{CANARY}"]\n',
    "multi-line": f'[app.database]\nfoo = """{CANARY}\n{CANARY}\n{CANARY}""" # {CANARY}\n',
    "multi-line literal": f"[app.database]\nurl = '''\n{CANARY}\n{CANARY}'''\n",
    "multi-line url in a word": f'[app.database]\nkind = """postgresql://u:\n{CANARY}@h"""\n',
    "multi-line inline": f'[app]\ndatabase = {{ password = """\n{CANARY}\n{CANARY}""", kind = "x" }}\n',
    "array": f'[app.scheduler]\nworkerQueues = [ {{ x = "{CANARY}" }},\n "x" # {CANARY}\n ]\n',
    "workflow": f'[workflows."w"]\ntoken = "{CANARY}"\n[workflows.w.prunePolicy]\nrunSeconds = "1"\nx="{CANARY}"\n',
    "conflict": CONFLICT,
    "unused": f'[app.database]\nkind = "sqlite"\nurl = "postgresql://u:{CANARY}@h"\n',
    "syntax: no quotes": f"[app.database]\nurl = postgresql://u:{CANARY}@h/d\n",
    "syntax: bare": f"[app.database]\npin = {CANARY}\n",
    "syntax: bare known": f"[app.database]\nurl = {CANARY}\n",
    "syntax: no end": f'[app.database]\nurl = "postgresql://u:{CANARY}\n',
    "syntax: no end of a known": f'[app.database]\nkind = "{CANARY}\n',
    "syntax: no start": f'[app.database]\nurl = {CANARY}"\n',
    "syntax: second value": f'[app.database]\nkind = "sqlite" pin = "{CANARY}"\n',
    "syntax: second word": f'[app.database]\nkind = "sqlite" "{CANARY}"\n',
    "syntax: no equals": f'[app.database]\nurl "{CANARY}"\n{CANARY}\n',
    "syntax: only it": f"{CANARY}\n",
    "syntax: base64": f"{CANARY}==\n",
    "syntax: inline": f'[app]\ndatabase = {{ kind = "x", pin = "{CANARY}", url = "{CANARY}" \n',
    "syntax: quote in it": f'[app.database]\nurl = "postgresql://u:a"{CANARY}@h/d"\n',
    "syntax: escape": f'[app.database]\nkind = "\\q{CANARY}"\n',
    "syntax: array": f'[app.scheduler]\nworkerQueues = [\n "{CANARY}",\n {CANARY}\n]\n',
    "syntax: nested array": f"a = [\n[{CANARY}, 1]\n]\n",
    "syntax: open array": f'a = [\n"{CANARY}"\n',
    "syntax: multi-line": f'a = """\n{CANARY}\nkind = "{CANARY}"\n',
    "syntax: after multi-line": f'a = """\n{CANARY}"""\n{CANARY} = """{CANARY} = \n',
    "syntax: twice": f'[app.database]\nurl = "{CANARY}"\nurl = "{CANARY}"\n',
    "syntax: comment": f"[app.database] # {CANARY}\nkind = # {CANARY}\n",
    "syntax: header": f'[app.database] "{CANARY}"\n',
    "syntax: carriage return": f'[app.database]\nkind = "x"\rpassword = "{CANARY}"\r\n',
    "syntax: control": f'[app.database]\nkind = "\x1b{CANARY}"\n',
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=list(DOCUMENTS))
@pytest.mark.parametrize("how", FORMATS)
@pytest.mark.parametrize("width", [40, 120])
def test_no_secret_shows(document: str, how: Format, width: int) -> None:
    compilation = compiled(document)
    assert compilation.diagnostics
    text = rendered(compilation, how, width=width)
    assert CANARY not in text
    assert "70771" not in text


@pytest.mark.parametrize("document", [*DOCUMENTS.values(), CHOICE, SHADOWED], ids=[*DOCUMENTS, "choice", "shadowed"])
@pytest.mark.parametrize("harmless", [True, False])
def test_every_line_can_be_quoted(document: str, harmless: bool) -> None:  # noqa: FBT001
    """Also the lines that no diagnostic points at, and columns stay within them and in order."""
    compilation = compiled(document)
    quoter = Quoter(compilation.model)
    for number, written in enumerate(document.split("\n"), 1):
        line = written.removesuffix("\r")
        quote = quoter.quote(number, harmless=harmless)
        assert CANARY not in quote.text
        starts = [quote.start(offset) for offset in range(len(line) + 1)]
        ends = [quote.end(offset) for offset in range(len(line) + 1)]
        assert starts == sorted(starts)
        assert ends == sorted(ends)
        assert all(0 <= start <= end <= len(quote.text) for start, end in zip(starts, ends, strict=True))


@pytest.mark.parametrize("document", [*DOCUMENTS.values(), CHOICE, SHADOWED], ids=[*DOCUMENTS, "choice", "shadowed"])
@pytest.mark.parametrize("width", [40, 80, 120])
def test_colour_is_only_escape_codes_and_frames_fit(document: str, width: int) -> None:
    plain = rendered(compiled(document), width=width)
    coloured = rendered(compiled(document), width=width, colour=True)
    assert re.sub(r"\033\[[0-9;]*m", "", coloured) == plain
    assert "\033" not in plain
    assert coloured != plain
    for line in plain.split("\n"):
        assert line == line.rstrip()
        assert display_width(line) <= width or " " not in line.strip() or not re.match(r" *\d* \|", line)


def test_a_key_that_is_nearly_a_url_is_not_quoted() -> None:
    quoter = Quoter(compiled(f'"postgresql//u:{CANARY}@h/d" = 1\n').model)
    assert quoter.quote(1, harmless=True).text == '"***" = 1'


@pytest.mark.parametrize("how", FORMATS)
def test_the_same_bytes_every_time(how: Format) -> None:
    for document in DOCUMENTS.values():
        assert rendered(compiled(document), how) == rendered(compiled(document), how)


def test_files_as_people_find_them() -> None:
    compilation = compiled(CHOICE)
    assert Locations(compilation.model, ROOT).shown("codemation.toml") == "codemation.toml"
    assert Locations(compilation.model, "/srv").shown("conf/../.env") == "app/.env"
    assert Locations(compilation.model, "/srv/app/sub").shown("codemation.toml") == "/srv/app/codemation.toml"
    assert Locations(compilation.model, "/srv/ap").shown("codemation.toml") == "/srv/app/codemation.toml"
    assert Locations(compilation.model, "/").shown("/etc/x.env") == "etc/x.env"
    assert "  --> app/codemation.toml:3:8\n" in rendered(compilation, cwd="/srv")
