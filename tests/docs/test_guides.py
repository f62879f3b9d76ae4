"""What the guides say of the program is what the program is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import codemation
from codemation.cli import FAILED, NO, OK, USAGE, WRONG
from codemation.origin import Source
from codemation.settings import elsewhere
from tests.docs.pages import DOCS

GUIDES = DOCS / "guides"


def test_the_precedence_is_that_of_the_code() -> None:
    text = (GUIDES / "precedence.md").read_text(encoding="utf-8")
    ranks = re.findall(r"^\| (\d) \| \*\*(.*?)\*\* \|", text, re.MULTILINE)
    words = {"app": "app form", "runtime": "runtime form"}
    assert ranks == [(str(rank), words.get(source, source)) for rank, source in enumerate(get_args(Source), 1)]


def test_the_exit_codes_are_those_of_the_code() -> None:
    codes = re.findall(r"^\| `(\d)` \|", (GUIDES / "command-line.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert codes == [str(code) for code in (OK, WRONG, USAGE, FAILED, NO)]


def names_from_elsewhere() -> list[tuple[list[str], str]]:
    """The rows of the table of names: the codes of the first cell, and the second."""
    text = (GUIDES / "from-config-ts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|$", text, re.MULTILINE)
    return [(re.findall(r"`(.*?)`", left), right) for left, right in rows]


def test_variables_of_the_other_host_are_told_as_the_program_tells_them() -> None:
    named = [(names[0], right) for names, right in names_from_elsewhere() if names[0].isupper()]
    assert len(named) >= 4
    for name, right in named:
        told = elsewhere.VARIABLES[name]
        assert right.startswith("nothing") == told.startswith("nothing"), name
        assert right.startswith("nothing") or right.strip("`") in told, (name, told)


def test_keys_of_the_other_host_are_told_as_the_program_tells_them(tmp_path: Path) -> None:
    seen = 0
    for names, right in names_from_elsewhere():
        for name in (it for it in names if not it.isupper()):
            parent, _, key = name.rpartition(".")
            table = {"prunePolicy": "workflows.orders.prunePolicy", "database": "app.database"}.get(parent, parent)
            line = f"{key} = 1" if table else f"[{key}]"
            (tmp_path / "codemation.toml").write_text(f"[{table}]\n{line}\n" if table else f"{line}\n")
            (told, *_) = codemation.compile(tmp_path, env={}).diagnostics
            wanted = re.findall(r"`(.*?)`", right)[0].rpartition(".")[2].strip("[]")
            assert told.code == "CM101", name
            assert wanted in told.help, (name, told.help)
            seen += 1
    assert seen >= 6
