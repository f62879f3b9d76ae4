"""What `-o` never writes over, whichever command has it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from codemation.settings.host_variables import AUTH_SECRET
from codemation.sources.project import CONFIG_NAME
from codemation.text.patterns import lazy

if TYPE_CHECKING:
    from codemation.resolution.semantic_model import SemanticModel

SQLITE_HEADER: Final = b"SQLite format 3\0"
"""How a file of SQLite begins (its documentation, "Database File Format", 1.3.1)."""
SQLITE_COMPANIONS: Final = ("-wal", "-journal", "-shm")
"""How the names end of the files beside it, which hold what is not in it yet."""

_ENV_FILE: Final = lazy(r"\.env(?:rc|[._-].*)?|.*\.env")
"""Names that env files have, here and for other programs."""


def spared(file: str, read: Sequence[SemanticModel], *, configuration: bool) -> str | None:
    """What would be lost by writing to a file, in words; `None` where nothing is that matters here.

    `read` tells what the text was made of, which may be nothing. Whatever it was, what is in force in the working
    directory is spared too: the next command reads it.
    """
    if stat.S_ISBLK(os.stat(file).st_mode):
        return "a disk"
    if not os.path.isfile(file):
        return None
    if _is_database(file):
        return "a database"
    # By what it is called, also where that is a link to another name; and by what it is, whatever the path to it.
    names = {os.path.basename(path) for path in (os.path.abspath(file), os.path.realpath(file))}
    named = any(_ENV_FILE.fullmatch(name) for name in names) or (CONFIG_NAME in names and not configuration)
    if named or any(_is_same(path, file) for path in _inputs([*read, _in_force()])):
        return "a file that is read"
    return None


def _in_force() -> SemanticModel:
    """What a command without options would read here; no pipe is read for that."""
    from codemation.pipeline import compile_inputs, read_inputs  # noqa: PLC0415  (`schema` compiles nothing else)

    return compile_inputs(read_inputs(unsaved={}), {}).model


def _inputs(models: Sequence[SemanticModel]) -> Iterator[str]:
    """The configuration, the env files and the files of secrets, those too that did not count this time."""
    for model in models:
        own = {name for setting in model.catalogue.hosts if setting.secret for name in setting.variables}
        named = (name for names in model.offers.names.values() for name in names)
        yield from (model.project.config,) if model.project.config is not None else ()
        yield from model.environment.paths()
        yield from model.environment.secret_paths({AUTH_SECRET, *own, *named, *model.provider_variables})


def _is_same(path: str, file: str) -> bool:
    with suppress(OSError, ValueError):
        return os.path.samefile(path, file)
    return False


def _is_database(file: str) -> bool:
    """Whether a file is one of SQLite, or belongs to one: that of `sqliteFilePath`, in force or not, or any other."""
    ends = next((end for end in SQLITE_COMPANIONS if file.endswith(end)), "")
    return any(_has_header(path) for path in {file, file.removesuffix(ends)})


def _has_header(file: str) -> bool:
    with suppress(OSError), open(file, "rb") as opened:
        return opened.read(len(SQLITE_HEADER)) == SQLITE_HEADER
    return False
