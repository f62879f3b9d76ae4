"""Reading a text file that somebody may have named wrongly: the failures as data."""

from __future__ import annotations

import os
from typing import Literal

from msgspec import Struct

BOM = "\ufeff"


class Unreadable(Struct, frozen=True):
    """Why a file could not be read; `reason` continues the sentence "FILE …", `line` (from 1) where it is known."""

    kind: Literal["missing", "unreadable"]
    reason: str
    line: int | None = None


def read_text(path: str) -> str | Unreadable:
    """The file's text: UTF-8, without a byte order mark."""
    try:
        with open(path, "rb", buffering=0) as file:
            data = file.readall()
    except (FileNotFoundError, NotADirectoryError):
        broken_link = os.path.islink(path)
        return Unreadable(
            "unreadable" if broken_link else "missing", "is a broken link" if broken_link else "does not exist"
        )
    except IsADirectoryError:
        return Unreadable("unreadable", "is a directory, not a file")
    except PermissionError:
        return Unreadable("unreadable", "may not be read by this user")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "its name is not valid"
        return Unreadable("unreadable", f"cannot be read: {reason}")
    try:
        return data.decode().removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Unreadable("unreadable", f"is not UTF-8 (line {line})", line)
