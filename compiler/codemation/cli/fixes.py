"""`check --fix` and `--diff`: the repairs are made in the file, or shown."""

from __future__ import annotations

import errno
import os
import stat
import sys
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codemation.cli.output import DEVICES, ChangedError, terminal, write_file
from codemation.reports import Locations
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.fixing import Repaired
    from codemation.pipeline import Compilation


WRITABLE: Final = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class Fixed(Struct, frozen=True):
    """What was repaired in one project; `failure` is why nothing could be, in a sentence with what to do."""

    before: Compilation
    locations: Locations
    failure: str | None = None

    @property
    def repaired(self) -> Repaired:
        """What was made of the file, or would have been."""
        return self.before.repaired

    @property
    def compilation(self) -> Compilation:
        """What is in the file now."""
        return self.before if self.failure else self.before.after_repairs

    @property
    def count(self) -> int:
        """How much was repaired."""
        return 0 if self.failure else len(self.repaired.diagnostics)

    @property
    def name(self) -> str:
        """The file as people call it."""
        return self.locations.shown(self.before.model.source.name)


def fix(compilation: Compilation, *, to_output: bool = False) -> Fixed:
    """Repair the file of a project, or `to_output` print its text, repaired or not. Never raises for the file."""
    fixed = plan(compilation)
    if to_output:
        _print(compilation.model.source.mark + fixed.repaired.text)
    elif fixed.count and (failure := _rewrite(fixed)):
        return Fixed(fixed.before, fixed.locations, failure)
    return fixed


def plan(compilation: Compilation) -> Fixed:
    """What would be repaired; nothing is written."""
    return Fixed(compilation, Locations(compilation.model, os.getcwd()))


def told(fixed: Fixed) -> str:
    """How many were repaired, and each with its place and what was done, whole lines; nothing of a failure."""
    if fixed.failure:
        return ""
    screen = terminal()
    head = f"repaired {fixed.count} in {fixed.name}" if fixed.count else f"nothing to repair in {fixed.name}"
    lines = wrap(screen.visible(head), screen.width, indent="  ", first="")
    for one in fixed.repaired.diagnostics if fixed.count else ():
        start = one.span.start if one.span else None
        place = f"{start.line}:{start.column}" if start else ""
        key = f"{one.key}: " if one.key else ""
        lines += wrap(
            screen.visible(f"{key}{one.fixes[0].title}"), screen.width, indent=" " * 10, first=f"  {place:<8}"
        )
    return "\n".join(lines) + "\n\n"


def _print(text: str) -> None:
    """Print the text of a file as it is, in UTF-8, whatever the terminal speaks."""
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    raw.write(text.encode())
    raw.flush()


def _rewrite(fixed: Fixed) -> str | None:
    """Write the file anew, whole, with its owner, mode and byte order mark; why not, if it was left as it was."""
    model = fixed.before.model
    named = model.project.config or ""
    # What stands under `/dev/fd` is a link to what is no path (`pipe:[5]`), or to a file under another's name.
    if named.startswith(DEVICES) or (os.path.exists(named) and not os.path.isfile(named)):
        return f"{fixed.name} is a pipe or a device, which cannot be repaired: let `codemation check --fix -` print it"
    path = os.path.realpath(named)
    try:
        # Root may write whatever its mode is; who set that meant it.
        if not os.stat(path).st_mode & WRITABLE or not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "its mode is for reading only")
        mark = model.source.mark
        write_file(path, mark + fixed.repaired.text, private=False, expected=(mark + model.source.text).encode())
    except (ChangedError, FileNotFoundError):
        return f"{fixed.name} was changed while it was checked, and was left as it is: run it again"
    except OSError as error:
        return (
            f"{fixed.name} cannot be repaired, and was left as it is: {error.strerror or error}. Make the file and its "
            "folder writable, or write yourself what `codemation check --diff` shows"
        )
    return None
