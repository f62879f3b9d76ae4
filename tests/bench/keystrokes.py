"""The part `lsp` of `make bench`: how long a keystroke takes in the language server, with a file of many workflows.

What is counted is the time by the clock, as who types waits, over standard input and output: from the new text to the
diagnostics of just that text, for several things that are typed; and to each answer that an editor asks for after it.
Between two keystrokes is a pause, as nobody types twenty in a second. On a machine that does other things too the clock
counts those as well, so the server's time of a processor stands beside it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import mean, median
from time import perf_counter
from typing import Any

from msgspec import Struct

from tests.bench import inputs as bench_inputs
from tests.bench.measure import shown, table
from tests.lsp.editor import Editor

ROUNDS = 20
PAUSE = 0.05
"""Seconds between two keystrokes."""

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
    """Type in a workflow in the middle, and ask what editors ask."""
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
    found: dict[str, list[float]] = {}
    processor: dict[str, list[float]] = {}

    def measured(what: str, work: Callable[[], object]) -> None:
        # Who types pauses, and what is told of the last keystroke has long been told then.
        time.sleep(PAUSE)
        start, before = perf_counter(), _used(editor)
        work()
        found.setdefault(what, []).append(perf_counter() - start)
        if before is not None and (after := _used(editor)) is not None:
            processor.setdefault(what, []).append(after - before)

    for number in range(rounds + 1):
        for what, typing in _typings(text, size).items():
            editor.typed(uri, typing(number))
            measured(what, partial(editor.typed, uri, typing(number + 1)))
            editor.typed(uri, text)
        for what, ask in questions.items():
            measured(what, partial(_asked, editor, uri, _typings(text, size)["a digit of a value"](number), ask))
            editor.typed(uri, text)
    # The first round is that of a server which has just begun.
    for what, seconds in found.items():
        yield Keystroke(what, size, seconds[1:], mean(processor[what]) if what in processor else None)


def _asked(editor: Editor, uri: str, text: str, ask: Callable[[], object]) -> None:
    editor.change(uri, text)
    ask()


def _typings(text: str, size: int) -> dict[str, Callable[[int], str]]:
    """Texts with something typed in the middle, another one for each number."""
    header = f"[workflows.workflow{size // 2}.prunePolicy]\n"
    before, _, rest = text.partition(header)
    key, value, tail = rest.partition(f"{3600 + size // 2}\n")
    half = "binarySeconds"
    return {
        "a digit of a value": lambda number: f"{before}{header}{key}{number + 1}\n{tail}",
        "a key half typed": lambda number: f"{before}{header}{key}{value}{half[: number % len(half) + 1]}\n{tail}",
        "a header half typed": lambda number: f"{before}{header[: number % (len(header) - 2) + 1]}\n{header}{rest}",
        "a key written twice": lambda number: f"{before}{header}{key}{number + 1}\n{key}{value}{tail}",
    }


def _used(editor: Editor) -> float | None:
    """The processor time of the server so far, in seconds."""
    try:
        fields = Path(f"/proc/{editor._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def keystroke_table(found: list[Keystroke]) -> str:
    """Medians, the longest, and the mean of what the server's processor took."""
    rows: list[tuple[str, ...]] = [("what is typed, or asked after it", "workflows", "takes", "longest", "processor")]
    for one in found:
        used = "" if one.processor is None else shown(one.processor)
        rows.append((one.what, f"{one.workflows:,}", shown(median(one.seconds)), shown(max(one.seconds)), used))
    return table(rows, left=(0,))
