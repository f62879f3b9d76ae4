"""What people who come from ruff, uv and git type first."""

from __future__ import annotations

import json
import os
import pty
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemation._version import __version__
from codemation.cli.parser import COMMANDS, _command_meant, _commands_below, commands_in
from codemation.text.terminal import detect, display_width
from codemation.text.wording import fold
from tests.cli.running import WARNED, WRONG, run, write

pytestmark = pytest.mark.usefixtures("project")

EVERY = [
    *(("codemation", name) for name, module in commands_in(COMMANDS).items() if hasattr(module, "run")),
    *(("codemation", "db", name) for name in commands_in(f"{COMMANDS}.db")),
]


@pytest.mark.parametrize("arguments", [[], ["help"], ["-h"], ["--help"], ["-q"], ["-v", "--color", "never"]])
def test_help_when_nothing_is_asked(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("usage: codemation ")
    assert "check" in ran.out


@pytest.mark.parametrize("arguments", [["db"], ["help", "db"], ["db", "--help"], ["-q", "db"]])
def test_help_of_a_group(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("usage: codemation db ")


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_help_of_every_command(command: tuple[str, ...]) -> None:
    asked = run("help", *command[1:])
    assert (asked.code, asked.err) == (0, "")
    assert asked.out == run(*command[1:], "--help").out
    assert [line for line in asked.out.splitlines() if display_width(line) > 80] == []
    for option in ("--color WHEN", "-q, --quiet", "-v, --verbose"):
        assert option in asked.out


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version(option: str) -> None:
    assert run(option) == (0, f"codemation {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "meant", "page"),
    [
        (["chekc"], "codemation check", "codemation check"),
        (["complie"], "codemation compile", "codemation compile"),
        (["migrate"], "codemation db migrate", "codemation db migrate"),
        (["prune", "--dry-run"], "codemation db prune", "codemation db prune"),
        (["db", "statsu"], "codemation db status", "codemation db status"),
        *(
            ([word], "codemation check", "codemation check")
            for word in ("lint", "validate", "verify", "test", "valdiate")
        ),
        (["build"], "codemation compile", "codemation compile"),
        (["Why"], "codemation explain", "codemation explain"),
        (["compare"], "codemation diff", "codemation diff"),
        (["health-check"], "codemation doctor", "codemation doctor"),
        (["json-schema"], "codemation schema", "codemation schema"),
        (["statsu"], "codemation db status", "codemation db status"),
        (["db", "check"], "codemation db status", "codemation db status"),
        (["db", "doctor"], "codemation doctor", "codemation doctor"),
        (["db", "lint"], "codemation check", "codemation check"),
        (["help", "chekc"], "codemation check", "codemation check"),
        (["-v", "chekc"], "codemation check", "codemation check"),
        (["check", "--formt", "json"], "--format", "codemation check"),
        (["check", "--formt=json"], "--format", "codemation check"),
        (["db", "migrate", "--adpot"], "--adopt", "codemation db migrate"),
    ],
)
def test_what_was_meant(arguments: list[str], meant: str, page: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    said = " ".join(ran.err.split())
    assert f"did you mean `{meant}`?" in said
    assert said.endswith(f"Try `{page} --help`.")


@pytest.mark.parametrize(
    ("arguments", "page"),
    [
        (["inti"], "init"),
        (["new"], "init"),
        (["prun"], "db prune"),
        (["db", "prnue"], "db prune"),
        (["db", "migrat"], "db migrate"),
        (["upgrade"], "db migrate"),
        (["rollback"], "db downgrade"),
        (["db", "copyy"], "db copy"),
        (["vacuum"], "db compact"),
        *((["db", word], "db") for word in ("run", "pure", "drop", "reset", "grade", "prompt")),
        *(([word], "") for word in ("run", "dev", "serve", "start", "impact", "upgraded")),
    ],
)
def test_what_writes_is_meant_by_its_name_alone(arguments: list[str], page: str) -> None:
    """Who wrote another word gets its page at most."""
    ran = run(*arguments)
    assert (ran.code, ran.out, "did you mean" in ran.err) == (2, "", False)
    assert ran.err.endswith(f"Try `{f'codemation {page}'.strip()} --help`.\n")


WRITERS = {
    "codemation init",
    *(f"codemation db {name}" for name in ("compact", "copy", "downgrade", "migrate", "prune")),
}


@given(
    st.one_of(
        st.text("abcdefghilmnoprstuvy-", min_size=1, max_size=9),
        st.sampled_from(sorted(WRITERS)).flatmap(lambda it: st.permutations(it.split()[-1])).map("".join),
    )
)
def test_no_word_is_taken_for_what_writes(word: str) -> None:
    for package in (COMMANDS, f"{COMMANDS}.db"):
        meant, advised = _command_meant(word, package)
        assert not advised or meant not in WRITERS or meant.endswith(f" {word}")


def test_every_command_says_whether_it_writes() -> None:
    found = {**_commands_below(COMMANDS), **_commands_below(f"{COMMANDS}.db")}
    assert {line for line, command in found.items() if command.writes} == WRITERS
    words = [fold(word) for command in found.values() for word in command.also]
    assert {line.rpartition(" ")[2] for line in _commands_below(COMMANDS)} & set(words) == {"check"}


@pytest.mark.parametrize("arguments", [["xyzzy"], ["db", "xyzzy"], ["check", "--xyzzy"], ["postgresql://u:geheim@h/d"]])
def test_what_is_like_nothing(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "did you mean" not in ran.err
    assert "geheim" not in ran.err


def test_json_is_a_format() -> None:
    write(WARNED)
    for command in (["check"], ["compile"], ["compile", "--explain"], ["env"], ["diff", "process", "process"]):
        short = run(*command, "--json")
        assert short == run(*command, "--format", "json")
        json.loads(short.out)


@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_whatever_reports_has_json(command: tuple[str, ...]) -> None:
    """The rest prints text that is for one program: a script, SQL, a protocol."""
    named = {"completion", "sql", "lsp"}
    assert ("--json" in run(*command[1:], "--help").out) == (command[-1] not in named)


def test_quiet() -> None:
    write("")
    assert run("check", "-q") == (0, "", "")
    assert run("-q", "check") == (0, "", "")
    assert run("db", "migrate", "-q") == (0, "", "")
    assert run("check").out != ""
    write(WRONG)
    ran = run("check", "-q")
    assert (ran.code, "error[" in ran.out, "checked" in ran.out) == (1, True, False)
    assert run("check").out.startswith(ran.out)


def test_quiet_prints_what_was_asked_for() -> None:
    write("")
    for command in (["compile"], ["compile", "--explain"], ["env"], ["check", "--json"]):
        assert run(*command, "-q").out == run(*command).out


def test_quiet_init(tmp_path: Path) -> None:
    assert run("init", "-q", str(tmp_path / "new")) == (0, "", "")
    assert (tmp_path / "new" / "codemation.toml").exists()


@pytest.mark.parametrize("command", [["check"], ["compile"], ["env"], ["db", "status"]])
def test_verbose_says_what_was_read(command: list[str]) -> None:
    write("")
    Path(".env").write_text("QUEUE_PREFIX=x\nOTHER=y\n")
    plain, verbose = run(*command), run(*command, "-v")
    assert (verbose.code, verbose.out) == (plain.code, plain.out)
    lines = verbose.err.removesuffix(plain.err).splitlines()
    assert lines == ["read       codemation.toml and .env", "variables  QUEUE_PREFIX (.env:1)"]
    assert run("-v", *command).err == verbose.err


def test_verbose_without_a_variable() -> None:
    write("")
    assert run("check", "-v", "--no-env").err.splitlines()[-1] == "variables  none is set"


def test_verbose_of_a_diff_tells_of_either_side() -> None:
    write("")
    Path("a.env").write_text("QUEUE_PREFIX=a\n")
    Path("b.env").write_text("OTHER=b\n")
    assert run("diff", "a.env", "b.env", "-v").err.splitlines() == [
        *("read       codemation.toml and a.env", "variables  QUEUE_PREFIX (a.env:1)"),
        *("read       codemation.toml and b.env", "variables  none is set"),
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "json", "check"],
        ["--formt", "json", "check"],
        ["-q", "--json", "check"],
        ["db", "--adopt", "migrate"],
    ],
)
def test_an_option_in_front_of_its_command(arguments: list[str]) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "goes behind it" in " ".join(ran.err.split())
    assert ran.err.endswith(f"Try `codemation{' db' if arguments[0] == 'db' else ''} --help`.\n")


def test_no_secret_of_an_option_in_front() -> None:
    ran = run("--url=postgresql://u:geheim@h/d", "check")
    assert (ran.code, "geheim" in ran.err) == (2, False)


def test_colours_when_asked_for() -> None:
    write(WARNED)
    plain, escape = run("check"), "\033["
    assert escape not in plain.out
    coloured = [run("--color", "always", "check"), run("check", "--color=always")]
    assert all(escape in ran.out for ran in coloured)
    # What one run was told is forgotten in the next.
    assert run("check") == plain


@pytest.mark.parametrize("value", ["sometimes", ""])
def test_no_other_colour(value: str) -> None:
    assert run("check", "--color", value).code == 2


@pytest.mark.parametrize(
    ("environ", "when", "terminal", "pipe"),
    [
        ({}, "auto", True, False),
        ({"FORCE_COLOR": "1"}, "auto", True, True),
        ({"FORCE_COLOR": ""}, "auto", True, False),
        ({"NO_COLOR": "1"}, "auto", False, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", False, False),
        ({"TERM": "dumb"}, "auto", False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, "auto", True, True),
        ({"NO_COLOR": "1"}, "always", True, True),
        ({"FORCE_COLOR": "1"}, "never", False, False),
    ],
)
def test_who_decides_on_colours(environ: dict[str, str], when: str, *, terminal: bool, pipe: bool) -> None:
    read, written = os.pipe()
    ends = pty.openpty()
    try:
        with open(ends[1], "w", closefd=False) as screen, open(written, "w", closefd=False) as piped:
            assert detect(screen, environ, when).colour == terminal  # type: ignore[arg-type]
            assert detect(piped, environ, when).colour == pipe  # type: ignore[arg-type]
    finally:
        for end in chain((read, written), ends):
            os.close(end)


def test_a_value_that_nearly_is_one_is_suggested() -> None:
    for arguments, meant in ((("check", "--format", "jsn"), "json"), (("rule", "--color", "alway"), "always")):
        ran = run(*arguments)
        assert (ran.code, f"; did you mean `{meant}`?" in " ".join(ran.err.split())) == (2, True)
    assert "did you mean" not in run("check", "--format", "zzz").err
