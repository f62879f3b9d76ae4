"""Checks of where a SQLite file lies."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from codemation.backend.doctor.check import Checks, Finding, ok, skipped, warn
from codemation.backend.doctor.sqlite import writing
from codemation.text.patterns import lazy
from codemation.text.redaction import redact

if TYPE_CHECKING:
    from codemation.backend.doctor.sqlite.opened import File

CHECKS: Final = Checks()

MOUNTS = "/proc/self/mounts"
"""Linux's table of file systems."""

_REMOTE: Final = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ncpfs", "coda", "9p", "virtiofs", "ceph", "glusterfs"),
        *("lustre", "gpfs", "beegfs", "ocfs2", "gfs2", "davfs", "vboxsf", "prl_fs", "drvfs", "vmhgfs", "osxfs"),
    }
)
"""File systems whose files are another machine's (or another kernel's, for a virtual one)."""

_ESCAPED: Final = lazy(r"\\([0-7]{3})")
"""How the table writes a blank, and a few others (getmntent's manual)."""


@CHECKS.add(
    "file-system",
    "whether the file is on this machine, and not on a network file system",
    """\
SQLite relies on locks and on memory that all processes share. Network file systems (NFS, SMB, those that
FUSE brings, folders that a virtual machine or a container gets from its host) have these badly or not at
all; sqlite.org says so of WAL in `wal.html`, "All processes using a database must be on the same host".
It works until two hosts open it; then the file is damaged.

Put the file on a local disk (in a container: a volume, not a folder of the host), or use PostgreSQL.
""",
)
def file_system(file: File) -> Finding:
    """By the type of the file system that its folder is mounted from."""
    kind = _kind(os.path.realpath(file.folder))
    if kind is None:
        return skipped("this system has no /proc/self/mounts to tell by")
    if kind in _REMOTE or (kind.startswith("fuse.") and kind != "fuse.fuse-overlayfs"):
        return warn(
            f"{redact(str(file.folder))} is on a network file system ({kind}), where locks are not to be relied on",
            "State a `sqliteFilePath` on a local disk, or use PostgreSQL.",
        )
    return ok(f"{kind}, on this machine")


def _kind(folder: str) -> str | None:
    """The type of the file system that a folder is on: of the longest mount point above it, the last one if several."""
    best: tuple[int, str] | None = None
    with suppress(OSError), open(MOUNTS, encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            _, point, kind, *_ = line.split(" ")
            point = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), point)
            under = folder == point or folder.startswith(point.rstrip("/") + "/")
            if under and (best is None or len(point) >= best[0]):
                best = (len(point), kind)
    return best[1] if best else None


@CHECKS.add(
    "modes",
    "who else may read or replace the file",
    """\
The file holds what every run has seen, and credentials' metadata: it is made for its owner alone (0600),
in a folder of its own (0700). A boot takes the rights of others away where the file is its user's. A
folder in which others may write lets them put another file in its place.

    chmod 600 FILE; chmod go-w FOLDER
""",
)
def modes(file: File) -> Finding:
    """Of the file, and of its folder, unless that is one for all (sticky, as `/tmp`)."""
    if os.name != "posix":
        return skipped("this system has other rights than modes")
    folder = file.folder.stat()
    own = stat.S_IMODE(file.path.stat().st_mode) if file.exists else 0o600
    shown = redact(str(file.path))
    if own & 0o077:
        return warn(f"others may use the file (mode {own:04o})", f"chmod 600 {shown}")
    mode = stat.S_IMODE(folder.st_mode)
    if mode & 0o022 and not mode & stat.S_ISVTX:
        return warn(f"others may replace the file: they may write in its folder (mode {mode:04o})", _closing(file))
    return ok(f"file {own:04o}, folder {mode:04o}" if file.exists else f"folder {mode:04o}; the file will be 0600")


def _closing(file: File) -> str:
    return f"chmod go-w {redact(str(file.folder))}"


@CHECKS.add(
    "disk",
    "how much room the disk has left",
    """\
Beside the file SQLite writes a log (WAL) of the newest changes, and a migration that makes a table anew
needs as much room as the table. With less than 16 MiB left a boot or a write is about to fail
(CM503, "the disk is full"). Free some, or move the file to another disk. So it is where no inode is left
(`df -i`), or where the process may write no file of that size (`ulimit -f`).
""",
)
def disk(file: File) -> Finding:
    """What is left for this user."""
    return writing.space(file)
