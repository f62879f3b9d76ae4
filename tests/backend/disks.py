"""Small disks, and how full they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

FILLER = "filler"
"""The file that takes what is to be taken."""


@contextmanager
def small_disk(folder: Path, megabytes: int, *more: str) -> Iterator[Path]:
    """A disk of that size, with nothing on it, at the folder; the test is skipped where none can be mounted."""
    folder.mkdir(exist_ok=True)
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("only root can mount a small disk")
    options = ["-t", "tmpfs", "-o", ",".join((f"size={megabytes}m,mode=0700", *more)), "none", str(folder)]
    if subprocess.run([mount, *options], check=False, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607


def leave(folder: Path, free: int) -> None:
    """Let so many bytes be free there."""
    with (folder / FILLER).open("wb", buffering=0) as filler, suppress(OSError):
        while filler.write(bytes(4096)):
            pass
    os.truncate(folder / FILLER, max(0, (folder / FILLER).stat().st_size - free))


def read_only(folder: Path) -> None:
    """Let a small disk be for reading only, from now on."""
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)  # noqa: S607
