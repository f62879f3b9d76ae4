"""The hooks for pre-commit, run by pre-commit itself in a real repository of git."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codemation.cli import main
from codemation.schema.document import schema_text
from codemation.settings.catalogue import CATALOGUE
from tests.cli.running import OLD_SCHEMA
from tests.schema.test_schemastore import NEGATIVE
from tests.test_examples import ROOT

MANIFEST = ".pre-commit-hooks.yaml"
FINE = '[app.database]\nkind = "sqlite"\n'
WRONG = '[app.database]\nkind = "postgres"\n'
ENVIRONMENT = {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_{what}": "nobody@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = ENVIRONMENT | {"HOME": str(folder.parent), "PRE_COMMIT_HOME": str(folder.parent / "cache")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def git(folder: Path, *arguments: str) -> str:
    ran = run(folder, "git", *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(folder, sys.executable, "-m", "pre_commit", *arguments)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository that uses the hooks of another, which has our manifest.

    `language: unsupported` takes the program from the `PATH`, where the tests have it, in place of installing it.
    """
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        git(folder, "init", "--quiet")
    shutil.copy(ROOT / MANIFEST, ours)
    git(ours, "add", "--all")
    git(ours, "commit", "--quiet", "--message", "hooks")
    names = ("codemation-check", "codemation-schema-fresh")
    hooks = "".join(f"      - id: {name}\n        language: unsupported\n" for name in names)
    revision = git(ours, "rev-parse", "HEAD")
    config = f"repos:\n  - repo: {ours}\n    rev: {revision}\n    hooks:\n{hooks}"
    (theirs / ".pre-commit-config.yaml").write_text(config)
    return theirs


def hook(project: Path, *arguments: str) -> tuple[int, str]:
    """Stage everything and run the hooks over it, as a commit does."""
    git(project, "add", "--all")
    ran = pre_commit(project, "run", *arguments)
    return ran.returncode, ran.stdout + ran.stderr


def test_the_manifest_is_valid(tmp_path: Path) -> None:
    ran = pre_commit(tmp_path, "validate-manifest", str(ROOT / MANIFEST))
    assert (ran.returncode, ran.stdout) == (0, "")


def test_it_checks_every_configuration_of_a_commit(project: Path) -> None:
    """Each in its own folder, and only those that the commit changes."""
    for name, text in (("a", FINE), ("b", WRONG), ("c", '[app.scheduler]\nkind = "inlin"\n')):
        (project / name).mkdir()
        (project / name / "codemation.toml").write_text(text)
    (project / "b/not-codemation.toml").write_text("no toml")
    code, out = hook(project)
    assert code == 1
    assert "--> b/codemation.toml:2:8" in out
    assert "--> c/codemation.toml:2:8" in out
    assert out.count("\n1 error\n") == 2
    git(project, "commit", "--quiet", "--no-verify", "--message", "wrong")
    (project / "a/codemation.toml").write_text(f"{FINE}# changed\n")
    code, out = hook(project)
    assert code == 0, out
    assert "codemation check" in out
    assert "Passed" in out


def test_it_refuses_a_stale_schema(project: Path) -> None:
    schema = project / "codemation.schema.json"
    schema.write_text(OLD_SCHEMA)
    code, out = hook(project)
    assert code == 1
    assert "codemation.schema.json is not up to date; write it again:\n  codemation schema" in out
    schema.write_text(schema_text(CATALOGUE), encoding="utf-8")
    code, out = hook(project, "codemation-schema-fresh")
    assert code == 0, out


def test_several_files_are_one_report(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    files = [str(path.relative_to(ROOT)) for path in NEGATIVE[:2]]
    assert main(["check", "--no-env", *files]) == 1
    out = capsys.readouterr().out
    assert [line for line in out.split("\n") if line.startswith("  -->")] == [
        "  --> schemas/schemastore/negative_test/codemation/bad-choice.toml:5:8",
        "  --> schemas/schemastore/negative_test/codemation/bad-scheme.toml:5:7",
    ]
    assert (out.count("\n\n1 error\n"), out.count("\nchecked schemas/")) == (2, 2)
    assert out.endswith("\nwrong: 2 of 2 projects\n")
    assert main(["check", "--no-env", "--format", "github", *files]) == 1
    assert capsys.readouterr().out.count("::error file=schemas/") == 2
    assert main(["check", "--no-env", "examples/starter/codemation.toml", "examples/retention/codemation.toml"]) == 0
    assert capsys.readouterr().out.count("ok: no problems found\nchecked examples/") == 2


def test_one_file_is_as_with_config(capsys: pytest.CaptureFixture[str]) -> None:
    outputs = []
    for arguments in (["--config", str(NEGATIVE[0])], [str(NEGATIVE[0])]):
        assert main(["check", "--no-env", "--format", "json", *arguments]) == 1
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a", "--config", "b"], "FILE stands in place of --config and --root"),
        (["a", "--root", "."], "FILE stands in place of --config and --root"),
        (["a", "b", "--watch"], "--watch takes one FILE"),
        (["a", "b", "--format", "sarif"], "--format sarif takes one FILE"),
        (["-", "--watch"], "name a FILE, or leave out --watch"),
    ],
)
def test_files_that_go_together_with_nothing(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", *arguments]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_each_stale_schema_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fresh, *stale = (tmp_path / f"{name}.schema.json" for name in "abc")
    fresh.write_text(schema_text(CATALOGUE), encoding="utf-8")
    for path in stale:
        path.write_text(OLD_SCHEMA)
    assert main(["schema", "--check", str(fresh), *map(str, stale)]) == 4
    said = capsys.readouterr().err
    assert " ".join(said.split()).count(" is not up to date; write it again:") == len(stale)
    assert [line.rpartition(" -o ")[2] for line in said.splitlines() if " -o " in line] == list(map(str, stale))
    assert main(["schema", "--check", str(fresh), str(fresh)]) == 0
