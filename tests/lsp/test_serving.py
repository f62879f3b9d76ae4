"""However a server ends, nothing of it stays behind."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.lsp.editor import Editor, project

SQLITE = '[app.database]\nkind = "sqlite"\n'
URL = "DATABASE_URL=postgresql://app:s3cret@db.example.com/app\n"


def takes_its_leave(editor: Editor) -> None:
    editor.request("shutdown", None)
    editor.notify("exit", None)


def exits_at_once(editor: Editor) -> None:
    editor.notify("exit", None)


def is_killed(editor: Editor) -> None:
    stream = editor._process.stdin
    assert stream
    stream.close()


def is_cut_off(editor: Editor) -> None:
    stream = editor._process.stdin
    assert stream
    stream.write(b"Content-Length: 100\r\n\r\n{")
    stream.close()


def sends(name: str) -> Callable[[Editor], None]:
    def send(editor: Editor) -> None:
        editor._process.send_signal(getattr(signal, name))

    send.__name__ = f"sends_{name}"
    return send


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (takes_its_leave, 0),
        (exits_at_once, 1),
        (is_killed, 1),
        (is_cut_off, 1),
        (sends("SIGINT"), 1),
        (sends("SIGTERM"), -signal.SIGTERM),
        (sends("SIGHUP"), -1),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_a_server_leaves_nothing_behind(tmp_path: Path, end: Callable[[Editor], None], code: int) -> None:
    uri, _ = project(tmp_path / "project", SQLITE, URL)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    editor = Editor(tmp_path, environment={"TMPDIR": str(scratch)})
    try:
        editor.shown(uri, SQLITE)
        assert [one.name.rpartition("-")[0] for one in scratch.iterdir()] == ["codemation-rules"]
        end(editor)
        assert editor._process.wait(20) == code
    finally:
        editor._process.kill()
        editor._process.wait()
        for stream in (editor._process.stdin, editor._process.stdout):
            assert stream
            stream.close()
    assert list(scratch.iterdir()) == []
