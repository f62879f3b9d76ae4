"""What touches no disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import COMMANDS, run

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.parametrize("command", COMMANDS[1:])
def test_nothing_that_the_compiler_does_touches_the_disk(command: str) -> None:
    """No folder, no database, no cache. Only `init` writes: that is its work."""
    Path(".env").write_text("")
    given = {"diff": ["diff", "process", ".env"], "completion": ["completion", "bash"], "db": ["db", "status"]}
    given["explain"] = ["explain", "database.kind"]
    run(*given.get(command, [command]))
    assert [path.name for path in Path.cwd().iterdir()] == [".env"]
