"""Remedies for what is no TOML: each says what to write instead, and none repeats what may be a secret."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import codemation
from codemation import Diagnostic
from codemation.origin import FileOrigin

DATABASE = "[app.database]\n"
RETENTION = "[app.retention]\n"
SCHEDULER = "[app.scheduler]\n"
LABEL = "[app.whitelabel]\n"
AUTH = "[app.auth]\n"

COMMENT = "a comment starts with `#`"
OWN_LINE = "write each `key = value` on a line of its own"
BACKSLASH = r"write `\\` for each backslash, or put the text in single quotes"
ARRAY = 'write several values as an array: `key = ["a", "b"]`'

REMEDIES = (
    # Other languages.
    ("// note\n[app]\n", COMMENT),
    ("; note\n", COMMENT),
    ("-- note\n", COMMENT),
    ("/* note */\n", COMMENT),
    ("<!-- note -->\n", COMMENT),
    ("[app] // note\n", COMMENT),
    ("[app]\nfrontendPort = 3000 // note\n", COMMENT),
    ("[app]\nfrontendPort = 3000 ; note\n", COMMENT),
    (LABEL + 'productName = "a" // note\n', COMMENT),
    ("```toml\n[app]\n```\n", "it is Markdown: take out the lines"),
    ("[app]\n```\n", "it is Markdown: take out the lines"),
    ("[app.database # note]\n", "close the table's name with its bracket, before the comment"),
    (RETENTION + "runSeconds = null\n", "to keep it for ever, write 3153600000, the longest"),
    (RETENTION + "runSeconds = off\n", "to keep it for ever, write 3153600000, the longest"),
    ("[app]\nfrontendPort = off\n", "write a whole number, such as `frontendPort = 3000`"),
    ("<<<<<<< HEAD\n[app]\n", "both sides of a merge"),
    ("[app]\n=======\n", "both sides of a merge"),
    ("[app]\n>>>>>>> other\n", "both sides of a merge"),
    ("app:\n  database:\n", "it is YAML: write a table as `[app]`"),
    ("---\n", "it is YAML"),
    ("--- # note\n", "it is YAML"),
    ("%YAML 1.2\n---\napp:\n", "it is YAML: write TOML"),
    ("%TAG ! tag:example.com,2000:\n---\n", "it is YAML: write TOML"),
    ("<<: *defaults\n", "it is YAML: write TOML"),
    ("!!map\n", "it is YAML: write TOML"),
    ("&app\n", "it is YAML: write TOML"),
    ("? app\n", "it is YAML: write TOML"),
    ("% note\n", COMMENT),
    ("- a\n", "it is YAML"),
    (DATABASE + "kind: sqlite\n", 'write `=` for `:`, as in `kind = "sqlite"`'),
    ('[app]\n"frontendPort": 3000,\n', "write `=` for `:`, as in `frontendPort = 3000`"),
    (RETENTION + "runSeconds: 010\n", "write `=` for `:`; write 10: a number has no leading zero"),
    (RETENTION + "runSeconds = -010\n", "write -10: a number has no leading zero"),
    (RETENTION + "runSeconds: 7d\n", "write `=` for `:`; write 604800, the number of seconds"),
    (RETENTION + 'runSeconds: "5"\n', "write `=` for `:`, as in `runSeconds = 5`"),
    ("codemationVersion: 1.10\n", 'write `=` for `:`, as in `codemationVersion = "1.10"`'),
    ("[app.scheduler]\nqueuePrefix: 010\n", 'write `=` for `:`, as in `queuePrefix = "010"`'),
    ("[app.scheduler]\nkind: yes\n", 'write `=` for `:`; choose one of "inline", "queue"'),
    ("[app.auth]\nallowUnauthenticatedInDevelopment = maybe\n", "write true or false, without quotes"),
    ("app = { frontendPort: 3000 }\n", "write `=` for `:`"),
    ('{"app": {}}\n', "it is JSON"),
    ("<app>\n", "it is XML"),
    ("export default {\n", "it is a program"),
    ("include 'other.toml'\n", "TOML includes no other file"),
    ("{% if production %}\n", "it is a template"),
    (DATABASE + "url = {{ .Values.url }}\n", "it is a template"),
    (DATABASE + "url = ${APP_PG}\n", 'write `urlEnv = "APP_PG"`, which names the variable'),
    (DATABASE + 'url = env("APP_PG")\n', 'write `urlEnv = "APP_PG"`, which names the variable'),
    (DATABASE + "kind = $KIND\n", "set the variable CODEMATION_DATABASE_KIND"),
    ("[app]\nfrontendPort = ${PORT:-3000}\n", "write the value itself"),
    ("DATABASE_URL=postgresql://u@h/d\n", "`DATABASE_URL` is a variable: put the line into .env"),
    ("export AUTH_SECRET=x\n", "`AUTH_SECRET` is a variable: put the line into .env"),
    ("$schema = './codemation.schema.json'\n", "#:schema"),
    # Headers and names.
    ("[workflows.my flow.prunePolicy]\n", '`[workflows."my flow".prunePolicy]`'),
    ("[workflows.a/b]\n", '`[workflows."a/b".prunePolicy]`'),
    ("[runtime.workflows.a/b.prunePolicy]\n", '`[runtime.workflows."a/b".prunePolicy]`'),
    ("workflows.a/b.prunePolicy.runSeconds = 5\n", '`workflows."a/b".prunePolicy.runSeconds`'),
    ("[workflows.*.prunePolicy]\n", "what holds for all is `[app.retention]`"),
    ("[workflows.\u00fcber.prunePolicy]\n", "U+00FC"),
    ("[app/database]\n", "`[app.database]`"),
    ("[app.database]]\n", "take out one of the brackets"),
    ("[[app.auth.oauth]\n", "close the name with two brackets"),
    ("[app].database]\n", "in one pair of brackets"),
    ("[app]; note\n", COMMENT),
    ("[app/database]\n", "`[app.database]`"),
    ("[app] frontendPort = 1\n", "on the lines below its header"),
    ("[app.database] {\n", "take out the `{`"),
    ("[]\n", "name a table between the brackets"),
    ("[a b]\n", "put a name with blanks or signs in quotes"),
    ("app]\n", "open the table's name with a bracket"),
    ("app {\n", "write a table as a header, `[app]`"),
    ("[app]\nfrontend port = 3\n", "a setting's name has none"),
    ("[app]\nfrontendPort := 3\n", "write `=` in place of `:=`"),
    ("[app]\nfrontendPort == 3\n", "write one `=`"),
    ("[app]\nfrontendPort => 3\n", "write one `=`"),
    ("[app]\nfrontendPort 3\n", "write `=` between the key and its value"),
    # Commas and brackets.
    (DATABASE + 'kind = "sqlite",\n', "take out the comma at the end"),
    ("[app]\nfrontendPort = 3000,\n", "take out the comma at the end"),
    ("[app]\nfrontendPort = 3000;\n", "take out the `;` at the end"),
    ('[app]\nfrontendPort = 3000, codemationVersion = "1"\n', OWN_LINE),
    (DATABASE + 'kind = "sqlite" url = "x"\n', OWN_LINE),
    ('app = { database = { kind = "sqlite", } }\n', "take out the last comma"),
    ("app = {\n  frontendPort = 3000\n}\n", "an inline table stands on one line"),
    ("app = { frontendPort = 3000 log = 1 }\n", "put a comma between"),
    (SCHEDULER + 'workerQueues = ["a" "b"]\n', "put a comma between items"),
    (SCHEDULER + 'workerQueues = ["a"\n[app]\n', "close the array that was opened above"),
    (SCHEDULER + 'workerQueues = ["a",, "b"]\n', "take out one of the commas"),
    ("[app.log]\nlevel = info\n", "put text in double quotes"),
    (SCHEDULER + "workerQueues = [a, b]\n", "each item for itself"),
    (SCHEDULER + 'workerQueues = ("a")\n', "in square brackets"),
    (SCHEDULER + "workerQueues = a, b\n", ARRAY),
    (SCHEDULER + 'workerQueues = "a", "b"\n', ARRAY),
    ('[app]\nlog = { level = "info" };\n', "take out the `;` at the end"),
    (SCHEDULER + 'workerQueues = ["a"],\n', "take out the comma at the end"),
    (SCHEDULER + 'workerQueues = [\n"a"\n]; # x\n', "take out the `;` at the end"),
    (SCHEDULER + 'kind = "inline";;\n', "take out the `;;` at the end"),
    ("[[mcpServers]]\nstaticHeaders = [\n  Authorization = 'x'\n]\n", 'in braces, `{ key = "value" }`'),
    ("[[mcpServers]]\nstaticHeaders = [\n  'A' = 'x',\n]\n", 'in braces, `{ key = "value" }`'),
    (SCHEDULER + "workerQueues = [\n  a,\n]\n", "put text in double quotes"),
    (SCHEDULER + "workerQueues = [\n  [a],\n]\n", "put text in double quotes"),
    ('app = {\n  frontendPort = 3000,\n  log = { level = "info" }\n}\n', "an inline table stands on one line"),
    ('[app]\nlog = { filter = "y",\n  level = "info" }\n', "an inline table stands on one line"),
    ('[app]\nlog = { rules = [\n{ level = "a" }, ],\n  level = "info" }\n', "an inline table stands on one line"),
    ("[app]\nlog = {\n[app.auth]\n", "an inline table stands on one line"),
    # Values.
    (AUTH + "allowUnauthenticatedInDevelopment = True\n", "write `true`, in lower case"),
    (AUTH + "allowUnauthenticatedInDevelopment = no\n", "write `false`, in lower case"),
    (DATABASE + "kind = null\n", "take `kind` out: TOML has no null"),
    (DATABASE + "kind = None\n", "take `kind` out: TOML has no null"),
    ("[app]\nfrontendPort = ~\n", "take `frontendPort` out"),
    ("[app]\nfrontendPort =\n", "write a value after the `=`, or take `frontendPort` out"),
    ("[app]\nfrontendPort = 03000\n", "write 3000: a number has no leading zero"),
    ("[app]\nfrontendPort = 3__000\n", "write 3000: digits are grouped with `_`"),
    ("[app]\nfrontendPort = 3000/tcp\n", "write a whole number, such as `frontendPort = 3000`"),
    (RETENTION + "runSeconds = 24h\n", "write 86400, the number of seconds"),
    (RETENTION + "runSeconds = 7 days\n", "write 604800, the number of seconds"),
    (RETENTION + "runSeconds = P7D\n", "write 604800, the number of seconds"),
    (RETENTION + "runSeconds = 86,400\n", "write 86400"),
    (RETENTION + "runSeconds = 60 * 60 * 24\n", "write 86400: TOML does not calculate"),
    (RETENTION + "runSeconds = never\n", "to keep it for ever, write 3153600000"),
    (DATABASE + "kind = sqlite\n", 'put text in double quotes: `kind = "sqlite"`'),
    ("codemationVersion = 1.2.3\n", '`codemationVersion = "1.2.3"`'),
    (DATABASE + "sqliteFilePath = ./a.sqlite\n", '`sqliteFilePath = "./a.sqlite"`'),
    (DATABASE + "sqliteFilePath = C:\\a.sqlite\n", "put the text in single quotes"),
    (DATABASE + "url = postgresql://u:p@h/d\n", "put text in double quotes; numbers"),
    (DATABASE + 'sqliteFilePath = "C:\\Users\\a"\n', BACKSLASH),
    (DATABASE + 'sqliteFilePath = "C:\\data"\n', BACKSLASH),
    (DATABASE + 'url = "postgresql://u:a"b@h/d"\n', "write one that has such inside in single quotes"),
    (LABEL + "productName = 'Bob's'\n", "write one that has such inside in double quotes"),
    (LABEL + "productName = 'a' + 'b'\n", "TOML puts no texts together"),
    (LABEL + "productName = r'a'\n", "take out the letters before the quote"),
    (LABEL + 'productName = "a" b\n', "write one value behind the `=`"),
    (LABEL + 'productName = "a\n', "close the string with a quote on the same line"),
    # What is not seen.
    (DATABASE + "kind\u00a0= 'sqlite'\n", "an invisible character, U+00A0 (no-break space)"),
    (DATABASE + "kind = 'sqlite'\u00a0\n", "an invisible character, U+00A0 (no-break space)"),
    (DATABASE + "\u200bkind = 'sqlite'\n", "an invisible character, U+200B"),
    ("[app]\n\ufefffrontendPort = 3\n", "an invisible character, U+FEFF"),
    ("[app]\rfrontendPort = 3\n", "a carriage return inside of the line"),
    (LABEL + "productName = 'Bob\u2019s\n", "close the string with a quote on the same line"),
    (LABEL + "productName = 'Bob\u2019 # x\n", "write straight quotes"),
    (DATABASE + "kind = \u201csqlite\u201d\n", "write straight quotes"),
    (DATABASE + 'kind = "sqlite\u201d\n', "write straight quotes"),
    (DATABASE + "kind = `sqlite`\n", "there is a backtick"),
    (DATABASE + "kind \uff1d 'sqlite'\n", "only looks like `=`"),
    # Twice.
    ("[app]\nfrontendPort = 1\nfrontendPort = 2\n", "keep one of the two"),
    ("[app.log]\n[app]\n[app.log]\n", "keep one of the two"),
)


def broken(text: str, folder: Path) -> Diagnostic:
    """The one fault of a text that is no TOML."""
    (folder / "codemation.toml").write_text(text, encoding="utf-8", newline="")
    (found,) = codemation.compile(folder, env={}).diagnostics
    assert found.code == "CM003"
    return found


@pytest.mark.parametrize(("text", "said"), REMEDIES)
def test_it_says_what_to_write(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert said in broken(text, tmp_path).help


QUEUES = SCHEDULER + 'workerQueues = [\n  "a",\n  "b",\n'
RULES = "[app.log]\nrules = [\n"
RULE = '  { filter = "y", level = "info"'
ARRAY_ABOVE = "close the array that was opened above with `]`"
CLOSE_TABLE = "close the inline table with `}`"

MENDED = (
    # An array that is not closed, also behind a last comma.
    (QUEUES + "\n[app.retention]\nrunSeconds = 5\n", ARRAY_ABOVE, ("\n[app.r", "]\n[app.r"), (6, 2)),
    (QUEUES + "[app.retention] # note\n", ARRAY_ABOVE, ("[app.r", "]\n[app.r"), (5, 2)),
    (QUEUES + "[[mcpServers]]\nid = 'x'\n", ARRAY_ABOVE, ("[[mcp", "]\n[[mcp"), (5, 3)),
    (QUEUES + '["workflows"."a"]\n', ARRAY_ABOVE, ('["work', ']\n["work'), (5, 13)),
    (QUEUES + "['workflows'.a.prunePolicy]\n", ARRAY_ABOVE, ("['work", "]\n['work"), (5, 13)),
    (QUEUES + "# note\n\nqueuePrefix = 'x'\n", ARRAY_ABOVE, ("queueP", "]\nqueueP"), (7, 1)),
    (QUEUES + "'queuePrefix' = 'x'\n", ARRAY_ABOVE, ("'queueP", "]\n'queueP"), (5, 15)),
    (QUEUES + "info.x = 'x'\n", ARRAY_ABOVE, ("info", "]\ninfo"), (5, 4)),
    (QUEUES, ARRAY_ABOVE, ('"b",\n', '"b",\n]\n'), (5, 1)),
    (QUEUES + "\n[app.log]\nrules = [\n]\n", ARRAY_ABOVE, ("\n[app.l", "]\n[app.l"), (6, 2)),
    (SCHEDULER + "workerQueues = [\n[app.log]\n", ARRAY_ABOVE, ("[\n", "[]\n"), (3, 2)),
    (SCHEDULER + "workerQueues = ['[', '#',\n[app.log]\n", ARRAY_ABOVE, ("',\n", "',]\n"), (3, 2)),
    (RULES + RULE + " },\n\n[app.retention]\n", ARRAY_ABOVE, ("\n[app.r", "]\n[app.r"), (5, 2)),
    (SCHEDULER + 'workerQueues = ["a", "b")\n', "close the array with `]` in place of `)`", (")", "]"), (2, 25)),
    (SCHEDULER + 'workerQueues = ["a", }\n', "close the array with `]` in place of `}`", ("}", "]"), (2, 22)),
    # An inline table that is not closed.
    (RULES + RULE + "\n]\n", CLOSE_TABLE, ('o"', 'o" }'), (3, 33)),
    (RULES + RULE + ",\n]\n", CLOSE_TABLE + " in place of the last comma", ('o",', 'o" }'), (3, 34)),
    (RULES + RULE + "\n" + RULE + " },\n]\n", CLOSE_TABLE, ('o"\n', 'o" },\n'), (3, 33)),
    (RULES + RULE + "]\n", CLOSE_TABLE + " before the `]`", ('o"]', 'o"}]'), (3, 33)),
    (RULES + RULE + ")\n]\n", CLOSE_TABLE + " in place of `)`", (")", "}"), (3, 33)),
    ("[app]\nlog =" + RULE + " # note\n", CLOSE_TABLE + ", before the comment", (" #", "} #"), (2, 39)),
    ("[app]\nlog =" + RULE + "\n\n[app.auth]\n", CLOSE_TABLE, ('o"', 'o"}'), (2, 38)),
    ("[app]\nlog =" + RULE + "\n[[app.auth.oauth]]\nx = { a = 1 }\n", CLOSE_TABLE, ('o"', 'o"}'), (2, 38)),
    ("[app]\nlog =" + RULE, CLOSE_TABLE, ('o"', 'o"}'), (2, 38)),
    ('[app]\nlog = { filter = ["y"}\n', "close the array with `]` before the `}`", ("}", "]}"), (2, 22)),
    # A header's end.
    ("[app.database}\nkind = 'sqlite'\n", "name with `]` in place of `}`", ("}", "]"), (1, 14)),
    ("[app.database)  # note\n", "name with `]` in place of `)`", (")", "]"), (1, 14)),
    ("[workflows.orders}\n", "name with `]` in place of `}`", ("}", "]"), (1, 18)),
    ("[app.database}]\n", "name with `]` in place of `}]`", ("}]", "]"), (1, 14)),
    ("[app.database;\n", "name with `]` in place of `;`", (";", "]"), (1, 14)),
    ("[[app.auth.oauth}}\n", "name with `]]` in place of `}}`", ("}}", "]]"), (1, 17)),
    ("[[app.auth.oauth]}\n", "name with `]]` in place of `]}`", ("]}", "]]"), (1, 17)),
    ("{app.database]\n", "in square brackets: `[app.database]`", ("{", "["), (1, 1)),
    ("(app.database)\n", "in square brackets: `[app.database]`", ("(app.database)", "[app.database]"), (1, 1)),
    ("[app.database];\n", "take out the `;`: a header ends with its bracket", (";", ""), (1, 15)),
    ("[[mcpServers]];;\n", "take out the `;;`: a header ends with its bracket", (";;", ""), (1, 15)),
    ("[app.database]. # note\n", "take out the `.`: a header ends with its bracket", (". #", " #"), (1, 15)),
    ("[app.database] \\\n", "take out the `\\`: a header ends with its bracket", ("\\", ""), (1, 16)),
    # A text that is not closed stands where its line ends, or where it begins if it may have several.
    (DATABASE + "sqliteFilePath = 'data/x.db\n" + "# x\n" * 9, "a quote on the same line", ("db", "db'"), (2, 28)),
    (DATABASE + "'kind = 'sqlite'\n# x\n", "", ("'kind", "kind"), (2, 10)),
    (SCHEDULER + "workerQueues = [\n  'a',\n  'b\n]\n", "a quote on the same line", ("'b", "'b'"), (4, 5)),
    ("[app.'database]\n\n", "a quote on the same line", ("'", ""), (1, 16)),
    (LABEL + "productName = '''\nthe shop\n", "begins here with `'''`", ("op\n", "op'''\n"), (2, 15)),
    (LABEL + 'productName = """the shop"\n# x\n', 'begins here with `"""`', ('op"', 'op"""'), (2, 15)),
)


@pytest.mark.parametrize(("text", "said", "mended", "place"), MENDED)
def test_what_is_not_closed_is_closed_as_the_help_says(
    text: str, said: str, mended: tuple[str, str], place: tuple[int, int], tmp_path: Path
) -> None:
    found = broken(text, tmp_path)
    assert said in found.help
    assert found.span
    assert (found.span.start.line, found.span.start.column) == place
    tomllib.loads(text.replace(*mended, 1))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (QUEUES + "[app.retention]\n", (2, 16)),
        (QUEUES.replace("\n", "\r\n") + "queuePrefix = 'x'\r\n", (2, 16)),
        ("'\u00fc' = [\n[app.retention]\n", (1, 7)),
        (LABEL + "productName = '''shop'\nlogoPath = '''x'''\n", (2, 15)),
        (QUEUES + "  c,\n]\n", None),
        (LABEL + "productName = 'a' 'b'\n", None),
    ],
)
def test_what_was_opened_above_is_shown(text: str, place: tuple[int, int] | None, tmp_path: Path) -> None:
    related = broken(text, tmp_path).related
    spans = [one.origin.value_span for one in related if isinstance(one.origin, FileOrigin)]
    assert [(span.start.line, span.start.column) for span in spans if span] == ([place] if place else [])
    assert all(one.message == "opened here" for one in related)


def test_what_is_written_twice_is_named_with_its_first_place(tmp_path: Path) -> None:
    found = broken("[app]\nfrontendPort = 1\nlog = []\nfrontendPort = 2\n", tmp_path)
    assert "`app.frontendPort` is written twice" in found.message
    (first,) = found.related
    assert isinstance(first.origin, FileOrigin)
    assert first.origin.key_span
    assert (first.message, first.origin.key_span.start.line) == ("written first", 2)


SECRETS = (
    "postgresql://u:c4n4ry@h/d",
    "c4n4ry",
    "$c4n4ry",
    "{{ c4n4ry }}",
    "'x' c4n4ry",
    '"c4n4ry" "c4n4ry"',
    "c4n4ry, c4n4ry",
    "c4n4ry // c4n4ry",
    '"a"c4n4ry"',
    "`c4n4ry`",
    "\u201cc4n4ry\u201d",
    "True c4n4ry",
    "= c4n4ry",
    "[c4n4ry]",
    "{ c4n4ry }",
    "{ a = 1, c4n4ry }",
    "c4n4ry7d",
    "r'c4n4ry' c4n4ry",
    '"""\nc4n4ry = c4n4ry\nkind = c4n4ry\n"""x',
    "'''\n[app.database]\nkind = c4n4ry",
)


@pytest.mark.parametrize("key", ["url", "password", "staticHeaders.Authorization", "urlEnv"])
@pytest.mark.parametrize("value", SECRETS)
@pytest.mark.parametrize("sign", [" = ", ": ", " ", ":=", "=>"])
def test_no_secret_is_repeated(key: str, sign: str, value: str, tmp_path: Path) -> None:
    for header in (DATABASE, "[[mcpServers]]\n"):
        (tmp_path / "codemation.toml").write_text(f"{header}{key}{sign}{value}\n", encoding="utf-8")
        with pytest.raises(codemation.ConfigError) as error:
            codemation.load(tmp_path, env={})
        assert "c4n4ry" not in str(error.value)
        assert "c4n4ry" not in "".join(one.message + one.help for one in error.value.diagnostics)


def test_a_long_line_is_no_habit(tmp_path: Path) -> None:
    """None of the patterns sees more than a line's first thousand characters, whatever stands in it."""
    for filling in (" ", "a.", "7 d ", "* 5 ", "[", "= ", "a, ", "\\"):
        found = broken(f"[app]\nfrontendPort = 1{filling * 200_000}!\n", tmp_path)
        assert len(found.help) < 100
