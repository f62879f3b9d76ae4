"""`codemation check --fix` and `--diff`: the file is repaired whole, as it was laid out, or is as it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemation.cli import fixes
from codemation.schema.outputs import output_schema
from tests.cli.running import Ran, base_environment, mode, run, write
from tests.torture import searching

pytestmark = pytest.mark.usefixtures("project")

BEFORE = """\
# Größe
[app.databse] # one
kind   =   'SQLite'\t# two

[app]
frontend_port = "3000"
"""
AFTER = """\
# Größe
[app.database] # one
kind   =   'sqlite'\t# two

[app]
frontendPort = 3000
"""
SECRET = '[app.database]\nKind = "postgres"\nurl = "postgresql://u:s3cret@h/d"\nx = "s3cret" # s3cret\n'


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("bits", [0o600, 0o644, 0o664])
def test_comments_line_ends_mark_and_mode_stay(line_end: str, mark: bytes, bits: int) -> None:
    file = Path("codemation.toml")
    file.write_bytes(mark + BEFORE.replace("\n", line_end).encode())
    file.chmod(bits)
    ran = run("check", "--fix", "--root", ".")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(
        "repaired 4 in codemation.toml\n"
        "  2:6     app.databse: call it `database`\n"
        "  6:1     app.frontend_port: call it `frontendPort`\n"
        "  3:12    app.database.kind: write 'sqlite'\n"
        "  6:16    app.frontendPort: write 3000\n"
        "\n"
        "ok: no problems found\n"
        "checked codemation.toml"
    )
    assert file.read_bytes() == mark + AFTER.replace("\n", line_end).encode()
    assert (mode(file), os.listdir()) == (bits, ["codemation.toml"])
    assert run("check", "--fix").out.startswith("nothing to repair in codemation.toml\n\nok: no problems found\n")


def test_what_takes_a_guess_is_reported_and_the_text_says_what_can_be_repaired() -> None:
    file = write('[app.retention]\nrun_seconds = "5"\nrunSecond = 5\n')
    assert "\n2 errors\n2 repairs take no guess: `codemation check --fix`\nchecked " in run("check").out
    ran = run("check", "--fix")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.startswith("repaired 2 in codemation.toml\n")
    assert "error[CM101]: `app.retention.runSecond` is not a known key\n" in ran.out
    assert "\n1 error\nchecked " in ran.out
    assert file.read_text() == "[app.retention]\nrunSeconds = 5\nrunSecond = 5\n"
    assert run("check", "--fix", "-q").out.startswith("error[CM101]")


def said(*options: str) -> str:
    """What the line says that counts the repairs."""
    text = run("check", *options).out
    return " ".join(text.partition(" no guess: ")[2].partition("\nchecked")[0].split())


def test_what_makes_the_repairs_is_told_as_one_types_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("bad", "two words", "-x"):
        write(BEFORE, project / name)
    (project / "other.toml").write_text(BEFORE, encoding="utf-8")
    write(BEFORE)
    assert said() == said("--root", ".") == said("codemation.toml") == "`codemation check --fix`"
    assert said("bad") == said("--root", "bad") == "`codemation check --fix bad/codemation.toml`"
    assert said("two words") == "`codemation check --fix 'two words/codemation.toml'`"
    assert said("--root", "./-x") == "`codemation check --fix ./-x/codemation.toml`"
    assert said("other.toml") == "`codemation check --fix other.toml`"
    assert run("check", "--fix", "two words", "-q").code == 0
    assert said("two words") == ""
    (project / "below").mkdir()
    monkeypatch.chdir("below")
    assert said() == "`codemation check --fix`"
    assert said("../bad") == f"`codemation check --fix {project}/bad/codemation.toml`"
    wide = run("check", "../bad").out
    assert max(map(len, wide.split("\n"))) <= 80 or str(project) in wide


def test_every_format_counts_what_is_made() -> None:
    write(
        '[app]\ndatabaseUrl = "postgresql://h/d"\n[database]\nkind = "postgresql"\n[log]\nlevel = "INFO"\nfilter="*"\n'
    )
    text = run("check").out
    data = json.loads(run("check", "--json").out)
    sarif = json.loads(run("check", "--format", "sarif").out)["runs"][0]["results"]
    made = [bool(one["fixes"]) for one in data["diagnostics"]]
    assert made == [bool(one.get("fixes")) for one in sarif] == [True, False, True]
    assert "\n3 repairs take no guess: " in text
    assert data["projects"][0]["repairable"] == 3
    assert run("check", "--diff").err.startswith("3 would be repaired ")
    assert run("check", "--fix").out.startswith("repaired 3 in codemation.toml\n")


def test_a_link_stays_one(tmp_path: Path) -> None:
    target = tmp_path / "real.toml"
    target.write_text(BEFORE, encoding="utf-8")
    Path("codemation.toml").symlink_to(target)
    assert run("check", "--fix").code == 0
    assert Path("codemation.toml").is_symlink()
    assert target.read_text(encoding="utf-8") == AFTER


def test_a_file_that_is_right_is_not_touched() -> None:
    file = write(AFTER)
    before = file.stat()
    assert run("check", "--fix").code == 0
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("then", ["[app]\n", None])
def test_a_file_that_was_changed_meanwhile_is_left_alone(monkeypatch: pytest.MonkeyPatch, then: str | None) -> None:
    file = write(BEFORE)
    plan = fixes.plan

    def changed(*arguments: object) -> fixes.Fixed:
        planned = plan(*arguments)  # type: ignore[arg-type]
        file.unlink() if then is None else file.write_text(then)
        return planned

    monkeypatch.setattr(fixes, "plan", changed)
    ran = run("check", "--fix")
    assert ran.code == 2
    said = " ".join(ran.err.split())
    assert "codemation.toml was changed while it was checked, and was left as it is: run it again" in said
    assert (file.read_text() if file.exists() else None) == then
    assert [path.name for path in Path.cwd().iterdir()] == ["codemation.toml"] * (then is not None)


def test_a_full_disk_leaves_the_file_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(BEFORE)
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    ran = run("check", "--fix")
    assert ran.code == 2
    said = " ".join(ran.err.split())
    assert "cannot be repaired, and was left as it is: No space left on device. Make the file" in said
    assert ran.out.startswith("error[CM101]")
    assert (file.read_text(encoding="utf-8"), os.listdir()) == (BEFORE, ["codemation.toml"])


NOBODY = 65534
"""Somebody whose rights count, where the tests run as root."""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others may enter, as pytest's may not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_mode_for_reading_only_is_minded_by_root_too() -> None:
    file = write(BEFORE)
    file.chmod(0o444)
    ran = run("check", "--fix")
    assert ran.code == 2
    assert "its mode is for reading only. Make the file" in " ".join(ran.err.split())
    assert file.read_text(encoding="utf-8") == BEFORE


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_may_not_be_written_is_told_with_a_remedy(what: str, open_folder: Path) -> None:
    file = write(BEFORE, open_folder)
    file.chmod(0o444 if what == "file" else 0o666)
    open_folder.chmod(0o555 if what == "folder" else 0o777)
    code, said = as_nobody("check", "--fix", "--root", str(open_folder))
    assert code == 2
    remedy = "Make the file and its folder writable, or write yourself what `codemation check --diff` shows"
    assert remedy in " ".join(said.split())
    assert (file.read_text(encoding="utf-8"), os.listdir(open_folder)) == (BEFORE, ["codemation.toml"])


AS_NOBODY = f"""
import os, sys, tempfile
from codemation.cli import main
main(["check", "--diff", *sys.argv[3:]])  # what it takes is imported while it may be read
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
sys.exit(main(sys.argv[1:]))
"""


def as_nobody(*arguments: str) -> tuple[int, str]:
    """The exit code and the words on standard error of the command, run by somebody who is not root."""
    command = [sys.executable, "-c", AS_NOBODY, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=base_environment())
    return ran.returncode, ran.stderr


def test_several_projects_each_say_what_was_repaired() -> None:
    for name, text in (("a", BEFORE), ("b", AFTER), ("c", SECRET)):
        write(text, Path(name))
    ran = run("check", "--fix", "a", "b", "c/codemation.toml", "a")
    assert [line for line in ran.out.split("\n") if "repair" in line] == [
        "repaired 4 in a/codemation.toml",
        "nothing to repair in b/codemation.toml",
        "repaired 2 in c/codemation.toml",
        "nothing to repair in a/codemation.toml",
    ]
    assert ran.out.endswith("\n\nwrong: 1 of 4 projects\n")
    assert Path("a/codemation.toml").read_text(encoding="utf-8") == AFTER


def test_json_has_the_edits_and_what_was_repaired() -> None:
    file = write(BEFORE)
    data = json.loads(run("check", "--json").out)
    jsonschema.validate(data, output_schema("check"))
    assert [one["fixes"] for one in data["diagnostics"]] == [
        [
            {
                "title": "call it `database`",
                "edits": [{"span": one_line(2, 6, 13), "text": "database"}],
            }
        ],
        [
            {
                "title": "call it `frontendPort`",
                "edits": [{"span": one_line(6, 1, 14), "text": "frontendPort"}],
            }
        ],
    ]
    assert data["projects"][0]["repaired"] == 0
    data = json.loads(run("check", "--json", "--fix").out)
    jsonschema.validate(data, output_schema("check"))
    assert (data["diagnostics"], data["projects"][0]["repaired"]) == ([], 4)
    assert file.read_text(encoding="utf-8") == AFTER


def one_line(line: int, start: int, end: int) -> dict[str, dict[str, int]]:
    return {"start": {"line": line, "column": start}, "end": {"line": line, "column": end}}


def test_sarif_has_the_edits() -> None:
    write('[app]\r\nfrontendPort = "3000"\r\n')
    (result,) = json.loads(run("check", "--format", "sarif").out)["runs"][0]["results"]
    region = {"startLine": 2, "startColumn": 16, "endLine": 2, "endColumn": 22}
    assert result["fixes"] == [
        {
            "description": {"text": "write 3000"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "codemation.toml", "uriBaseId": "%SRCROOT%"},
                    "replacements": [{"deletedRegion": region, "insertedContent": {"text": "3000"}}],
                }
            ],
        }
    ]


def test_diff_shows_it_and_writes_nothing() -> None:
    file = write(BEFORE.rstrip("\n"))
    before = file.stat()
    ran = run("check", "--diff", "--fix")
    assert ran.out == (
        "--- codemation.toml\n"
        "+++ codemation.toml\n"
        "@@ -1,6 +1,6 @@\n"
        " # ***\n"
        "-[app.databse] # ***\n"
        "-kind   =   'SQLite'\t# ***\n"
        "+[app.database] # ***\n"
        "+kind   =   'sqlite'\t# ***\n"
        " \n"
        " [app]\n"
        '-frontend_port = "3000"\n'
        "\\ No newline at end of file\n"
        "+frontendPort = 3000\n"
        "\\ No newline at end of file\n"
    )
    assert (ran.code, ran.err) == (1, "4 would be repaired in codemation.toml; 0 would be left\n")
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    write(AFTER)
    assert run("check", "--diff") == Ran(0, "", "0 would be repaired in codemation.toml; 0 would be left\n")
    assert run("check", "--diff", "-q") == Ran(0, "", "")


@pytest.mark.skipif(not shutil.which("patch"), reason="needs the command patch")
def test_diff_is_one_that_patch_takes_where_nothing_is_masked() -> None:
    text = "".join(f"[workflows.w{number}.prunePolicy]\nrunSeconds = {number}\n" for number in range(1, 9))
    file = write(text.replace("= 1\n", '= "1"\n').replace("= 8\n", '= "8"\n'))
    Path("patch").write_text(run("check", "--diff").out)
    subprocess.run([shutil.which("patch") or "", "--silent", "-p0", "-i", "patch"], check=True)
    assert file.read_text() == text


@given(st.sets(st.integers(min_value=1, max_value=30), min_size=1))
@searching(40)
def test_diff_is_as_any_other(wrong: set[int]) -> None:
    def text(quoted: set[int]) -> str:
        return "".join(
            f"[workflows.w{at}.prunePolicy]\nrunSeconds = {chr(34) * (at in quoted)}{at}{chr(34) * (at in quoted)}\n"
            for at in range(1, 31)
        )

    write(text(wrong))
    before, after = (side.splitlines(keepends=True) for side in (text(wrong), text(set())))
    assert run("check", "--diff").out == "".join(unified_diff(before, after, "codemation.toml", "codemation.toml"))


@pytest.mark.parametrize("wrong", [SECRET, SECRET.replace("Kind =", "kind:")])
def test_no_secret_shows(wrong: str) -> None:
    file = write(wrong)
    for options in (["--diff"], ["--json"], ["--format", "sarif"], ["--fix"]):
        ran = run("check", *options)
        assert "s3cret" not in ran.out + ran.err
        assert 'kind = "postgresql"' in ran.out or options[0] != "--diff"
    assert 'kind = "postgresql"\nurl = "postgresql://u:s3cret@h/d"\nx = "s3cret" # s3cret\n' in file.read_text()


@pytest.mark.parametrize("text", [BEFORE, AFTER, "\n", "[", "\ufeff", f"\ufeff{BEFORE}", "[app]\r\nfrontend_port = 1"])
def test_standard_input_is_printed_repaired(text: str) -> None:
    command = [sys.executable, "-m", "codemation", "check", "--fix", "-"]
    environment = base_environment(LC_ALL="C")
    ran = subprocess.run(command, input=text.encode(), capture_output=True, check=False, env=environment)
    after = {
        BEFORE: AFTER,
        f"\ufeff{BEFORE}": f"\ufeff{AFTER}",
        "[app]\r\nfrontend_port = 1": "[app]\r\nfrontendPort = 1",
    }.get(text, text)
    assert (ran.stdout.decode(), ran.returncode) == (after, int(text == "["))
    assert ran.stderr.decode().startswith("repaired " if after != text else "nothing to repair in ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fix", "--watch"], "--watch only looks"),
        (["--diff", "--watch"], "--watch only looks"),
        (["--diff", "--json"], "--diff prints a diff; the edits themselves are the `fixes` of --format json"),
    ],
)
def test_options_that_do_not_go_together(options: list[str], said: str) -> None:
    write(BEFORE)
    ran = run("check", *options)
    assert (ran.code, ran.out) == (2, "")
    assert said in " ".join(ran.err.split())


def test_what_is_no_file_is_not_repaired(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(BEFORE, "utf-8"))
    writer.start()
    ran = run("check", "--fix", "--config", str(pipe))
    writer.join()
    assert ran.code == 2
    assert "is a pipe or a device, which cannot be repaired" in " ".join(ran.err.split())


def test_what_a_shell_has_opened_is_not_repaired(project: Path) -> None:
    """`check --fix <(…)`: the name of a descriptor leads to no path that could be written."""
    descriptor, end = os.pipe()
    os.write(end, BEFORE.encode())
    os.close(end)
    ran = run("check", "--fix", f"/dev/fd/{descriptor}")
    os.close(descriptor)
    assert ran.code == 2
    assert " is a pipe or a device, which cannot be repaired: let `codemation check --fix -` print" in " ".join(
        ran.err.split()
    )
    assert "no guess" not in ran.out
    file = write(BEFORE)
    with file.open() as opened:
        ran = run("check", "--fix", f"/dev/fd/{opened.fileno()}")
    assert (ran.code, file.read_text(encoding="utf-8"), os.listdir(project)) == (2, BEFORE, ["codemation.toml"])
