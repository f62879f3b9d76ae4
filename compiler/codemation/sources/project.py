"""Where the project is: its root, and its `codemation.toml` if there is one (spec section 1)."""

from __future__ import annotations

import os
from collections.abc import Iterator

from msgspec import Struct

from codemation.text.patterns import lazy
from codemation.text.redaction import Unshown, redact_argument

CONFIG_NAME = "codemation.toml"

STANDARD_INPUT = "/dev/stdin"
"""The file that is named where `-` is."""

_LOOKS_LIKE_IT = lazy(
    r"(?i)\.?codemation(?:\.config)?\.(?:toml(?:\.txt)?|ya?ml|jsonc?|json5|[cm]?[jt]s)|codemation\.tml|\.codemationrc"
)


class Project(Unshown, Struct, frozen=True):
    """`root` is an absolute path; `config` the file to read, `None` where there is none and none was asked for.

    `explicit` tells that somebody named the file, so that it must exist; `missing_root` that the root is no folder.
    `named` is that file or folder as it was spelt. `misnamed` is a file in a root without one that looks like it.
    """

    root: str
    config: str | None
    explicit: bool = False
    missing_root: bool = False
    named: str = ""
    misnamed: str = ""

    def display(self, path: str) -> str:
        """A path as origins name it: relative to the root where it lies inside, else as it is.

        Without credentials: a URL may have been taken for a path.
        """
        return redact_argument(path).removeprefix(os.path.join(redact_argument(self.root), ""))


def find_project(root: str | os.PathLike[str] | None, config: str | os.PathLike[str] | None) -> Project:
    """Find the project.

    The root is `root`, else the folder of `config`, else the nearest folder at or above the working directory that
    holds `codemation.toml`, else the working directory. Both arguments are relative to the working directory.
    """
    if config is not None:
        file = os.path.abspath(config)
        folder = os.path.abspath(root) if root is not None else os.path.dirname(file)
        missing = root is not None and not os.path.isdir(folder)
        spelt = redact_argument(os.fspath(root if root is not None and missing else config))
        return Project(folder, file, explicit=True, missing_root=missing, named=spelt)
    folder = os.path.abspath(root) if root is not None else nearest_root(os.getcwd())
    file = os.path.join(folder, CONFIG_NAME)
    if os.path.lexists(file):
        return Project(folder, file)
    missing = not os.path.isdir(folder)
    return Project(
        folder, None, missing_root=missing, named=redact_argument(os.fspath(root or folder)), misnamed=_misnamed(folder)
    )


def config_paths(root: str | os.PathLike[str] | None, config: str | os.PathLike[str] | None) -> tuple[str, ...]:
    """Where `find_project` looks for the file: the last of these is the one it takes, if that is there."""
    if config is not None:
        return (os.path.abspath(config),)
    folders = [os.path.abspath(root)] if root is not None else _upward(os.getcwd())
    return tuple(os.path.join(folder, CONFIG_NAME) for folder in folders)


def _misnamed(folder: str) -> str:
    """The first file that looks like the configuration, and is not read."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ""
    return next((name for name in names if _LOOKS_LIKE_IT.fullmatch(name)), "")


def nearest_root(start: str) -> str:
    """The project root for who works in a folder, and names none."""
    *_, last = _upward(start)
    return last if os.path.lexists(os.path.join(last, CONFIG_NAME)) else start


def _upward(start: str) -> Iterator[str]:
    """The folders from here up to the first that holds the file, or to the top."""
    folder, below = start, ""
    while folder != below:
        yield folder
        if os.path.lexists(os.path.join(folder, CONFIG_NAME)):
            return
        folder, below = os.path.dirname(folder), folder
