"""Repairs: what is certain is made, what takes a guess is not, and nothing else is touched."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemation import pipeline
from codemation.diagnostics import Edit
from codemation.fixing import MOST_TRIES, repairs_offered
from codemation.origin import Position, Span
from codemation.pipeline import Compilation, compile_sources
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.runner import run
from codemation.settings.catalogue import CATALOGUE, Leaf
from codemation.sources.edits import edited
from codemation.sources.environment import Environment
from codemation.sources.project import Project
from codemation.sources.toml import TomlSource, nested_paths
from codemation.text.wording import fold
from codemation.values import Boolean, Choice, Integer
from tests.test_fuzz import FILES
from tests.torture import searching

DATABASE = "[app.database]\n"
SCHEDULER = "[app.scheduler]\n"
RETENTION = "[app.retention]\n"
POLICY = "[workflows.orders.prunePolicy]\n"
PROVIDER = '{ provider = "github", clientIdEnv = "A", clientSecretEnv = "B" }'


def compiled(text: str) -> Compilation:
    project = Project("/srv/app", "/srv/app/codemation.toml")
    return compile_sources(CATALOGUE, project, TomlSource("codemation.toml", text), Environment({}), {})


CERTAIN = {
    "snake case": (DATABASE + 'sqlite_file_path = "a.db"\n', DATABASE + 'sqliteFilePath = "a.db"\n'),
    "kebab case": ('[app]\nfrontend-port = 3000 # "x"\n', '[app]\nfrontendPort = 3000 # "x"\n'),
    "quotes around a name": ('[app]\n"frontend_port" = 1\n', "[app]\nfrontendPort = 1\n"),
    "a letter less": (DATABASE + 'knd="sqlite"\n', DATABASE + 'kind="sqlite"\n'),
    "a time whose name has its unit": (
        DATABASE + "kind = 'sqlite'\nwiatSeconds = 30\n",
        DATABASE + "kind = 'sqlite'\nwaitSeconds = 30\n",
    ),
    "a kind that another key implies, which says the same": (
        DATABASE + 'Kind = "Postgres"\nurl = "postgresql://h/d"\n',
        DATABASE + 'kind = "postgresql"\nurl = "postgresql://h/d"\n',
    ),
    "a reference that says so": (DATABASE + "ulrEnv = 'APP_PG'\n", DATABASE + "urlEnv = 'APP_PG'\n"),
    "a header": ('[app.databse]\nkind = "sqlite"\n', DATABASE + 'kind = "sqlite"\n'),
    "a table in two headers": (
        '[App.database]\nkind = "sqlite"\n[App]\nfrontendPort = 1\n',
        DATABASE + 'kind = "sqlite"\n[app]\nfrontendPort = 1\n',
    ),
    "a dotted key": (
        'app.Log.filter = "*"\napp.Log.level = "info"\n',
        'app.log.filter = "*"\napp.log.level = "info"\n',
    ),
    "a workflow's table": (
        '[workflows."a.b".prune_policy]\nrunSeconds = 5\n[workflows.c]\nprune_policy.runSeconds = 5\n',
        '[workflows."a.b".prunePolicy]\nrunSeconds = 5\n[workflows.c]\nprunePolicy.runSeconds = 5\n',
    ),
    "an array of tables": (
        '[[mcp_servers]]\nid = "a"\n[mcp_servers.staticHeaders]\na = "b"\n[[mcp_servers]]\nid = "b"\n',
        '[[mcpServers]]\nid = "a"\n[mcpServers.staticHeaders]\na = "b"\n[[mcpServers]]\nid = "b"\n',
    ),
    "inside of a value": (
        f"[app.auth]\noauth = [{PROVIDER.replace('clientIdEnv', 'client_id_env')}]\n",
        f"[app.auth]\noauth = [{PROVIDER}]\n",
    ),
    "another program's key": (DATABASE + 'engine = "sqlite"\n', DATABASE + 'kind = "sqlite"\n'),
    "another program's path": (DATABASE + "file = 'a.db'\n", DATABASE + "sqliteFilePath = 'a.db'\n"),
    "into a table below": (
        '[app]\ndatabaseUrl = "postgresql://h/d"\ndbType = "postgresql"\n',
        '[app]\ndatabase.url = "postgresql://h/d"\ndatabase.kind = "postgresql"\n',
    ),
    "another program's table": ('[app.db]\nkind = "sqlite"\n', DATABASE + 'kind = "sqlite"\n'),
    "a table without its app": (
        '[database] # "x"\nkind = "sqlite"\n[app]\nfrontendPort = 1\n[log]\nfilter = "*"\nlevel = "info"\n',
        '[app.database] # "x"\nkind = "sqlite"\n[app]\nfrontendPort = 1\n[app.log]\nfilter = "*"\nlevel = "info"\n',
    ),
    "a key without its app": ("frontendPort = 1\n", "app.frontendPort = 1\n"),
    "another case": (DATABASE + "kind = 'SQLite'\n", DATABASE + "kind = 'sqlite'\n"),
    "the other form's word": (SCHEDULER + 'kind = "bullmq"\n', SCHEDULER + 'kind = "queue"\n'),
    "another program's word": (DATABASE + 'kind = "postgres"\n', DATABASE + 'kind = "postgresql"\n'),
    "a number in quotes": (RETENTION + 'runSeconds = "86400" # s\n', RETENTION + "runSeconds = 86400 # s\n"),
    "a number with a fraction": (RETENTION + "runSeconds = 3600.0\n", RETENTION + "runSeconds = 3600\n"),
    "a boolean in quotes": (
        '[app.auth]\nallowUnauthenticatedInDevelopment = "True"\n',
        "[app.auth]\nallowUnauthenticatedInDevelopment = true\n",
    ),
    "a name, then its value": (RETENTION + 'run_seconds = "5"\n', RETENTION + "runSeconds = 5\n"),
    "yaml": (DATABASE + "kind: sqlite # why\n", DATABASE + 'kind = "sqlite" # why\n'),
    "yaml below yaml": (
        DATABASE + "  kind:  'sqlite'\n  poolSize: 5\n",
        DATABASE + "  kind = 'sqlite'\n  poolSize = 5\n",
    ),
    "json": ('[app]\n"frontendPort" : 3000,\n', '[app]\n"frontendPort" = 3000\n'),
    "go": (RETENTION + "runSeconds := 5\n", RETENTION + "runSeconds = 5\n"),
    "no quotes": (DATABASE + "kind = sqlite\n", DATABASE + 'kind = "sqlite"\n'),
    "yaml in a setting's own table": (
        '[app.log]\nfilter = "*"\nlevel: INFO\n',
        '[app.log]\nfilter = "*"\nlevel = "info"\n',
    ),
    "yaml in an array's table": (
        '[[app.auth.oauth]]\nprovider: github\nclientIdEnv: A\nclientSecretEnv: "B"\n',
        '[[app.auth.oauth]]\nprovider = "github"\nclientIdEnv = "A"\nclientSecretEnv = "B"\n',
    ),
    "yaml without its app": (
        "[database]\nkind: Postgres # c\n[log]\nlevel: info\nfilter = '*'\n",
        '[app.database]\nkind = "postgresql" # c\n[app.log]\nlevel = "info"\nfilter = \'*\'\n',
    ),
    "a semicolon": (DATABASE + 'kind = "sqlite";\r\n', DATABASE + 'kind = "sqlite"\r\n'),
    "yaml's yes": (
        "[app.auth]\nallowUnauthenticatedInDevelopment: yes\n",
        "[app.auth]\nallowUnauthenticatedInDevelopment = true\n",
    ),
    "a secret's line": (
        DATABASE + 'url: "postgresql://u:s3cret@h/d"\n',
        DATABASE + 'url = "postgresql://u:s3cret@h/d"\n',
    ),
}


@pytest.mark.parametrize("case", CERTAIN)
def test_what_is_certain_is_repaired(case: str) -> None:
    before, after = CERTAIN[case]
    done = compiled(before).repaired
    assert done.text == after
    # One for each place, none in any message that knows a value.
    assert all(one.fixes and "s3cret" not in repr(one.fixes) for one in done.diagnostics)
    assert compiled(after).repaired.diagnostics == ()


GUESSES = {
    # A wrong guess deletes data.
    "a retention key that is nearly one": RETENTION + "runSecond = 5\n",
    "a policy's key that is nearly one": POLICY + "runSecnds = 5\n",
    "retention's own table": "[app.retension]\nrunSeconds = 5\n",
    "a policy's own table": "[workflows.orders.prunePolcy]\nrunSeconds = 5\n",
    "a table around retention": "[ap.retention]\nrunSeconds = 5\n",
    "retention without its app": "[retention]\nrunSeconds = 5\n",
    "a table that cannot be there": 'app = { frontendPort = 1 }\n[database]\nkind = "sqlite"\n',
    "a key that several tables have": 'kind = "sqlite"\n',
    "retention from elsewhere": RETENTION + "runs = 5\n",
    "retention in another unit": RETENTION + "runDays = 7\n",
    "retention's table from elsewhere": "[app.ttl]\nrunSeconds = 5\n",
    "a policy from elsewhere": "[workflows.orders.retention]\nrunSeconds = 5\n",
    "a time with its unit": RETENTION + 'runSeconds = "1m"\n',
    "a time with its unit, bare": RETENTION + "runSeconds = 7d\n",
    "a number that may be octal": RETENTION + 'runSeconds = "0600"\n',
    "a number that may be octal, bare": RETENTION + "runSeconds: 0600\n",
    "a number out of bounds": RETENTION + 'runSeconds = "0"\n',
    "retention without a value": RETENTION + "runSeconds:\n",
    "two names nearby": SCHEDULER + 'redisUlr = "redis://h"\n',
    "two spellings of one key": DATABASE + 'Kind = "sqlite"\nKIND = "postgresql"\n',
    "a key that is there": DATABASE + 'Kind = "sqlite"\nkind = "postgresql"\n',
    "a key that excludes one": DATABASE + 'url_env = "A"\nurl = "postgresql://h/d"\n',
    "two keys that exclude each other": DATABASE + 'urlVariable = "A"\nuri = "postgresql://h/d"\n',
    "a value that is not the key's": DATABASE + 'knd = "mysql"\n',
    "a key of many meanings": DATABASE + 'env = "production"\nstorage = "ssd"\n',
    "a right that is another": "[app.auth]\nallowUnauthenticated = true\n",
    "a table that is there": '[app.db]\nkind = "sqlite"\n[app.database]\npoolSize = 5\n',
    "a table that is written elsewhere": '[app]\ndatabaseUrl = "postgresql://h/d"\n[app.database]\npoolSize = 5\n',
    "a table of other things": '[app.databse]\nkind = "sqlite"\nhost = "h"\n',
    "another table's key": DATABASE + "frontendPort = 3000\n",
    "a word": DATABASE + 'kind = "mysql"\n',
    "a yes for a word": SCHEDULER + "queuePrefix: yes\n",
    "yaml's nothing": SCHEDULER + "queuePrefix: null\n",
    "yaml's table": "app:\n  database:\n",
    "yaml in a text": SCHEDULER + 'queuePrefix = """\n[app.database]\nkind: sqlite\n',
    "a bare url": DATABASE + "url: postgresql://u:s3cret@h/d\n",
    "a list": SCHEDULER + "workerQueues: a, b\n",
    "an unknown line": "[other]\nkind: sqlite\n",
    "a time whose name has no unit": DATABASE + "kind = 'postgresql'\nstatementTimeout = 30000\n",
    "a time in another unit": DATABASE + "kind = 'postgresql'\nconnectTimeoutMilliseconds = 900\n",
    "an id where a variable's name is meant": f"[app.auth]\noauth = [{PROVIDER.replace('clientIdEnv', 'clientId')}]\n",
    "an id in a table": "[[app.auth.oauth]]\nprovider = 'github'\ntenantId = 'common'\n",
    "a url's key that is nearly a reference's": DATABASE + 'urlEn = "APP_PG"\n',
    "a table whose other form is there": (
        '[database]\nkind = "sqlite"\n[runtime.database]\nkind = "postgresql"\nurl = "postgresql://h/d"\n'
    ),
    "a key whose other form is there": SCHEDULER + 'Kind = "inline"\n[runtime.scheduler]\nkind = "local"\n',
    "a policy's key whose other form is there": (
        "[workflows.a.prunePolicy]\nrun_seconds = 5\n[runtime.workflows.a.prunePolicy]\nrunSeconds = 9\n"
    ),
    "both forms, both misspelt": '[app.databse]\nkind = "sqlite"\n[runtime.databse]\nkind = "postgresql"\n',
    "a kind that another key implies": DATABASE + 'Kind = "sqlite"\nurl = "postgresql://h/d"\n',
    "a kind that another key implies, in another case": DATABASE + 'Kind = "SQLITE"\nurl = "postgresql://h/d"\n',
    "a url that would leave the file that is in force": DATABASE
    + "sqliteFilePath = 'a.db'\nURL = 'postgresql://h/d'\n",
    "what is written twice once it is TOML": DATABASE + 'kind = "sqlite"\nkind: sqlite\n',
    "a value of several lines": DATABASE + 'kind = """\nSQLite"""\n',
    "an integer for a boolean": "[app.auth]\nallowUnauthenticatedInDevelopment = 1\n",
}


@pytest.mark.parametrize("case", GUESSES)
def test_what_takes_a_guess_is_left_alone(case: str) -> None:
    found = compiled(GUESSES[case])
    assert found.runtime is None
    assert [one.fixes for one in found.diagnostics if one.fixes] == []
    done = found.repaired
    assert (done.text, done.diagnostics, found.after_repairs) == (GUESSES[case], (), found)


def test_a_suggestion_tells_what_neither_name_nor_value_say() -> None:
    text = f"{DATABASE}statementTimeout = 9\n[app.auth]\noauth = [{PROVIDER.replace('clientIdEnv', 'clientId')}]\n"
    assert [one.help for one in compiled(text).diagnostics if one.code == "CM101"] == [
        "did you mean `statementTimeoutSeconds`? It takes seconds",
        "did you mean `clientIdEnv`? It takes the name of a variable",
    ]


@pytest.mark.parametrize("name", ["codemationVersion", "version"])
def test_a_suggestion_tells_where_a_key_of_the_top_level_belongs(name: str) -> None:
    (found,) = compiled(f'[app]\n{name} = "1"\n').diagnostics
    assert found.help == "did you mean `codemationVersion`? It belongs at the top, outside of `[app]`"
    (override,) = compile_sources(
        CATALOGUE, Project("/srv/app", None), TomlSource("codemation.toml", None), Environment({}), {f"app.{name}": "1"}
    ).diagnostics
    assert override.help == "did you mean `codemationVersion`?"


def test_edits_are_made_in_any_order() -> None:
    def edit(line: int, start: int, end: int, text: str) -> Edit:
        return Edit(Span(Position(line, start), Position(line, end)), text)

    edits = [edit(2, 3, 3, '"'), edit(1, 1, 4, "ä"), edit(2, 1, 1, '"'), edit(3, 1, 1, "x")]
    assert edited("😀bcd\r\nef\n", edits) == 'äd\r\n"ef"\nx'


def test_of_two_that_exclude_each_other_one_is_promised_and_made() -> None:
    found = compiled('[app]\ndatabaseUrl = "postgresql://h/d"\n[database]\nkind = "postgresql"\n')
    assert [(one.key, bool(one.fixes)) for one in found.diagnostics] == [("app.databaseUrl", True), ("database", False)]
    assert [one.key for one in found.repaired.diagnostics] == ["app.databaseUrl"]


def test_a_variable_may_be_named_although_another_is_in_force() -> None:
    project = Project("/srv/app", "/srv/app/codemation.toml")
    environment = Environment({"DATABASE_URL": "postgresql://h/d", "CODEMATION_DATABASE_KIND": "postgresql"})
    source = TomlSource("codemation.toml", DATABASE + 'url_env = "APP_PG"\n')
    found = compile_sources(CATALOGUE, project, source, environment, {})
    assert found.repaired.text == DATABASE + 'urlEnv = "APP_PG"\n'
    # But not where the database would be another one then.
    source = TomlSource("codemation.toml", DATABASE + 'kind = "sqlite"\nurl_env = "APP_PG"\n')
    found = compile_sources(CATALOGUE, project, source, Environment({"DATABASE_URL": "postgresql://h/d"}), {})
    assert found.repaired.diagnostics == ()


def many(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int, int]:
    """How many repairs are made, how much is left, and how many texts were tried for it."""
    found = compiled(text)
    tried: list[Sequence[Edit]] = []
    once = pipeline.decide_edits

    def counted(model: SemanticModel, edits: Sequence[Edit]) -> SemanticModel:
        tried.append(edits)
        return once(model, edits)

    monkeypatch.setattr(pipeline, "decide_edits", counted)
    done = found.repaired
    return len(done.diagnostics), len(found.after_repairs.found), len(tried)


LINES = {
    "yaml": ("[workflows.w{0}.prunePolicy]\nrunSeconds: {1}\n", 1, 0, 1),
    "yaml in one table": ("[[app.auth.oauth]]\nprovider: github\n", 1, 1, 1),
    "names, then values": ("[workflows.w{0}.prunePolicy]\nrun_seconds = '{1}'\n", 2, 0, 2),
}


@pytest.mark.parametrize("case", LINES)
def test_the_work_is_a_few_compilations_however_much_there_is_to_repair(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, made, left, tries = LINES[case]
    text = "".join(lines.format(number, number + 1) for number in range(300))
    assert many(text, monkeypatch) == (300 * made, 300 * left, tries)


def test_the_work_is_bounded_where_repairs_come_out_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    # The first line that is written twice is in the way of all that follow.
    assert many(DATABASE + "kind: sqlite\n" * 300, monkeypatch) == (1, 1, 2)
    spelt = "".join(f"[workflows.w{number}.prunePolicy]\nrun_seconds = 5\n" for number in range(99))
    monkeypatch.setattr("codemation.fixing.disturbs", lambda _before, after: "frontendPort" in after.source.text)
    made, left, tries = many(f"[app]\nFrontendPort = 1\n{spelt}", monkeypatch)
    assert (made, left) == (99, 1)
    assert tries < 2 * (100).bit_length() + 2
    monkeypatch.setattr("codemation.fixing.disturbs", lambda _before, _after: True)
    assert many(spelt, monkeypatch) == (0, 99, MOST_TRIES)


def test_a_thousand_lines_of_yaml_are_repaired_in_one_run() -> None:
    policies = "".join(f"[workflows.w{number}.prunePolicy]\nrun_seconds = '{number + 1}'\n" for number in range(500))
    found = compiled(f"{DATABASE}kind: SQLite\n{policies}")
    assert len(found.repaired.diagnostics) == 3 - 1 + 1 + 2 * 500 - 1
    assert found.after_repairs.runtime is not None


# --- A property: mistakes are made in what is right, and repaired.

TEXTS = tuple(
    file.decode() for file in FILES if "CM003" not in {one.code for one in compiled(file.decode()).diagnostics}
)


class Mistake:
    """Something to write in place of a stretch of a text; `guess` tells that it is a key that only a guess finds."""

    def __init__(self, span: Span, text: str, path: tuple[Any, ...], *, guess: bool = False) -> None:
        self.edit, self.path, self.guess = Edit(span, text), path, guess


def mistakes(text: str) -> Iterator[Mistake]:
    """Every mistake that there is to make in a text, of each place several."""
    source = TomlSource("codemation.toml", text)
    lines = text.split("\n")
    for path, found in source.spans.paths():
        leaf = CATALOGUE.leaf_above(path)
        kind = leaf[1].kind.inner(path[len(leaf[0]) :]) if leaf else None
        names = source.spans.names(path)
        if found.component and isinstance(path[-1], str) and len(names) == 1 and ours(path):
            for written, guess in misspelt(path[-1]):
                yield Mistake(found.component, written, path, guess=guess)
            line = lines[found.component.start.line - 1]
            if (
                found.value.start.line == found.value.end.line
                and isinstance(kind, Choice | Integer)
                and "{" not in line
            ):
                behind = line[found.component.end.column - 1 : found.value.start.column - 1]
                if behind.strip() == "=":
                    yield Mistake(Span(found.component.end, found.value.start), ": ", path)
        if found.key and path[:1] == ("app",) and len(path) == 2 and source.spans.written(found.value)[:1] == "[":
            yield Mistake(found.key, str(path[1]), path, guess=path[1] == "retention")
        written = source.spans.written(found.value)
        if isinstance(kind, Choice):
            yield Mistake(found.value, f'"{written[1:-1].upper()}"', path)
            yield Mistake(found.value, written[1:-1], path)
        elif isinstance(kind, Integer):
            yield Mistake(found.value, f'"{written}"', path)
        elif isinstance(kind, Boolean):
            yield Mistake(found.value, f"'{written.title()}'", path)


def ours(path: tuple[Any, ...]) -> bool:
    """Whether the name of a path is one of ours, and not its author's."""
    around = CATALOGUE.node(path[:-1])
    in_item = isinstance(path[-2], int) if len(path) > 1 else False
    return path[-1] in getattr(around, "children", {}) or in_item


def misspelt(name: str) -> Iterator[tuple[str, bool]]:
    """Other spellings of a name, and misspellings."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    for other in (snake, snake.replace("_", "-"), name.title(), name.upper()):
        if other != name:
            yield other, False
    middle = len(name) // 2
    for other in (name[:middle] + name[middle + 1 :], name[:middle] + "x" + name[middle:], f"{name}s"):
        yield other, fold(other) != fold(name)


@st.composite
def mistaken(draw: st.DrawFn) -> tuple[str, str, list[Mistake]]:
    """A text, the same with mistakes, and which."""
    text = draw(st.sampled_from(TEXTS))
    made: list[Mistake] = []
    for one in draw(st.lists(st.sampled_from(ALL[text]), min_size=1, max_size=5)):
        if not any(one.edit.span.start <= it.edit.span.end and it.edit.span.start <= one.edit.span.end for it in made):
            made.append(one)
    wrong = edited(text, [one.edit for one in made])
    return text, wrong.replace("\n", "\r\n") if draw(st.booleans()) else wrong, made


ALL = {text: list(mistakes(text)) for text in TEXTS}


def stated(document: dict[str, Any]) -> dict[tuple[Any, ...], Any]:
    """What a document states of what there is, by path: settings that are right, each whole."""
    found = {path: (CATALOGUE.leaf(path), value) for path, value in nested_paths(document)}
    return {
        path: value
        for path, (leaf, value) in found.items()
        if isinstance(leaf, Leaf) and leaf.kind.problem(value) is None
    }


@given(mistaken())
@searching(150)
def test_repairs_change_nothing_else(case: tuple[str, str, list[Mistake]]) -> None:
    text, wrong, made = case
    before = compiled(wrong)
    done = before.repaired
    after = done.model.source
    # Two ways to ask the same: of everything that is told, and of what can be repaired alone.
    for model in (before.model, done.model):
        assert repairs_offered(model) == [one for one in run(model) if one.fixes]
    # What a repaired text says, and what is decided of it, is what it says alone.
    alone = compiled(done.text)
    assert repr(after.data) == repr(alone.model.source.data)
    assert before.after_repairs.found == alone.found
    # A second run has nothing to do, and what was repaired is gone.
    assert compiled(done.text).repaired.diagnostics == ()
    assert not [one for one in before.after_repairs.diagnostics if one.fixes]
    # Comments, line ends and lines stay.
    for sign in ("#", "\n", "\r"):
        assert done.text.count(sign) == wrong.count(sign)
    right = stated(tomllib.loads(text.replace("\r", "")))
    if not after.broken:
        # Whatever is stated afterwards is what the text said before anybody made a mistake.
        now = stated(after.data)
        assert now.items() <= right.items()
        if not before.model.source.broken:
            assert stated(before.model.source.data).items() <= now.items()
        retention = [one for one in made if one.guess and _is_retention(one.path)]
        assert all(one.edit.text in done.text for one in retention)


OTHER_FORM = (
    '[runtime.database]\nkind = "postgresql"\nurl = "postgresql://other/d"\n',
    '[runtime.database]\nsqliteFilePath = "other.sqlite"\nwaitSeconds = 7\n',
    '[runtime.scheduler]\nkind = "local"\nqueuePrefix = "other"\n[runtime.eventBus]\nkind = "memory"\n',
    "[runtime.retention]\nrunSeconds = 7\nauditSeconds = 7\n",
    "[runtime]\nfrontendPort = 7\n",
)


@given(mistaken(), st.sampled_from(OTHER_FORM))
@searching(150)
def test_what_is_stated_and_in_force_stays_so(case: tuple[str, str, list[Mistake]], other: str) -> None:
    _, wrong, _ = case
    before = compiled(wrong + other)
    done = before.repaired
    now = done.model.resolution.hosts
    for key, was in before.model.resolution.hosts.items():
        hangs_on = [before.model.resolution.hosts[it].state for it, _ in CATALOGUE.by_key[key].applies]
        if was.state == "won" and was.place is not None and "rejected" not in hangs_on:
            assert (now[key].state, now[key].value) == ("won", was.value), key
    # What is promised is what is made, and nothing is left to do.
    promised = [one for one in before.diagnostics if one.fixes]
    assert len(promised) <= len(done.diagnostics)
    assert bool(promised) == bool(done.diagnostics)
    assert done.text == before.after_repairs.repaired.text


def test_the_other_form_hinders_repairs() -> None:
    left = [
        bool(compiled(edited(text, [one.edit]) + other).repaired.diagnostics)
        for text in TEXTS
        for one in ALL[text]
        if one.path[:2] == ("app", "database") and compiled(edited(text, [one.edit])).repaired.diagnostics
        for other in OTHER_FORM[:1]
    ]
    assert left.count(False) > 5


def _is_retention(path: tuple[Any, ...]) -> bool:
    leaf = CATALOGUE.leaf(path)
    return isinstance(leaf, Leaf) and leaf.setting.runtime in {*CATALOGUE.retention, *CATALOGUE.policy_keys}


def test_mistakes_are_of_every_sort() -> None:
    every = [one for made in ALL.values() for one in made]
    assert {type(getattr(CATALOGUE.leaf(one.path), "kind", None)) for one in every} >= {Choice, Boolean}
    assert sum(one.guess and _is_retention(one.path) for one in every) > 10
    repairable = [
        bool(compiled(edited(text, [one.edit])).repaired.diagnostics) for text in TEXTS for one in ALL[text][::25]
    ]
    assert sum(repairable) > len(repairable) / 2


def test_examples_have_nothing_to_repair() -> None:
    assert Path(__file__).parent.parent.joinpath("examples").is_dir()
    assert [compiled(text).repaired.diagnostics for text in TEXTS if compiled(text).repaired.diagnostics] == []
