"""Projects whose explanation is looked at as a page, and what is read out of such a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from msgspec import Struct

import codemation
from codemation.explain.diff import Side, differences
from codemation.explain.html.comparison import Cell, Row, as_html
from codemation.explain.page import bare
from codemation.reports import Locations
from tests.cli.running import Ran, run
from tests.explain.test_first_screen import EVERY
from tests.test_examples import FOLDER

PASSWORD = "hunter2Canary"

LAYERED_ENV = f"""\
CODEMATION_RUN_RETENTION_DEFAULT_SECONDS=3600
DATABASE_URL=postgresql://app:{PASSWORD}@other.example.com/app
REDIS_URL=redis://:{PASSWORD}@cache/0
"""

BROKEN = f"""\
[app.database]
kind = "postgres"
url = "postgresql://app:{PASSWORD}@db.example.com/app"
sqlite_file_path = "x.sqlite"

[app.retention]
runSeconds = "1 day"
telemetrySpanSeconds = 3600

[runtime.retention]
telemetrySpanSeconds = 7200
"""

ATTACK = "</title></style></script><script>window.pwned = 1</script>"
MARKUP = "\"'><img src=x onerror=window.pwned=1>`&amp;<!--"
REVERSED = "\u05e9\u05dc\u05d5\u05dd \u202egnol\u202c \u0627\u0644\u0639\u0631\u0628\u064a\u0629"


def hostile() -> str:
    """A configuration whose texts try to be something else."""
    attack, markup, reverse, long = map(json.dumps, (ATTACK, MARKUP, REVERSED, "w" * 2000))
    return f"""\
{attack} = {markup} # {ATTACK}
[app.scheduler]
queuePrefix = {markup}
workerQueues = [{attack}, {reverse}, {long}]
[app.whitelabel]
productName = {reverse}
logoPath = {long}
[workflows.{attack}.prunePolicy]
runSeconds = 5
{markup} = {reverse}
[workflows.{reverse}.prunePolicy]
runSeconds = 90000
[workflows.{long}.prunePolicy]
runSeconds = {attack}
"""


class Project(Struct, frozen=True):
    """A project, and the options that it is explained with."""

    folder: Path
    options: tuple[str, ...] = ()

    def explain(self, form: str, *options: str) -> Ran:
        """What `compile --explain` says of it."""
        where = ("--root", str(self.folder), *self.options)
        return run("compile", "--explain", *options, "--format", form, *where)

    def page(self, *options: str) -> str:
        """Its page, made once."""
        return _page(self, options)

    def data(self, *options: str) -> Any:
        """What the page is made of, as JSON."""
        return json.loads(self.explain("json", *options).out)


@lru_cache(maxsize=64)
def _page(project: Project, options: tuple[str, ...]) -> str:
    return project.explain("html", *options).out


def written(folder: Path, text: str, env: str = "", *options: str) -> Project:
    folder.mkdir()
    (folder / "codemation.toml").write_text(text, encoding="utf-8")
    (folder / ".env").write_text(env, encoding="utf-8")
    return Project(folder, ("--no-env", "--env-file", str(folder / ".env"), *options))


def projects(folder: Path) -> dict[str, Project]:
    """One of each kind."""
    url = f"DATABASE_URL=postgresql://app:{PASSWORD}@db.example.com:5432/app"
    return {
        "full-surface": Project(FOLDER / "full-surface", ("--no-env",)),
        "environments": Project(
            FOLDER / "environments", ("--no-env", "--env-file", str(FOLDER / "environments/.env.production"))
        ),
        "layered": written(
            folder / "layered", EVERY, LAYERED_ENV, "--env", url, "--set", "app.retention.runSeconds=7200"
        ),
        "broken": written(folder / "broken", BROKEN, "", "--env", url),
        "no TOML": written(folder / "no TOML", f'[app.database]\nurl: "redis://:{PASSWORD}@h\n'),
        "hostile": written(folder / "hostile", hostile(), f"QUEUE_PREFIX='{MARKUP}'\nREDIS_URL='{ATTACK}'\n"),
        "nothing": Project(folder, ("--no-env",)),
    }


def compared(given: dict[str, Project]) -> str:
    """Some of them side by side, one of which has a hostile name, as `diff` would hand them over."""
    names = ("layered", "broken", "hostile")
    sides = [codemation.compile(given[name].folder, env={}, env_files=[given[name].folder / ".env"]) for name in names]
    rows = [
        Row(one.key, tuple(_cell(one.key, side) for side in one.sides), one.follows)
        for one in differences([side.model for side in sides])
    ]
    shown = ("layered", f"broken, {REVERSED}", ATTACK)
    wrong = [
        (name, side.diagnostics, Locations(side.model, side.model.project.root))
        for name, side in zip(shown[1:], sides[1:], strict=True)
    ]
    return as_html(shown, rows, wrong)


def _cell(key: str, side: Side) -> Cell:
    text = bare(side.shown, key) if side.status == "won" else side.status
    return Cell(text, side.because, side.status == "won")


class Element(Struct):
    """An element of a page: its name, attributes, and all text within it."""

    name: str
    attributes: dict[str, str]
    text: str = ""


class _Reader(HTMLParser):
    ALONE = frozenset({"meta", "input", "col", "wbr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements = list[Element]()
        self.open = list[Element]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(sys.intern(tag), {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in self.ALONE:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> within <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def elements(page: str, name: str = "") -> Iterator[Element]:
    """The elements of a page, which must be well-formed."""
    return (element for element in _read(page) if element.name == (name or element.name))


@lru_cache(maxsize=64)
def _read(page: str) -> tuple[Element, ...]:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert not reader.open
    return tuple(reader.elements)
