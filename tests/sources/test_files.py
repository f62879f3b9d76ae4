"""What is read of a path, and what is not: pipes, devices, large files, other encodings."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from codemation.sources.files import MOST_BYTES, Unreadable, read_text


def test_a_pipe_that_was_found_is_refused_at_once(tmp_path: Path) -> None:
    """Nobody writes to it: to wait for somebody would be for ever."""
    pipe = tmp_path / "codemation.toml"
    os.mkfifo(pipe)
    assert read_text(str(pipe), named=False) == Unreadable("pipe", "is a pipe or a device, not a file")


def test_nothing_is_taken_from_a_pipe_that_was_found(tmp_path: Path) -> None:
    """Whoever writes to it goes on waiting for the one that it is meant for."""
    pipe = tmp_path / ".env"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("A=1\n",))
    writer.start()
    for _ in range(20):
        assert isinstance(read_text(str(pipe), named=False), Unreadable)
        time.sleep(0.01)
    assert writer.is_alive()
    assert pipe.read_text() == "A=1\n"
    writer.join()


def test_a_device_that_was_found_is_refused(tmp_path: Path) -> None:
    link = tmp_path / ".env"
    link.symlink_to("/dev/zero")
    assert read_text(str(link), named=False) == Unreadable("pipe", "is a pipe or a device, not a file")


def test_a_pipe_that_was_named_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = "a = 1\n" * 40_000  # more than a pipe holds at once
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    assert read_text(str(pipe), named=True) == text
    writer.join()


def test_a_named_device_is_read_up_to_the_limit() -> None:
    assert read_text("/dev/null", named=True) == ""
    assert read_text("/dev/zero", named=True) == Unreadable("size", "is larger than 16 MiB")


@pytest.mark.parametrize("named", [False, True])
def test_sixteen_mebibytes_are_read_and_no_more(tmp_path: Path, *, named: bool) -> None:
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, MOST_BYTES)
    assert read_text(str(path), named=named) == "\0" * MOST_BYTES
    os.truncate(path, MOST_BYTES + 1)
    assert read_text(str(path), named=named) == Unreadable("size", "is larger than 16 MiB")


@pytest.mark.parametrize("text", ["name = 'shop'\n", "N=1", "# ü\n", "\nA=1\n", "A=\u4e2d\n"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("order", ["le", "be"])
@pytest.mark.parametrize("width", ["16", "32"])
def test_a_wider_encoding_is_called_by_its_name(tmp_path: Path, width: str, order: str, mark: str, text: str) -> None:
    path = tmp_path / ".env"
    path.write_text(mark + text, encoding=f"utf-{width}-{order}", newline="")
    if not mark and not text.isascii():
        # Its bytes may be no UTF-8 either.
        assert isinstance(read_text(str(path), named=False), Unreadable)
    else:
        assert read_text(str(path), named=False) == Unreadable("encoding", f"is UTF-{width}, not UTF-8")


@pytest.mark.parametrize("text", ["\0", "\0\n", "A\0", "A\0B=1\n", "\0A=1\n", "\0\0\n", "A=1\nB\0=2\n", "\0" * 64])
def test_a_nul_does_not_make_a_wider_encoding(tmp_path: Path, text: str) -> None:
    path = tmp_path / ".env"
    path.write_text(text, encoding="utf-8", newline="")
    assert read_text(str(path), named=False) == text


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "codemation.toml"
    path.write_text("name = 'shop'\n", encoding="utf-8-sig")
    assert read_text(str(path), named=False) == "name = 'shop'\n"


def test_the_line_of_a_byte_that_is_no_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "codemation.toml"
    path.write_bytes(b"a = 1\nb = '\xe9'\n")
    assert read_text(str(path), named=False) == Unreadable("encoding", "is not UTF-8 (line 2)", 2)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("missing", Unreadable("missing", "does not exist")),
        ("file/below", Unreadable("missing", "does not exist")),
        ("link", Unreadable("broken link", "is a broken link")),
        ("folder", Unreadable("directory", "is a directory, not a file")),
        ("a\0b", Unreadable("other", "cannot be read: its name is not valid")),
        ("x" * 300, Unreadable("other", "cannot be read: File name too long")),
    ],
)
def test_what_else_cannot_be_read(tmp_path: Path, name: str, expected: Unreadable) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    assert read_text(str(tmp_path / name), named=True) == expected
