"""Reading a text file that somebody may have named wrongly: the failures as data."""

from __future__ import annotations

import codecs
import os
import stat
from typing import Final, Literal

from msgspec import Struct

from codemation.text.patterns import lazy

BOM = "\ufeff"

MOST_BYTES: Final = 16 * 2**20
"""What is read of a file at most; a configuration is a thousandth of it."""

_CHUNK: Final = 2**16

_FILES: Final = frozenset({stat.S_IFREG, stat.S_IFDIR})
"""What is opened; to open a folder tells what it is."""

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
"""What a file begins with; that of UTF-32 begins as UTF-16's does."""

_WIDE: Final = (
    (lazy(r"[^\0]\0{3}|\0{3}[^\0]"), "UTF-32"),
    (lazy(r"(?:[^\0]\0){2}|(?:\0[^\0]){2}"), "UTF-16"),
)
"""How it begins in characters that are ASCII; a single NUL is only damage."""

_HOW: Final = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_AT_ONCE: Final = getattr(os, "O_NONBLOCK", 0)


Hindrance = Literal["missing", "broken link", "directory", "pipe", "permission", "size", "encoding", "other"]
"""What keeps a file from being read."""


class Unreadable(Struct, frozen=True):
    """Why a file could not be read; `reason` continues the sentence "FILE …", `line` (from 1) where it is known."""

    kind: Hindrance
    reason: str
    line: int | None = None


def read_text(path: str, *, named: bool, most: int = MOST_BYTES, marked: bool = False) -> str | Unreadable:
    """The file's text: UTF-8, of at most `most` bytes (16 MiB), without a byte order mark unless it may be `marked`.

    What was found by itself must be a regular file, or a link to one. What somebody `named` may also be a pipe or a
    device, which is read to its end.
    """
    try:
        data = _bytes_of(path, named=named, most=most)
    except (OSError, ValueError) as error:
        return _unreadable(path, error)
    if data is None:
        return Unreadable("pipe", "is a pipe or a device, not a file")
    if len(data) > most:
        return Unreadable(
            "size", f"is larger than {most >> 20} MiB" if most >> 20 else f"is larger than {most >> 10} KiB"
        )
    text = _decoded(data)
    return text if marked or isinstance(text, Unreadable) else text.removeprefix(BOM)


def _unreadable(path: str, error: OSError | ValueError) -> Unreadable:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            if os.path.islink(path):
                return Unreadable("broken link", "is a broken link")
            return Unreadable("missing", "does not exist")
        case IsADirectoryError():
            return Unreadable("directory", "is a directory, not a file")
        case PermissionError():
            return Unreadable("permission", "may not be read by this user")
        case OSError(strerror=str(said)):
            return Unreadable("other", f"cannot be read: {said}")
        case _:
            return Unreadable("other", "cannot be read: its name is not valid")


def _bytes_of(path: str, *, named: bool, most: int) -> bytes | None:
    """What is in the file, up to a chunk beyond the limit; `None` if it is not a file."""
    # A pipe without a writer would be waited for when it is opened, and one with a writer would take from it what is
    # meant for another: only one that somebody named is opened.
    if not named and stat.S_IFMT(os.stat(path).st_mode) not in _FILES:
        return None
    file = os.open(path, _HOW if named else _HOW | _AT_ONCE)
    try:
        if not named and stat.S_IFMT(os.fstat(file).st_mode) not in _FILES:
            return None
        chunks, size = [], 0
        while size <= most and (chunk := os.read(file, _CHUNK)):
            chunks.append(chunk)
            size += len(chunk)
        return b"".join(chunks)
    finally:
        os.close(file)


def _decoded(data: bytes) -> str | Unreadable:
    try:
        text = data.decode()
        # Without a mark UTF-16 and UTF-32 are UTF-8 too, if they are ASCII: with NULs between the characters.
        if "\0" not in text[:4]:
            return text
        encoding = next((name for pattern, name in _WIDE if pattern.match(text)), None)
        return text if encoding is None else Unreadable("encoding", f"is {encoding}, not UTF-8")
    except UnicodeDecodeError as error:
        encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None)
        if encoding:
            return Unreadable("encoding", f"is {encoding}, not UTF-8")
        line = data.count(b"\n", 0, error.start) + 1
        return Unreadable("encoding", f"is not UTF-8 (line {line})", line)
