"""What was open before changes no answer: a server that saw every edit says what one says that has just started."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from codemation.lsp.actions import actions, every_repair
from codemation.lsp.completion import completions
from codemation.lsp.findings import findings
from codemation.lsp.hints import hints
from codemation.lsp.hover import hover
from codemation.lsp.navigation import definition, references
from codemation.lsp.options import Options
from codemation.lsp.projects import Projects
from codemation.lsp.text import Range, Spot, Text
from tests.lsp.test_everywhere import ENV, TOML
from tests.torture import searching

FILE, ENV_FILE = "/nowhere/codemation.toml", "/nowhere/.env"

BEGINNINGS = (TOML, TOML.replace("\n", "\r\n"), f"\ufeff{TOML}", "")
PASTED = (
    *("[", "]", "[[", "]]", "{", "}", "=", ".", ",", '"', "'", '"""', "'''", "\\", "\\ \n", "#"),
    *("\n", "\r\n", "\r", "\t", "\ufeff", "\x00", "\ud800", "\U0001f600", "\u00e9", "\u2028", "\x85"),
    *(" " * 300, "x" * 3000, "true", "1", "2020-01-01", "nan", "- x\n", "runSeconds: 5\n", "a = [1, 2\n", "= 1\n"),
    *("[app.", "[app]\n", "[app.database]\n", "[app.database]\r\n", "[[mcpServers]]\n", "[[app.auth.oauth]]\n"),
    *("[workflows.", "[workflows.a]\nprunePolicy.runSeconds = 5\n", "[runtime.database]\nkind = 'sqlite'\n"),
    *("kind", "kind = ", 'kind = "sqlite"\n', 'kin = "redis"\n', "runSeconds = '5'\n", "database.kind = 'sqlite'\n"),
    *('urlEnv = "DATABASE_URL"\n', "app = { database = { kind = 'sqlite' } }\n", "CODEMATION_DATABASE_KIND=sqlite\n"),
)
PARTS = st.integers(0, 999)
"""Thousandths of a text."""

EDITS = st.tuples(
    st.sampled_from(["file", "file", "file", "file", "env file"]),
    PARTS,
    st.sampled_from(["", "line"]),
    st.sampled_from([0, 0, 0, 1, 1, 4, 30, 200]),
    st.sampled_from(PASTED),
    # Most edits of people leave something that can be read; what does not is typed over at once.
    st.sampled_from(["as it comes", "as it comes", "only TOML"]),
)
PLACES = st.lists(st.tuples(PARTS, st.integers(0, 40)), min_size=3, max_size=3)

SETTINGS = st.sampled_from([Options(), Options(shape=True)])


def edited(text: str, at: int, where: str, removed: int, pasted: str) -> str:
    """A text with something else at a place, or where its line begins."""
    start = (len(text) + 1) * at // 1000
    start = text.rfind("\n", 0, start) + 1 if where == "line" else start
    return text[:start] + pasted + text[start + removed :]


def is_toml(text: str) -> bool:
    try:
        tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, UnicodeEncodeError):
        return False
    return True


def opened(file: str, env_file: str, options: Options) -> Projects:
    """A server that has just started."""
    projects = Projects()
    projects.options = options
    projects.open(FILE, file)
    projects.open(ENV_FILE, env_file)
    return projects


def answers(projects: Projects, places: list[tuple[int, int]]) -> dict[object, Any]:
    """All that is told of a project, and of some places in its files."""
    analysis = projects.analysis(FILE)
    assert analysis is not None
    told: dict[object, Any] = {
        "diagnostics": findings(analysis),
        "hints": list(hints(analysis, 0, analysis.text(FILE).count)),
        "some hints": list(hints(analysis, 3, 9)),
    }
    questions: tuple[Callable[..., Any], ...] = (hover, completions, definition, references)
    for path in (FILE, ENV_FILE):
        text: Text = analysis.text(path)
        for part, column in places:
            spot = Spot(text.count * part // 1000, column)
            told |= {(path, spot, ask.__name__): ask(analysis, path, spot) for ask in questions}
    return told


def offers(projects: Projects, places: list[tuple[int, int]]) -> tuple[Any, ...]:
    """All that is offered at some places, and all repairs at once: each is tried first, which takes longer."""
    analysis = projects.analysis(FILE)
    assert analysis is not None
    spots = [Spot(analysis.text(FILE).count * part // 1000, column) for part, column in places]
    return *(list(actions(analysis, FILE, Range(spot, spot), bool)) for spot in spots), every_repair(analysis)


@searching(12)
@given(
    st.sampled_from(BEGINNINGS),
    st.lists(EDITS, min_size=1, max_size=8),
    PLACES,
    st.sampled_from([Options(), Options(shape=True)]),
)
def test_a_server_that_saw_every_edit_says_what_a_new_one_says(
    file: str, edits: list[tuple[str, int, str, int, str, str]], places: list[tuple[int, int]], options: Options
) -> None:
    env_file = ENV
    projects = opened(file, env_file, options)
    answers(projects, places)
    for which, at, where, removed, pasted, wish in edits:
        if which == "file":
            wanted = edited(file, at, where, removed, pasted)
            file = file if wish == "only TOML" and not is_toml(wanted) else wanted
            projects.open(FILE, file)
        else:
            env_file = edited(env_file, at, where, removed, pasted)
            projects.open(ENV_FILE, env_file)
        assert answers(projects, places) == answers(opened(file, env_file, options), places)
    assert offers(projects, places) == offers(opened(file, env_file, options), places)
