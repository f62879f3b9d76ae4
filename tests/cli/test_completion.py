"""`codemation completion`."""

# ruff: noqa: S607  (parameters of cases; sh, bash and git are whatever the PATH has)

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.cli.running import COMMANDS, base_environment, run

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_completion_scripts_name_every_command(shell: str) -> None:
    ran = run("completion", shell)
    assert (ran.code, ran.err) == (0, "")
    assert all(
        command in ran.out
        for command in [*COMMANDS, "explain", "show-secrets"][: None if shell != "tcsh" else len(COMMANDS)]
    )


def test_the_bash_script_completes() -> None:
    Path("completion.bash").write_text(run("completion", "bash").out)
    script = (
        "source completion.bash; COMP_WORDS=(codemation comp); COMP_CWORD=1; COMP_LINE='codemation comp';"
        ' f=$(complete -p codemation | sed "s/.*-F \\([^ ]*\\).*/\\1/");'
        ' $f codemation comp codemation; echo "${COMPREPLY[@]}"'
    )
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=base_environment())
    assert set(ran.stdout.split()) == {"compile", "completion"}
