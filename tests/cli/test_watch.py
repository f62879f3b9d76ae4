"""`codemation check --watch`: the program itself, real files, and what it prints when they change."""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from codemation.cli import main
from codemation.sources.file_watch import QUIET
from tests.cli.running import base_environment

DEADLINE = 300
"""Seconds after which what was to be printed is taken to be missing: far more than it takes anywhere."""

FINE = '[app.database]\nkind = "sqlite"\n'
WRONG = '[app.database]\nkind = "postgres"\n'
WRONGER = WRONG + '[app.retention]\nrunSeconds = "1"\n'
REPAIRABLE = "1 repair takes no guess: `codemation check --fix`"
WARNED = "[app.retention]\nrunSeconds = 31536000\n"
QUEUE = "REDIS_URL=redis://cache.example.com:6379/0\n"
CLOCK = re.compile(r"\d\d:\d\d:\d\d  ")
OK = "ok: no problems found"


class Watch:
    """A running `codemation check --watch`."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        command = [sys.executable, "-m", "codemation", "check", "--watch", *arguments]
        self.process = subprocess.Popen(
            command, cwd=folder, env=base_environment(**environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.decode().rstrip("\n"))
        self._lines.put(None)

    def line(self) -> str:
        """The next line."""
        line = self._lines.get(timeout=DEADLINE)
        assert line is not None, f"it ended: {self.process.stderr and self.process.stderr.read().decode()}"
        return line

    def until(self, end: str) -> list[str]:
        """All lines up to one with a time that ends so; without the time."""
        lines: list[str] = []
        while not lines or not (CLOCK.match(lines[-1]) and lines[-1].endswith(end)):
            lines.append(self.line())
        return [CLOCK.sub("", line) for line in lines]

    def started(self) -> list[str]:
        """The first report."""
        return self.until("; Ctrl-C ends")

    def stop(self) -> tuple[int, str]:
        """Press Ctrl-C; the exit code, and what came on standard error."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(DEADLINE)
        assert self.process.stderr is not None
        return code, self.process.stderr.read().decode()

    def rest(self) -> list[str]:
        """What was printed and not asked for yet; only after the end."""
        lines = []
        while (line := self._lines.get(timeout=DEADLINE)) is not None:
            lines.append(line)
        return lines


Start = Callable[..., Watch]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start one; ended in any case."""
    running: list[Watch] = []

    def begin(folder: Path, *arguments: str, **environment: str) -> Watch:
        running.append(Watch(folder, *arguments, **environment))
        return running[-1]

    yield begin
    for watch in running:
        watch.process.kill()
        watch.process.wait()
        watch._reader.join()
        for stream in (watch.process.stdout, watch.process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def save(path: Path, text: str) -> None:
    """Save as most editors do: write another file, and give it the name."""
    draft = path.with_name(f".{path.name}.swp")
    draft.write_text(text)
    draft.replace(path)


def test_it_prints_what_changed_and_nothing_twice(project: Path, start: Start) -> None:
    config = project / "codemation.toml"
    save(config, WRONG)
    watch = start(project)
    undecided = "checked codemation.toml and no env file: the database is not decided"
    assert watch.started()[-5:] == ["", "1 error", REPAIRABLE, undecided, "watching codemation.toml, .env; Ctrl-C ends"]
    save(config, f"# A line above moves it.\n{WRONGER}")
    assert watch.until("2 errors") == [
        "",
        "error[CM102]: `app.retention.runSeconds` must be an integer, but is a string",
        "  --> codemation.toml:5:14",
        "   |",
        ' 5 | runSeconds = "1"',
        "   |              ^^^",
        "   = help: write 1, without quotes",
        "",
        "1 new; 2 errors",
    ]
    save(config, f"{WRONGER}# Another comment.\n")
    assert watch.until("2 errors") == ["no change; 2 errors"]
    save(config, FINE)
    assert watch.until(OK) == [
        "checked codemation.toml and no env file: SQLite .codemation/codemation.sqlite",
        "  from app.database.kind (codemation.toml:2:1)",
        "",
        'fixed[CM103]: `app.database.kind` is "postgres", which is not one of "sqlite",',
        '              "postgresql"',
        "fixed[CM102]: `app.retention.runSeconds` must be an integer, but is a string",
        "",
        f"2 fixed; {OK}",
    ]
    save(config, f"{FINE}# A third one.\n")
    assert watch.until(OK) == [f"no change; {OK}"]
    assert watch.stop() == (0, "")
    assert watch.rest() == []


def test_files_that_appear_and_go(project: Path, start: Start) -> None:
    watch = start(project)
    assert watch.started()[0] == OK
    save(project / ".env", QUEUE)
    assert "  --> .env:1:1" in watch.until("1 error")
    save(project / "codemation.toml", '[app.retention]\nrunSeconds = "1"\n')
    assert watch.until("2 errors")[-1] == "1 new; 2 errors"
    (project / "codemation.toml").unlink()
    assert watch.until("1 error")[-1] == "1 fixed; 1 error"
    (project / ".env").unlink()
    assert watch.until(OK)[-1] == f"1 fixed; {OK}"
    assert watch.stop() == (0, "")


def test_a_file_that_goes_away_is_told_of(project: Path, start: Start) -> None:
    save(project / "codemation.toml", FINE)
    watch = start(project)
    watch.started()
    (project / "codemation.toml").unlink()
    said = watch.until(OK)
    assert said[0] == "codemation.toml is gone: what it said does not count"
    (project / ".env").write_text("A=1\n")
    assert watch.until(OK)[0] == ".env is there now"
    (project / ".env").unlink()
    assert watch.until(OK)[0] == ".env is gone: what it said does not count"
    (project / "codemation.toml").write_text(FINE)
    assert watch.until(OK)[0] == "codemation.toml is there now"
    assert watch.stop() == (0, "")


def test_another_database_is_told_of(project: Path, start: Start) -> None:
    """Whatever source changes it; and nothing where it stays."""
    save(project / "codemation.toml", FINE)
    (project / "url").write_text("postgresql://u:s3cret@mounted.example.com/app")
    watch = start(project)
    assert watch.started()[1:3] == [
        "checked codemation.toml and no env file: SQLite .codemation/codemation.sqlite",
        "  from app.database.kind (codemation.toml:2:1)",
    ]
    (project / "codemation.toml").unlink()
    assert watch.until(OK) == [
        "codemation.toml is gone: what it said does not count",
        "checked no codemation.toml (there is none here or above) and no env file: SQLite",
        "  .codemation/codemation.sqlite by default",
        f"nothing new is wrong; {OK}",
    ]
    save(project / ".env", "DATABASE_URL=postgresql://u:s3cret@db.example.com/app\n")
    said = " ".join(watch.until(OK))
    assert "PostgreSQL db.example.com/app from DATABASE_URL (.env:1) nothing new is wrong" in " ".join(said.split())
    save(project / ".env", "DATABASE_URL=postgresql://u:other@db.example.com/app\n")
    assert watch.until(OK) == [f"no change; {OK}"]
    save(project / ".env", "DATABASE_URL_FILE=url\n")
    assert "mounted.example.com/app" in " ".join(watch.until(OK))
    save(project / "url", "postgresql://u:s3cret@third.example.com/app")
    assert "third.example.com/app" in " ".join(watch.until(OK))
    save(project / "url", "")
    assert "is blank" in " ".join(watch.until("1 error"))
    save(project / "url", "postgresql://u:s3cret@third.example.com/app")
    assert watch.until(OK)[-1] == f"1 fixed; {OK}"
    assert watch.stop() == (0, "")
    assert watch.rest() == []


def test_named_files_that_are_not_there_yet(project: Path, start: Start) -> None:
    """Also in folders that are not there yet."""
    watch = start(project, "--env-file", "deep/down/prod.env", "--config", "conf/host.toml")
    assert watch.started()[-1] == "watching conf/host.toml, deep/down/prod.env; Ctrl-C ends"
    (project / "conf").mkdir()
    save(project / "conf/host.toml", FINE)
    assert "fixed[CM001]: the configuration file conf/host.toml does not exist" in "\n".join(watch.until("1 error"))
    (project / "deep/down").mkdir(parents=True)
    save(project / "deep/down/prod.env", "")
    assert watch.until(OK)[-1] == f"1 fixed; {OK}"
    assert watch.stop() == (0, "")


def test_a_nearer_configuration_takes_over(project: Path, start: Start) -> None:
    save(project / "codemation.toml", WRONG)
    inner = project / "inner"
    inner.mkdir()
    watch = start(inner)
    assert "watching codemation.toml" not in watch.started()[-1]
    save(inner / "codemation.toml", WARNED)
    said = watch.started()
    assert (said[-4], said[-1]) == ("2 warnings", "watching codemation.toml, .env; Ctrl-C ends")
    (inner / "codemation.toml").unlink()
    assert [line for line in watch.started() if line in {"1 error", REPAIRABLE}] == ["1 error", REPAIRABLE]
    assert watch.stop() == (1, "")


def test_saving_by_another_name(project: Path, start: Start) -> None:
    """As editors do: a new file in the place of the old one, or the old one moved away and written anew."""
    config = project / "codemation.toml"
    save(config, FINE)
    watch = start(project)
    watch.started()
    for _ in range(3):
        save(config, WRONG)
        assert watch.until("1 error")[-1] == "1 new; 1 error"
        config.rename(project / "codemation.toml~")
        config.write_text(FINE)
        (project / "codemation.toml~").unlink()
        assert watch.until(OK)[-1] == f"1 fixed; {OK}"
    assert watch.stop() == (0, "")


@pytest.mark.parametrize("arguments", [(), ("--root", "."), ("--config", "codemation.toml")])
def test_the_folder_goes_and_comes_back(project: Path, start: Start, arguments: tuple[str, ...]) -> None:
    save(project / "codemation.toml", WRONG)
    watch = start(project, *arguments)
    watch.started()
    shutil.rmtree(project)
    assert watch.until("waiting for it")[-1] == f"{project} is gone; waiting for it"
    project.mkdir()
    save(project / "codemation.toml", FINE)
    while watch.started()[0] != OK:
        pass  # what was there before the file was
    save(project / "codemation.toml", WRONG)
    assert watch.until("1 error")[-1] == "1 new; 1 error"
    assert watch.stop() == (1, "")


def test_a_root_that_goes_and_comes_back(project: Path, start: Start) -> None:
    save(project / "codemation.toml", FINE)
    watch = start(project.parent, "--root", "project")
    assert watch.started()[-1] == "watching project/codemation.toml, project/.env; Ctrl-C ends"
    project.rename(project.parent / "moved")
    watch.until("1 error")
    (project.parent / "moved").rename(project)
    watch.until(OK)
    save(project / "codemation.toml", WRONG)
    watch.until("1 error")
    assert watch.stop() == (1, "")


def test_links_are_followed(project: Path, start: Start, tmp_path: Path) -> None:
    """To a file elsewhere, through a folder that is a link, and after a link was turned elsewhere."""
    for name, text in (("one", FINE), ("two", WRONG)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "real.toml").write_text(text)
    current = tmp_path / "current"
    current.symlink_to("one")
    (project / "codemation.toml").symlink_to("../current/real.toml")
    watch = start(project)
    assert watch.started()[0] == OK
    (tmp_path / "one/real.toml").write_text(WRONG)
    watch.until("1 error")
    save(tmp_path / "one/real.toml", FINE)
    watch.until(OK)
    (tmp_path / "next").symlink_to("two")
    (tmp_path / "next").rename(current)
    watch.until("1 error")
    (project / "codemation.toml").unlink()
    save(project / "codemation.toml", FINE)
    watch.until(OK)
    assert watch.stop() == (0, "")


def test_a_link_that_leads_to_itself(project: Path, start: Start) -> None:
    (project / "codemation.toml").symlink_to("codemation.toml")
    watch = start(project)
    assert "1 error" in watch.started()
    save(project / "codemation.toml", FINE)
    assert watch.until(OK)[-1] == f"1 fixed; {OK}"
    assert watch.stop() == (0, "")


def test_half_a_line_hides_nothing_for_good(project: Path, start: Start) -> None:
    config = project / "codemation.toml"
    save(config, WRONG)
    watch = start(project)
    watch.started()
    save(config, f"{WRONG}[app.retention]\nrunSeconds =\n")
    assert [line for line in watch.until("1 error") if "CM" in line] == [
        "error[CM003]: codemation.toml is not valid TOML: invalid value"
    ]
    save(config, WRONGER)
    changed = watch.until("2 errors")
    assert changed[1] == "fixed[CM003]: codemation.toml is not valid TOML: invalid value"
    assert not any("CM103" in line for line in changed)
    assert changed[-1] == "1 fixed, 1 new; 2 errors"
    config.write_bytes(b"\xff")
    assert watch.until("1 error")[-1] == "1 new; 1 error"
    save(config, FINE)
    assert watch.until(OK)[-1] == f"3 fixed; {OK}"
    assert watch.stop() == (0, "")


def test_a_burst_of_saves_is_one(project: Path, start: Start) -> None:
    config = project / "codemation.toml"
    save(config, FINE)
    watch = start(project)
    watch.started()
    began = time.monotonic()
    for _ in range(100):
        config.write_text(WRONG)
        save(config, WRONGER)
    saving = time.monotonic() - began
    checks = [line for line in watch.until("2 errors") if line.endswith(("error", "errors"))]
    # On a machine that is slow to save, a pause in a burst may end it.
    assert len(checks) <= 2 + saving / QUIET
    assert watch.stop() == (1, "")


def test_strict_and_what_if(project: Path, start: Start) -> None:
    watch = start(project, "--strict", "--no-env", "--set", "app.retention.binarySeconds=5")
    assert watch.started()[0] == OK
    save(project / "codemation.toml", WARNED)
    assert watch.until("2 errors")[-1] == "2 new; 2 errors"
    save(project / ".env", QUEUE)  # not read
    save(project / "codemation.toml", FINE)
    assert watch.until(OK)[-1] == f"2 fixed; {OK}"
    assert watch.stop() == (0, "")


def test_json_is_a_line_for_each_change(project: Path, start: Start) -> None:
    config = project / "codemation.toml"
    watch = start(project, "--format", "json")
    assert watch.line().endswith('}], "diagnostics": [], "errors": 0, "warnings": 0}')
    save(config, FINE)  # nothing else is wrong, so nothing is printed
    save(config, WRONG)
    assert [each["code"] for each in json.loads(watch.line())["diagnostics"]] == ["CM103"]
    save(config, f"\n{WRONG}")
    assert json.loads(watch.line())["diagnostics"][0]["span"]["start"] == {"line": 3, "column": 8}
    shutil.rmtree(project)
    project.mkdir()
    assert json.loads(watch.line())["errors"] == 0
    assert watch.stop() == (0, "")
    assert watch.rest() == []


@pytest.mark.parametrize("options", ["--format sarif", "--format github", "--env-file .env --no-env-file"])
def test_usage_errors_end_at_once(options: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--watch", *options.split()]) == 2
    assert re.search("--watch prints text|exclude each other", capsys.readouterr().err)


def test_it_ends_quietly_when_nobody_reads(project: Path) -> None:
    """Also when there is nothing to print, as under `| head -2`."""
    read, write = os.pipe()
    command = [sys.executable, "-m", "codemation", "check", "--watch"]
    with subprocess.Popen(
        command, cwd=project, env=base_environment(), stdout=write, stderr=subprocess.PIPE
    ) as process:
        os.close(write)
        with open(read, "rb", buffering=0) as stream:
            text = b""
            while b"Ctrl-C ends\n" not in text:
                text += stream.read(1000)
        assert process.wait(DEADLINE) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_no_secret_shows(project: Path, start: Start) -> None:
    config = project / "codemation.toml"
    watch = start(project)
    watch.started()
    save(config, '[app.database]\nurl = "postgresql://u:c4n4ry@h/d"\nurlEnv = "c4n4ry!"\n')
    lines = watch.until("1 warning")
    save(config, FINE)
    lines += watch.until(OK)
    assert sum("fixed[" in line for line in lines) >= 3
    assert "c4n4ry" not in "\n".join(lines)


def test_a_folder_whose_name_no_watcher_takes(tmp_path: Path, start: Start) -> None:
    """Then it looks about once a second."""
    folder = Path(os.fsdecode(bytes(tmp_path) + b"/\xff"))
    try:
        folder.mkdir()
    except OSError:
        return  # a file system that has no such names
    watch = start(folder)
    watch.started()
    save(folder / "codemation.toml", WRONG)
    watch.until("1 error")
    assert watch.stop() == (1, "")


def test_waiting_costs_next_to_nothing(project: Path, start: Start) -> None:
    """Processor time in a second and a half of waiting, in a folder where others write all the time."""
    watch = start(project)
    watch.started()
    before, end = _seconds(watch.process.pid), time.monotonic() + 1.5
    while time.monotonic() < end:
        (project / "other.log").write_text("x")
    spent = _seconds(watch.process.pid) - before
    save(project / "codemation.toml", WRONG)
    assert watch.until("1 error")[-1] == "1 new; 1 error"
    assert spent < 0.75


def _seconds(process: int) -> float:
    """Processor time of a process so far; none where the system does not tell in `/proc`."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
