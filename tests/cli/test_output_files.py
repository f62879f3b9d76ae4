"""`-o FILE`: whole or not at all."""

# ruff: noqa: FBT001  (parameters of cases; sh, bash and git are whatever the PATH has)

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import SECRET, WRONG, Ran, base_environment, mode, run, spawn, write

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def umask() -> Iterator[None]:
    old = os.umask(0o022)
    yield
    os.umask(old)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("arguments", [["compile"], ["compile", "--explain"], ["schema"]])
def test_output_goes_into_a_file(arguments: list[str]) -> None:
    ran = run(*arguments, "-o", "out")
    assert ran == Ran(0, "", "")
    assert Path("out").read_text() == run(*arguments).out
    assert mode(Path("out")) == 0o644
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["out"]


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("before", [None, 0o644, 0o640, 0o600])
@pytest.mark.parametrize("secrets", [True, False])
def test_a_file_with_secrets_is_its_owners_alone(before: int | None, secrets: bool) -> None:
    out = Path("out")
    if before is not None:
        out.write_text("old")
        out.chmod(before)
    options = ["--show-secrets"] * secrets
    assert run("compile", "-o", "out", *options, "--env", f"DATABASE_URL={SECRET}").code == 0
    assert mode(out) == (0o600 if secrets else before or 0o644)
    assert ("s3cret" in out.read_text()) == secrets


def test_no_one_sees_half_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Path("out")
    out.write_text("old")
    inode = out.stat().st_ino
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    ran = run("compile", "-o", "out")
    assert (ran.code, ran.out) == (2, "")
    assert "No space left on device" in ran.err
    assert (out.read_text(), out.stat().st_ino) == ("old", inode)
    assert [path.name for path in Path.cwd().iterdir()] == ["out"]


def test_with_an_error_the_file_is_as_it_was() -> None:
    write(WRONG)
    out = Path("out")
    out.write_text("old")
    assert run("compile", "-o", "out").code == 1
    assert out.read_text() == "old"


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_one(there: bool, tmp_path: Path) -> None:
    target = tmp_path / "target"
    if there:
        target.write_text("old")
    Path("link").symlink_to(target)
    assert run("compile", "--show-secrets", "-o", "link").code == 0
    assert Path("link").is_symlink()
    assert tomllib.loads(target.read_text())
    assert mode(target) == 0o600


@pytest.mark.parametrize("target", ["missing/out", ".", "file/out"])
def test_what_cannot_be_written_is_a_usage_error(target: str) -> None:
    Path("file").write_text("")
    ran = run("compile", "-o", target)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"codemation: {target} cannot be written: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written() -> None:
    folder = Path("closed")
    folder.mkdir(mode=0o500)
    assert run("compile", "-o", "closed/out").code == 2


@pytest.mark.parametrize("target", ["/dev/stdout", "/dev/fd/1", "-"])
@pytest.mark.parametrize("to_file", [True, False])
def test_standard_output_by_name(target: str, to_file: bool) -> None:
    expected = spawn("compile").stdout
    command = [sys.executable, "-m", "codemation", "compile", "-o", target]
    if to_file:
        with Path("out").open("wb") as file:
            subprocess.run(command, stdout=file, check=True, env=base_environment())
            inode = os.fstat(file.fileno()).st_ino
        assert Path("out").stat().st_ino == inode
        found = Path("out").read_bytes()
    else:
        found = subprocess.run(command, capture_output=True, check=True, env=base_environment()).stdout
    assert found == expected


def test_the_null_device_stays_one() -> None:
    assert run("compile", "--show-secrets", "-o", "/dev/null") == Ran(0, "", "")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


INPUT = f'[app.database]\nurl = "{SECRET}"\n'


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("codemation.toml", []),
        ("./sub/../codemation.toml", []),
        ("link.toml", []),
        ("hard.toml", []),
        (".env", []),
        (".env.local", []),
        ("given.env", ["--env-file", "given.env"]),
        ("secret", []),
        ("other/codemation.toml", ["--config", "other/codemation.toml"]),
    ],
)
@pytest.mark.parametrize("command", [["compile"], ["compile", "--show-secrets"], ["compile", "--explain"]])
def test_what_is_read_is_never_written(command: list[str], target: str, options: list[str]) -> None:
    write(INPUT)
    Path("sub").mkdir()
    Path("other").mkdir()
    Path("other/codemation.toml").write_text(INPUT)
    Path("link.toml").symlink_to("codemation.toml")
    os.link("codemation.toml", "hard.toml")
    Path("secret").write_text("redis://cache.example.com")
    for name in (".env", ".env.local", "given.env"):
        Path(name).write_text("REDIS_URL_FILE=secret\n")
    before = {path: path.read_bytes() for path in Path.cwd().rglob("*") if path.is_file()}
    ran = run(*command, *options, "-o", target)
    assert (ran.code, ran.out) == (2, "")
    assert f"-o {target} names a file that is read" in ran.err
    assert {path: path.read_bytes() for path in Path.cwd().rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("command", [["schema"], ["db", "sql", "--dialect", "sqlite"]])
def test_nothing_else_overwrites_a_configuration(command: list[str]) -> None:
    for name in ("codemation.toml", ".env"):
        Path(name).write_text("# mine\n")
        assert run(*command, "-o", name).code == 2
        assert Path(name).read_text() == "# mine\n"


WHATEVER_HAS_IT = [
    ["compile"],
    ["compile", "--explain", "--json"],
    ["diff", "process", "process"],
    ["schema"],
    ["schema", "--form", "runtime"],
    ["db", "sql"],
    ["db", "sql", "--dialect", "sqlite"],
]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("DATABASE_URL", "process"),
        ("DATABASE_URL", "process, unset"),
        ("CODEMATION_DATABASE_URL", ".env"),
        ("REDIS_URL", ".env, hidden"),
        ("AUTH_SECRET", "process"),
        ("APP_PG", ".env"),
        ("GID", "process"),
    ],
)
@pytest.mark.parametrize("command", WHATEVER_HAS_IT, ids=" ".join)
def test_no_secret_is_overwritten(command: list[str], name: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = 'provider = "github"\nclientIdEnv = "GID"\nclientSecretEnv = "GID"\n'
    url = 'url = "postgresql://h/d"' if name != "APP_PG" else 'urlEnv = "APP_PG"'
    write(f'[app.database]\n{url}\n[app.auth]\nkind = "oauth"\n[[app.auth.oauth]]\n{provider}')
    text = "redis://cache.example.com" if name == "REDIS_URL" else SECRET
    Path("mounted").write_text(text)
    Path("other").write_text(text)
    if place.startswith("process"):
        monkeypatch.setenv(f"{name}_FILE", "mounted")
    else:
        Path(".env").write_text(f"{name}_FILE=mounted\n")
    if place.endswith("hidden"):
        monkeypatch.setenv(f"{name}_FILE", "other")
    unset = ["--unset", f"{name}_FILE"] if place.endswith("unset") and command[0] != "schema" else []
    ran = run(*command, *unset, "-o", "mounted")
    assert (ran.code, Path("mounted").read_text()) == (2, text)
    assert "-o mounted names a file that is read" in ran.err


@pytest.mark.parametrize(
    ("name", "link"),
    [
        *((name, None) for name in (".env", ".env.production", ".env-old", ".envrc", "production.env")),
        *((".env.production", link) for link in ("from", "to")),
    ],
)
@pytest.mark.parametrize("command", WHATEVER_HAS_IT, ids=" ".join)
def test_no_env_file_is_overwritten(command: list[str], name: str, link: str | None) -> None:
    """Also where it is a link to a file of another name, or the other way round."""
    file = Path("vars") if link == "from" else Path(name)
    file.write_text("NODE_ENV=test\n")
    if link is not None:
        Path(name if link == "from" else "vars").symlink_to(file)
    ran = run(*command, "-o", "vars" if link == "to" else name)
    assert (ran.code, file.read_text()) == (2, "NODE_ENV=test\n")
    assert "names a file that is read" in ran.err


@pytest.mark.parametrize("command", WHATEVER_HAS_IT, ids=" ".join)
def test_what_the_working_directory_has_in_force_is_spared(command: list[str], tmp_path: Path) -> None:
    write("")
    other = [] if command[0] == "schema" else ["--config", str(write("", tmp_path / "other"))]
    other = ["--root", str(tmp_path / "other")] if command[0] == "diff" else other
    os.link("codemation.toml", "hard.toml")
    assert run(*command, *other, "-o", "hard.toml").code == 2
    assert Path("codemation.toml").read_text() == ""


def test_no_pipe_is_read_to_know_what_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes to it wrote for a command that reads it; without one it would be waited for."""
    os.mkfifo("pipe")
    Path("s.json").write_text("old")
    monkeypatch.setenv("DATABASE_URL_FILE", "pipe")
    assert run("schema", "-o", "s.json") == Ran(0, "", "")


@pytest.mark.parametrize("target", ["pipe", "link"])
@pytest.mark.parametrize("command", WHATEVER_HAS_IT, ids=" ".join)
def test_a_pipe_that_nobody_reads_is_not_waited_for(command: list[str], target: str) -> None:
    os.mkfifo("pipe")
    Path("link").symlink_to("pipe")
    ran = run(*command, "-o", target)
    assert (ran.code, ran.out) == (2, "")
    said = " ".join(ran.err.split())
    assert said.startswith(f"codemation: {target} cannot be written: nobody reads it, and nothing was written")
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


def test_a_pipe_gives_all_to_its_reader() -> None:
    """More than a pipe holds, to one who is slow."""
    os.mkfifo("pipe")
    script = "exec 3< pipe; echo open; sleep 0.2; cat <&3 > got"
    with subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        # It has the pipe once a writer has, too.
        writer = os.open("pipe", os.O_RDWR)
        assert reader.stdout.readline() == b"open\n"
        ran = run("schema", "-o", "pipe")
        os.close(writer)
        assert (ran, reader.wait(60)) == (Ran(0, "", ""), 0)
    text = run("schema").out
    assert (Path("got").read_text() == text, len(text) > 2**16) == (True, True)


@pytest.mark.parametrize("end", ["-wal", "-journal", "-shm"])
def test_what_belongs_to_a_database_is_not_overwritten(end: str) -> None:
    with closing(sqlite3.connect("data.sqlite")) as connection:
        connection.execute("CREATE TABLE notes (text)")
    for name, code in ((f"data.sqlite{end}", 2), (f"notes{end}", 0)):
        Path(name).write_bytes(b"pages")
        ran = run("schema", "-o", name)
        assert (ran.code, Path(name).read_bytes() == b"pages") == (code, code == 2)


@pytest.mark.parametrize("command", [["compile"], ["schema"], ["db", "sql"]])
def test_no_database_is_overwritten(command: list[str]) -> None:
    write(INPUT)
    with closing(sqlite3.connect("data.sqlite")) as connection:
        connection.execute("CREATE TABLE notes (text)")
    before = Path("data.sqlite").read_bytes()
    ran = run(*command, "-o", "data.sqlite")
    assert ran.code == 2
    assert "-o data.sqlite names a database" in ran.err
    assert Path("data.sqlite").read_bytes() == before


def test_a_folder_is_no_output() -> None:
    write(INPUT)
    ran = run("compile", "-o", "out/")
    assert (ran.code, Path("out").exists()) == (2, False)
    assert "-o out/ names a folder" in ran.err


def test_a_configuration_that_is_not_read_may_be_made() -> None:
    write(INPUT)
    Path("deployed").mkdir()
    for _ in range(2):
        assert run("compile", "--show-secrets", "-o", "deployed/codemation.toml").code == 0
    assert run("check", "deployed/codemation.toml").code == 0
