"""Names that are no UTF-8, and other locales."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from tests.cli.running import WRONG, spawn, write

pytestmark = pytest.mark.usefixtures("project")


BYTES = b"caf\xe9"


@pytest.mark.parametrize(
    "arguments",
    [
        [BYTES],
        [b"check", BYTES],
        [b"check", b"--root", BYTES],
        [b"check", b"--config", BYTES],
        [b"check", b"--config", BYTES, b"--format", b"json"],
        [b"check", b"--config", BYTES, b"--format", b"sarif"],
        [b"check", b"--config", BYTES, b"--format", b"github"],
        [b"check", b"--env-file", BYTES],
        [b"check", b"--set", b"app.database.kind=" + BYTES],
        [b"check", b"--set", BYTES + b"=1"],
        [b"check", b"--env", b"CODEMATION_DATABASE_KIND=" + BYTES],
        [b"check", b"--env", BYTES + b"=1"],
        [b"compile", b"--explain", BYTES],
        [b"compile", b"--explain", b"--set", b"app.scheduler.queuePrefix=" + BYTES],
        [b"compile", b"--explain", b"--format", b"json", b"--env", b"QUEUE_PREFIX=" + BYTES],
        [b"env", b"--format", b"json", b"--env", b"QUEUE_PREFIX=" + BYTES],
        [b"diff", BYTES, b"process"],
        [b"rule", BYTES],
        [b"schema", b"--check", BYTES],
        [b"init", BYTES],
        [b"compile", b"-o", BYTES],
    ],
    ids=lambda arguments: b" ".join(arguments).decode(errors="replace"),
)
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_arguments_of_other_bytes(arguments: list[bytes], locale: str) -> None:
    ran = spawn(*arguments, environment={"LC_ALL": locale})
    assert ran.returncode in {0, 1, 2}, ran.stderr
    assert b"Traceback" not in ran.stderr
    (ran.stdout + ran.stderr).decode()
    if b"json" in arguments or b"sarif" in arguments:
        json.loads(ran.stdout)


@pytest.mark.parametrize(
    "name", [b"QUEUE_PREFIX", b"DATABASE_URL", b"CODEMATION_SQLITE_FILE_PATH", b"CODEMATION_SHEDUL\xff"]
)
@pytest.mark.parametrize(
    "arguments", [["compile"], ["compile", "--explain", "--format", "json"], ["check"], ["env"]], ids=" ".join
)
def test_an_environment_of_other_bytes(name: bytes, arguments: list[str]) -> None:
    ran = spawn(*arguments, environment={name: BYTES})
    assert ran.returncode == (0 if name.endswith(b"\xff") else 1), ran.stderr
    assert b"Traceback" not in ran.stderr
    if "json" in arguments:
        json.loads(ran.stdout)


@pytest.mark.parametrize(
    "arguments", [["check"], ["compile", "--explain"], ["check", "--format", "sarif"], ["init", "x"]], ids=" ".join
)
def test_a_folder_of_other_bytes(arguments: list[str]) -> None:
    folder = os.fsencode(Path.cwd()) + b"/" + BYTES
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("the file system takes only UTF-8")
    with open(folder + b"/codemation.toml", "w") as file:
        file.write(WRONG)
    ran = spawn(*arguments, cwd=folder)
    assert ran.returncode == (0 if arguments[0] == "init" else 1), ran.stderr
    assert b"Traceback" not in ran.stderr
    (ran.stdout + ran.stderr).decode()


def test_compiling_in_a_folder_of_other_bytes_says_what_is_wrong() -> None:
    """Its default database would have a path that no TOML and no JSON can hold."""
    folder = os.fsencode(Path.cwd()) + b"/" + BYTES
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("the file system takes only UTF-8")
    for form in ("toml", "json"):
        ran = spawn("compile", "--format", form, cwd=folder)
        assert (ran.returncode, ran.stdout) == (2, b"")
        assert b"not UTF-8" in ran.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C"},
        {"LANG": "C"},
        {"LC_ALL": "POSIX"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_any_locale(environment: dict[str, str]) -> None:
    write('[workflows."größe 日本".prunePolicy]\nrunSeconds = 5\n')
    ran = spawn("compile", environment=environment)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "größe 日本" in tomllib.loads(ran.stdout.decode())["runtime"]["workflows"]
    for arguments in (["compile", "--explain", "--format", "json"], ["check", "--format", "json"]):
        json.loads(spawn(*arguments, environment=environment).stdout)
    write('[app.database]\nkind = "größe"\n')
    ran = spawn("check", environment=environment)
    assert (ran.returncode, ran.stderr) == (1, b"")
