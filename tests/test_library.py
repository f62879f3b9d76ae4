"""The library's surface: what a type checker, `help` and a host's own reports see of it."""

from __future__ import annotations

import copy
import io
import pickle
import pydoc
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

import codemation
from codemation.cli import main

ROOT = Path(__file__).parent.parent

WRONG = """\
# A comment.
[app.database]
kind = "sqlit"
url = "postgresql://app:a-secret@db.example.com/app"

[app.retention]
runSecond = 5
"""


@pytest.fixture
def wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "codemation.toml").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(*arguments: str) -> str:
    out = io.StringIO()
    with redirect_stdout(out):
        main(["check", "--no-env", *arguments])
    return out.getvalue()


def test_render_gives_what_check_prints(wrong: Path) -> None:
    found = codemation.compile(wrong, env={}).diagnostics
    text = codemation.render(found)
    assert printed("--color", "never").startswith(text)
    assert 'kind = "sqlit"' in text
    assert "a-secret" not in text
    assert printed("--color", "always").startswith(codemation.render(found, color=True))
    for format_ in ("json", "sarif", "github"):
        assert codemation.render(found, format=format_) == printed("--format", format_)


def test_an_error_and_a_host_are_rendered_too(wrong: Path) -> None:
    with pytest.raises(codemation.ConfigError) as caught:
        codemation.load(wrong, env={})
    assert codemation.render(caught.value.diagnostics) == codemation.render(
        codemation.compile(wrong, env={}).diagnostics
    )
    (wrong / "codemation.toml").write_text("[app.retention]\nrunSeconds = 86400\ntelemetrySpanSeconds = 3600\n")
    with codemation.boot(wrong, env={}) as host:
        assert "telemetrySpanSeconds = 3600" in codemation.render(host.warnings)
        assert type(host) is codemation.Host


def test_render_of_nothing_says_that_all_is_well(tmp_path: Path) -> None:
    assert codemation.render(codemation.compile(tmp_path, env={}).diagnostics) == "ok: no problems found\n"
    assert codemation.render(()) == "ok: no problems found\n"


def test_render_of_chosen_diagnostics_has_their_places_and_quotes_nothing(wrong: Path) -> None:
    found = codemation.compile(wrong, env={}).diagnostics
    chosen = [one for one in found if one.key == "app.database.kind"]
    assert len(chosen) == 1
    text = codemation.render(chosen)
    assert "--> codemation.toml:3:8" in text
    assert 'kind = "sqlit"' not in text
    assert text.endswith("1 error\n")
    assert len(codemation.render(found, width=200).splitlines()) < len(codemation.render(found, width=1).splitlines())


def test_diagnostics_that_leave_the_process_take_no_secret_along(wrong: Path) -> None:
    found = codemation.compile(wrong, env={}).diagnostics
    for one in (pickle.loads(pickle.dumps(found)), copy.copy(found), copy.deepcopy(found), found[:]):  # noqa: S301
        assert type(one) is tuple
        assert one == found
    assert b"a-secret" not in pickle.dumps(found)
    assert "a-secret" not in repr(found)


def test_help_leads_with_what_there_is() -> None:
    text = pydoc.plain(pydoc.render_doc(codemation))
    lead, contents, _ = text.partition("PACKAGE CONTENTS")
    assert contents
    told = {"BackendError", "ConfigError", "Diagnostic", "Host", "AsyncHost", "Runtime", "Compilation", "tables"}
    functions = {name for name in codemation.__all__ if name[0].islower()}
    for name in told | functions:
        assert re.search(rf"\b{name}\b", lead), name
    assert max(map(len, lead.splitlines())) <= 80


def test_a_type_checker_knows_every_public_name_and_no_other(tmp_path: Path) -> None:
    names = [name for name in codemation.__all__ if name != "__version__"]
    uses = "".join(f"reveal_type(codemation.{name})\n" for name in names)
    script = (
        "import codemation\n"
        f"{uses}"
        "with codemation.boot() as host:\n    reveal_type(host.engine)\n"
        "async def run() -> None:\n    async with codemation.boot_async() as host:\n        reveal_type(host.engine)\n"
        "codemation.boto\n"
        "codemation.provision(codemation.load(), echo=True)\n"
    )
    (tmp_path / "host.py").write_text(script)
    # The cache of `make types`, whose options these are (`strict` and more): else all of SQLAlchemy is read anew.
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-pretty", str(tmp_path / "host.py")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in ran.stdout.splitlines() if ": error: " in line]
    assert [line.partition(": error: ")[2] for line in errors] == [
        'Module has no attribute "boto"  [attr-defined]',
        'Unexpected keyword argument "echo" for "provision"  [call-arg]',
    ]
    notes = [line for line in ran.stdout.splitlines() if "Revealed type is" in line]
    assert len(notes) == len(names) + 2
    assert not [line for line in notes if '"Any"' in line]
    assert [line.split('"')[1] for line in notes[-2:]] == [
        "sqlalchemy.engine.base.Engine",
        "sqlalchemy.ext.asyncio.engine.AsyncEngine",
    ]
