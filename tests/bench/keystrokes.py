"""The part `lsp` of `make bench`: how long a keystroke takes in the language server, with a file of many workflows.

By the clock, as who types waits: over standard input and output, from the new text to the diagnostics, and to each
answer that an editor asks for after it. The server waits 10 ms for more to be typed before it tells diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    """What is waited for after a keystroke, with how many workflows: seconds, round by round."""

    what: str
    workflows: int
    seconds: list[float]


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
    found: dict[str, list[float]] = {"diagnostics": [], **{what: [] for what in questions}}
    head, middle, tail = text.partition(f"[workflows.workflow{size // 2}.prunePolicy]\nrunSeconds = ")
    for number in range(rounds + 1):
        typed = f"{head}{middle}{number + 1}{tail}"
        start = perf_counter()
        editor.typed(uri, typed)
        found["diagnostics"].append(perf_counter() - start)
        for other, (what, ask) in enumerate(questions.items()):
            editor.change(uri, f"{typed}# {other}\n")
            start = perf_counter()
            ask()
            found[what].append(perf_counter() - start)
    # The first round is that of a server which has just begun.
    yield from (Keystroke(what, size, seconds[1:]) for what, seconds in found.items())


def keystroke_table(found: list[Keystroke]) -> str:
    """Medians, and the longest."""
    rows: list[tuple[str, ...]] = [("a keystroke, until", "workflows", "takes", "longest")]
    rows += [(one.what, f"{one.workflows:,}", shown(median(one.seconds)), shown(max(one.seconds))) for one in found]
    return table(rows, left=(0,))
