"""`codemation diff`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import SECRET, run
from tests.cli.shapes import NULL, assert_shape

pytestmark = pytest.mark.usefixtures("project")


def test_diff_tells_what_differs() -> None:
    Path(".env.a").write_text("CODEMATION_SCHEDULER=local\nQUEUE_PREFIX=x\n")
    Path(".env.b").write_text(f"DATABASE_URL={SECRET}\nQUEUE_PREFIX=x\n")
    ran = run("diff", ".env.a", ".env.b")
    assert (ran.code, ran.err) == (0, "")
    assert "s3cret" not in ran.out
    keys = [line for line in ran.out.splitlines() if not line.startswith(" ")]
    assert keys == [
        "runtime.database.kind",
        "runtime.database.url",
        "runtime.database.sqliteFilePath",
        "runtime.scheduler.kind",
    ]
    data = json.loads(run("diff", ".env.a", ".env.b", "--format", "json").out)["differences"]
    side = {"value": object, "status": str, "source": (str, NULL), "from": (str, NULL)}
    assert_shape(data, [{"key": str, "a": side, "b": side}])
    assert [row["key"] for row in data] == keys
    assert data[0] == {
        "key": "runtime.database.kind",
        "a": {"value": "sqlite", "status": "won", "source": "default", "from": "default"},
        "b": {"value": "postgresql", "status": "won", "source": "environment", "from": "DATABASE_URL"},
    }
    # The same value from another source differs too.
    assert (data[3]["a"]["value"], data[3]["b"]["value"]) == ("local", "local")


def test_diff_of_secrets_alone() -> None:
    Path(".env.a").write_text("DATABASE_URL=postgresql://u:one@h/db\n")
    Path(".env.b").write_text("DATABASE_URL=postgresql://u:two@h/db\n")
    out = run("diff", ".env.a", ".env.b").out
    assert out.count("(the masked parts differ)") == 2
    assert not {"one", "two"} & set(re.findall(r"\w+", out))


def test_diff_with_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE_PREFIX", "process")
    Path(".env").write_text("CODEMATION_EVENT_BUS=memory\n")
    data = json.loads(run("diff", "process", ".env", "--format", "json").out)["differences"]
    assert [row["key"] for row in data] == ["runtime.scheduler.queuePrefix", "runtime.eventBus.queuePrefix"]
    assert run("diff", "process", "process").out == "no setting differs between process and process\n"


def test_diff_of_what_is_wrong() -> None:
    Path(".env.a").write_text("")
    for form in ("text", "json"):
        ran = run("diff", ".env.a", ".env.missing", "--format", form)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.count("error[CM004]") == 1
        assert "1 error" in ran.err


def test_the_exit_code_of_a_difference() -> None:
    Path(".env.a").write_text("QUEUE_PREFIX=a\n")
    Path(".env.b").write_text("QUEUE_PREFIX=b\n")
    for names, code in (((".env.a", ".env.b"), 4), ((".env.a", ".env.a"), 0)):
        assert run("diff", *names).code == 0
        assert run("diff", "--exit-code", *names).code == code
        assert run("diff", "--exit-code", "--json", *names).code == code
