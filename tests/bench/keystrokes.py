"""The part `lsp` of `make bench`: how long a keystroke takes in the language server, with a file of many workflows.

By the clock, as who types waits: over standard input and output, from the new text to the diagnostics, and to each
answer that an editor asks for after it. The server waits 10 ms for more to be typed before it tells diagnostics.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from msgspec import Struct

from tests.bench import inputs as bench_inputs
from tests.bench.measure import shown, table
from tests.lsp.editor import Editor

ROUNDS = 20
SIZES = (14, 1000)


class Keystroke(Struct, frozen=True):
    """What is waited for after a keystroke, with how many workflows: seconds of the clock, round by round.

    `processor` is the server's time for each, on average: `None` where the system does not tell it.
    """

    what: str
    workflows: int
    seconds: list[float]
    processor: float | None


def keystrokes(folder: Path, sizes: tuple[int, ...] = SIZES, rounds: int = ROUNDS) -> Iterator[Keystroke]:
    """Type a digit in a workflow in the middle, and ask what editors ask."""
    for size in sizes:
        root = bench_inputs.project(folder / str(size), bench_inputs.valid(size))
        (root / ".env").write_text("\n".join(f"{n}={v}" for n, v in bench_inputs.ENVIRONMENT.items()), encoding="utf-8")
        editor = Editor(root)
        try:
            yield from _typed(editor, (root / "codemation.toml").as_uri(), size, rounds)
        finally:
            editor.stop()


def _typed(editor: Editor, uri: str, size: int, rounds: int) -> Iterator[Keystroke]:
    text = bench_inputs.valid(size)
    line = text.count("\n", 0, text.index(f"[workflows.workflow{size // 2}.")) + 1
    editor.open(uri, text)
    visible = {"start": {"line": line - 20, "character": 0}, "end": {"line": line + 30, "character": 0}}
    questions: dict[str, Callable[[], Any]] = {
        "hover": lambda: editor.ask("hover", uri, line, 3),
        "definition": lambda: editor.ask("definition", uri, line, 3),
        "completion": lambda: editor.ask("completion", uri, line, 3),
        "inlay hints": lambda: editor.request(
            "textDocument/inlayHint", {"textDocument": {"uri": uri}, "range": visible}
        ),
        "code actions": lambda: editor.request(
            "textDocument/codeAction",
            {"textDocument": {"uri": uri}, "range": visible, "context": {"diagnostics": [], "only": ["quickfix"]}},
        ),
    }
    found: dict[str, list[float]] = {what: [] for what in ("diagnostics", "diagnostics, of another line", *questions)}
    processor: dict[str, list[float | None]] = {what: [] for what in found}
    head, middle, tail = text.partition(f"[workflows.workflow{size // 2}.prunePolicy]\nrunSeconds = ")
    numbers = count(1)
    for _ in range(rounds + 1):
        for what in ("diagnostics, of another line", "diagnostics"):
            start, before = perf_counter(), _used(editor)
            editor.typed(uri, f"{head}{middle}{next(numbers)}{tail}# a\n")
            found[what].append(perf_counter() - start)
            after = _used(editor)
            processor[what].append(None if after is None or before is None else after - before)
        for what, ask in questions.items():
            editor.change(uri, f"{head}{middle}{next(numbers)}{tail}# a\n")
            start, before = perf_counter(), _used(editor)
            ask()
            found[what].append(perf_counter() - start)
            after = _used(editor)
            processor[what].append(None if after is None or before is None else after - before)
            editor.typed(uri, text)
        editor.typed(uri, text)
    # The first round is that of a server which has just begun.
    for what, seconds in found.items():
        used = [one for one in processor[what] if one is not None]
        yield Keystroke(what, size, seconds[1:], sum(used) / len(used) if used else None)


def _used(editor: Editor) -> float | None:
    """The processor time of the server so far, in seconds."""
    try:
        fields = Path(f"/proc/{editor._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def keystroke_table(found: list[Keystroke]) -> str:
    """Medians, the longest, and the mean of what the server's processor took."""
    rows: list[tuple[str, ...]] = [("a keystroke, until", "workflows", "takes", "longest", "processor")]
    for one in found:
        used = "" if one.processor is None else shown(one.processor)
        rows.append((one.what, f"{one.workflows:,}", shown(median(one.seconds)), shown(max(one.seconds)), used))
    return table(rows, left=(0,))
