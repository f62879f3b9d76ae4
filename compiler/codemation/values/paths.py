"""Kinds of value that are a path: of a file, of a folder."""

from __future__ import annotations

import os
import re
import string
from functools import cached_property
from typing import Any, Final

from codemation.text.patterns import UNEXPANDED, UNSEEN, WHITESPACE, lazy
from codemation.values.base import BLANK, Problem, unicode_problem
from codemation.values.refusal import Refusal, having
from codemation.values.scalars import Text, refused

IN_MEMORY = rf"^[{WHITESPACE}]*:memory:"
URI = rf"^[{WHITESPACE}]*(?:file|sqlite):|://"
HAS_UNSEEN = f"[{UNSEEN}]"
HOME = rf"^[{WHITESPACE}]*~"
UNEXPANDED_PART = rf"{UNEXPANDED}|%[A-Za-z_][A-Za-z0-9_]*%|(?:^|/)\$[A-Z_][A-Z0-9_]*(?:/|$)|`[^`]+`"
FOLDER = r"(^|/)\.{0,2}$"

NO_PATH = (
    having(
        HAS_UNSEEN,
        "holds a control or an invisible character, such as a tab or a zero-width space",
        "take it out; a path with backslashes belongs in single quotes",
    ),
    having(HOME, "starts with `~`, which is not expanded", "write the whole path of the home folder"),
    having(
        UNEXPANDED_PART,
        "holds an unexpanded variable or command, such as `${NAME}`: nothing is expanded here",
        "write what it stands for",
    ),
)
"""What is refused in every path."""

WINDOWS_PATH: Final = lazy(r"[A-Z]:|[a-z]:/|.*\\", re.DOTALL)
"""A drive, or a backslash: of Windows. No schema knows where its document will be read."""

PLAIN_PATH: Final = frozenset(string.ascii_letters + string.digits + "/._-")
"""Of a path that has no other characters only its end is looked at."""


class FilePath(Text):
    """A path of a file on disk; `example` is one."""

    def __init__(self, example: str) -> None:
        self.example = example

    def rooted(self, value: Any, root: str) -> Any:
        """The path from the root of the file system."""
        return os.path.normpath(os.path.join(root, value))

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Blank strings, and what names no file on disk."""
        return (
            BLANK,
            having(
                IN_MEMORY, 'is ":memory:", which is no file on disk', "give a path: the data must outlive the process"
            ),
            having(URI, "is a URI, not a path", f"give a plain path, such as {self.example}"),
            *NO_PATH,
            having(
                FOLDER, "names a folder", f"add the file's name, such as {os.path.basename(self.example)}", quotes=True
            ),
        )

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what names no file on disk."""
        return path_problem(self, value)


class Folder(Text):
    """A path of a folder on disk."""

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Blank strings, and what names no folder on disk."""
        return (BLANK, having(URI, "is a URI, not a path", "give a plain path, such as src/workflows"), *NO_PATH)

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what names no folder on disk."""
        return path_problem(self, value)

    def rooted(self, value: Any, root: str) -> Any:
        """The path from the root of the file system."""
        return os.path.normpath(os.path.join(root, value))


def path_problem(kind: Text, value: str) -> Problem | None:
    """CM105 for a path that is none, or that only another system has."""
    if value and PLAIN_PATH.issuperset(value) and not value.endswith(("/", ".")):
        return None
    problem = unicode_problem(value) or refused(kind, value)
    if problem is None and os.name != "nt" and WINDOWS_PATH.match(value):
        what = "a drive of Windows" if value[1:2] == ":" else "a backslash, which parts folders on Windows only"
        return Problem("CM105", f"has {what}", "write a path of this system, with `/` between folders")
    return problem
