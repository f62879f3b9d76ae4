"""Waiting until what files say may have changed.

Two ways, because each alone fails somewhere. The system tells at once what happens in a folder, but nothing more of one
that was moved or made anew, and on network file systems not what others do. So the files are also looked at about once
a second: that is sure, but slow.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing

QUIET = 0.1
"""Seconds without a change after which a burst of them is over: an editor saves in several steps."""

LONGEST_BURST = 1.0
"""Seconds after which a burst is taken as it is."""

TICK = 1.0
"""Seconds between two snapshots."""

MOST_LINKS = 40
"""Links followed in one path, as many as Linux follows."""

Snapshot = Mapping[str, tuple[object, ...] | None]
"""What stands at every place that paths lead through: enough of it to see that something else does; `None`: nothing."""


def snapshot(paths: Sequence[str]) -> Snapshot:
    """Look at files (absolute paths), at the folders and links that lead to them, and at what those lead through."""
    found: dict[str, tuple[object, ...] | None] = {}
    for path in paths:
        _follow(path, found)
    return found


def wait(paths: Sequence[str], seen: Snapshot, tick: Callable[[], object]) -> None:
    """Return when there may be something else to read at `paths` than when they looked like `seen`.

    Returns after the last of several changes. Calls `tick` about once a second, which may raise to end the waiting.
    """
    # Of what is missing that is the folder in which it, or the first missing folder on the way to it, would appear.
    folders = {os.path.dirname(place) for place, state in seen.items() if state is None or state[0] != stat.S_IFDIR}
    with closing(_batches(sorted(folders))) as batches:
        # The first look also tells of what happened before the watch began.
        while snapshot(paths) == seen:
            tick()
            if not seen.keys().isdisjoint(next(batches)):
                break
    end = time.monotonic() + LONGEST_BURST
    before: Snapshot = seen
    while (now := snapshot(paths)) != before and time.monotonic() < end:
        before = now
        time.sleep(QUIET)


def _follow(path: str, found: dict[str, tuple[object, ...] | None]) -> None:
    """Add every place that a path leads through, links replaced by what they lead to."""
    place, rest, links = os.sep, path.split(os.sep), 0
    while rest:
        name = rest.pop(0)
        if name == os.pardir:
            place = os.path.dirname(place)
        if name in {"", os.curdir, os.pardir}:
            continue
        place = os.path.join(place, name)
        found[place] = state = _state(place)
        if state is None:
            break
        if state[0] == stat.S_IFLNK and links < MOST_LINKS:
            links += 1
            target = str(state[1])
            rest = target.split(os.sep) + rest
            place = os.sep if target.startswith(os.sep) else os.path.dirname(place)


def _state(place: str) -> tuple[object, ...] | None:
    try:
        found = os.lstat(place)
        kind = stat.S_IFMT(found.st_mode)
        if kind == stat.S_IFLNK:
            return kind, os.readlink(place)
    except (OSError, ValueError):
        return None
    same = (kind, found.st_mode, found.st_dev, found.st_ino)
    # A folder changes with everything that is written into it.
    return (*same, found.st_size, found.st_mtime_ns) if kind == stat.S_IFREG else same


def _batches(folders: Sequence[str]) -> Generator[set[str]]:
    """The paths that changed in folders, and an empty set whenever a second passed without any."""
    from watchfiles import watch  # noqa: PLC0415  (40 ms)

    changes = watch(
        *folders,
        watch_filter=None,
        recursive=False,
        step=int(QUIET * 500),
        debounce=int(QUIET * 1000),
        rust_timeout=int(TICK * 1000),
        yield_on_timeout=True,
        ignore_permission_denied=True,
    )
    try:
        for batch in changes:
            yield {path for _, path in batch}
    except (OSError, RuntimeError, ValueError):
        # The system has no watches left, or a folder has just gone, or its name is not UTF-8: then only look.
        while True:
            time.sleep(TICK)
            yield set()
