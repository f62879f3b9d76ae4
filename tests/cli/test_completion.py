"""`codemation completion`."""

# ruff: noqa: S607  (parameters of cases; sh, bash and git are whatever the PATH has)

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest

from codemation.cli.commands.completion import explained_keys, override_keys
from codemation.rules import all_rules
from codemation.settings.catalogue import CATALOGUE
from tests.cli.running import COMMANDS, base_environment, run, write

pytestmark = pytest.mark.usefixtures("project")

RETENTION = [setting.app[-1] for setting in CATALOGUE.hosts if setting.app and setting.app[:-1] == ("app", "retention")]
CODES = {rule.code for rule in all_rules()}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_completion_scripts_name_every_command(shell: str) -> None:
    ran = run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert all(
        command in ran.out
        for command in [*COMMANDS, "explain", "show-secrets"][: None if shell != "tcsh" else len(COMMANDS)]
    )


def completed(*words: str) -> list[str]:
    """What bash offers for the last word, and `nospace` behind it where it is asked to put no blank there."""
    Path("completion.bash").write_text(run("completion", "bash").out)
    line = " ".join(("codemation", *words))
    script = (
        # `compopt` only works within a real completion: here it tells that it was asked.
        'source completion.bash; compopt() { [[ "$*" == "-o nospace" ]] && asked=nospace; };'
        f" COMP_WORDS=(codemation {shlex.join(words)}); COMP_CWORD={len(words)}; COMP_LINE={shlex.quote(line)};"
        ' f=$(complete -p codemation | sed "s/.*-F \\([^ ]*\\).*/\\1/");'
        f" $f codemation {shlex.quote(words[-1])} codemation;"
        ' echo "${COMPREPLY[@]}" $asked'
    )
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=base_environment())
    assert ran.stderr == ""
    return ran.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["comp"], ["compile", "completion"]),
        (["compile", "--explain", "database.k"], ["database.kind"]),
        (["compile", "--explain", "database.kind", "retention.r"], ["retention.runSeconds"]),
        (["compile", "--explain", "REDIS"], ["REDIS_URL"]),
        (["explain", "scheduler.q"], ["scheduler.queuePrefix"]),
        (["explain", "AUTH_"], ["AUTH_SECRET"]),
        (["explain", "app.scheduler.q"], ["app.scheduler.queuePrefix"]),
        (["explain", "app.ret"], [f"app.retention{name}" for name in ("", *(f".{it}" for it in RETENTION))]),
        (["compile", "--explain", "runtime.eventBus.k"], ["runtime.eventBus.kind"]),
        (["check", "--set", "app.scheduler.r"], ["app.scheduler.redisUrl=", "app.scheduler.redisUrlEnv=", "nospace"]),
        (["db", "status", "--set", "app.database.k"], ["app.database.kind=", "nospace"]),
        (["check", "--env", "REDIS"], ["REDIS_URL=", "nospace"]),
        (["check", "--unset", "REDIS"], ["REDIS_URL"]),
        (["doctor", "--about", "sch"], ["schema"]),
        (["rule", "CM40"], [f"CM40{number}" for number in range(1, 10) if f"CM40{number}" in CODES]),
        (["db", "downgrade", "ba"], ["base"]),
        (["db", "sql", "--from", "ba"], ["base"]),
    ],
)
def test_bash_completes(words: list[str], offered: list[str]) -> None:
    assert sorted(completed(*words)) == sorted(offered)


def test_bash_completes_files_for_diff() -> None:
    Path(".env.staging").touch()
    assert completed("diff", ".env.s") == [".env.staging"]


@pytest.mark.parametrize("before", [(), (".env.staging",), (".env.staging", "other.env")])
def test_bash_completes_the_process_for_diff(before: tuple[str, ...]) -> None:
    assert completed("diff", *before, "proc") == ["process"]
    Path("project").mkdir()
    assert sorted(completed("diff", *before, "pro")) == ["process", "project"]
    assert {"process", "project"} <= set(completed("diff", *before, ""))


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_offer_the_process_for_diff(shell: str) -> None:
    script = run("completion", shell).out
    assert {"zsh": "{compadd process; _files}", "fish": "echo process; __fish_complete_path"}[shell] in script


def test_every_key_that_is_offered_is_one() -> None:
    write("")
    for key in explained_keys():
        assert run("explain", key).code == 0, key
        assert run("compile", "--explain", key).code == 0, key
    for key in override_keys():
        # Hardly a value for any of them; but the key is known.
        assert "CM101" not in run("check", "--set", f"{key}=1").out, key
    assert "CM101" in run("check", "--set", "app.nothing=1").out
