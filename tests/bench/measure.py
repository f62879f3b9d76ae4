"""`make bench`: how long things take, beside what they are compared with, in one run. Nothing here passes or fails.

Every comparison is paired: ours, theirs, ours, theirs …, one ratio for each round, and of these the median. Times are
processor time, so that what else the machine does counts for little; the ratio of the times on the clock is told too.
"""

from __future__ import annotations

import argparse
import compileall
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from unittest import mock

from msgspec import Struct

import codemation
from codemation.explain import answer
from codemation.explain.selection import select
from codemation.reports import Locations, render
from codemation.text.terminal import Terminal
from tests.bench import by_hand as bench_by_hand
from tests.bench import inputs as bench_inputs
from tests.invalid import cases

Work = Callable[[], object]

PEERS = {
    "pydantic-settings": ("pydantic_settings", "tests.bench.pydantic_peer"),
    "dynaconf": ("dynaconf", "tests.bench.dynaconf_peer"),
}
SIZES = (10, 100, 1000)
LINEAR = 1.1
"""The growth exponent up to which time is called linear: ten times the workflows, not more than 12.6 times the time."""

BACKEND = {"boots": 20, "status": 30, "nothing": 30, "histories": 20, "migrations": 20}
"""The parts that need databases, each with its rounds."""

MILLIONS = ("prune", "backlog", "copy", "capacity")
"""The parts that take a million spans."""

FLOOR = "python -c 'import tomllib, msgspec'"


class Comparison(Struct, frozen=True):
    """Ours beside theirs: seconds of processor time (medians), and the ratio of each round, also that of the clock.

    `bound` is what the median ratio may be.
    """

    what: str
    peer: str
    ours: float
    theirs: float
    ratios: list[float]
    clock: list[float]
    bound: float | None = None

    @property
    def verdict(self) -> str:
        if self.bound is None:
            return ""
        return "ok" if median(self.ratios) <= self.bound else "over"


class Peer(Struct, frozen=True):
    """What ours is compared with."""

    name: str
    work: Work


class Growth(Struct, frozen=True):
    """One kind of work at several sizes: seconds (medians), and for each step the exponent (1 is linear)."""

    what: str
    sizes: Sequence[int]
    seconds: list[float]
    exponents: list[float]

    @property
    def verdict(self) -> str:
        return "ok" if self.exponents[-1] <= LINEAR else "over"


class Effort(Struct, frozen=True):
    """How to measure: `rounds` times, each time so many calls of the work, by what tells processor time (seconds)."""

    rounds: int
    calls: int = 1
    processor: Callable[[], float] = process_time


class Times(Struct, frozen=True):
    """What one work took for each call, round by round: seconds of the processor and of the clock."""

    processor: list[float]
    clock: list[float]

    def add(self, work: Work, effort: Effort) -> None:
        """Measure one round; the garbage collector runs as it always does."""
        clock, processor = perf_counter(), effort.processor()
        for _ in range(effort.calls):
            work()
        self.processor.append((effort.processor() - processor) / effort.calls)
        self.clock.append((perf_counter() - clock) / effort.calls)


def interleaved(works: Sequence[Work], efforts: Sequence[Effort]) -> list[Times]:
    """Measure in turns, after one that does not count; with one round nothing is measured, only tried."""
    if efforts[0].rounds > 1:
        for work in works:
            work()
    times = [Times([], []) for _ in works]
    for _ in range(efforts[0].rounds):
        for work, effort, found in zip(works, efforts, times, strict=True):
            found.add(work, effort)
    return times


def compare(what: str, ours: Work, theirs: Peer, effort: Effort, bound: float | None = None) -> Comparison:
    """Measure a pair."""
    mine, others = interleaved((ours, theirs.work), (effort, effort))
    return Comparison(
        what,
        theirs.name,
        median(mine.processor),
        median(others.processor),
        [a / b for a, b in zip(mine.processor, others.processor, strict=True)],
        [a / b for a, b in zip(mine.clock, others.clock, strict=True)],
        bound,
    )


def of_children() -> float:
    """The processor time of all processes started here that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def hot(folder: Path, rounds: int) -> Iterator[Comparison]:
    """`codemation.compile` in a process that runs, and its peers, against the same work by hand."""
    root = bench_inputs.project(folder / "hot", bench_inputs.valid(14))
    environment = bench_inputs.ENVIRONMENT

    def ours() -> object:
        return codemation.compile(root, env=environment).runtime

    by_hand = Peer("by hand", lambda: bench_by_hand.compile_by_hand(root, environment))
    yield compare("codemation.compile, hot", ours, by_hand, Effort(rounds, 5), bound=1.5)
    yield compare("tomllib alone", lambda: bench_by_hand.parse(root), by_hand, Effort(rounds, 5))
    with mock.patch.dict(os.environ, environment, clear=True):
        for name, (package, module) in PEERS.items():
            if find_spec(package) is not None:
                theirs = import_module(module).prepare(root)
                yield compare(name, theirs, by_hand, Effort(max(1, rounds // 8)))


def processes(folder: Path, rounds: int) -> Iterator[Comparison]:
    """Commands from start to exit, against a process that only imports what every one of them needs."""
    compileall.compile_dir(Path(codemation.__file__).parent, quiet=1)
    root = bench_inputs.project(folder / "processes", bench_inputs.valid(14))
    twelve = next(case for case in cases() if case.folder.name == "twelve-faults")
    faults = folder / "twelve-faults"
    shutil.copytree(twelve.folder, faults)
    program = str(Path(sys.executable).with_name("codemation"))

    effort = Effort(rounds, processor=of_children)
    floor = Peer(FLOOR, process([sys.executable, "-c", "import tomllib, msgspec"], root, {}))
    for what, arguments, bound in (("compile", [], 1.5), ("compile --explain", ["--explain"], 4)):
        ours = process([program, "compile", *arguments], root, bench_inputs.ENVIRONMENT)
        yield compare(f"codemation {what}", ours, floor, effort, bound=bound)
    ours = process([program, "check", "--root", ".", *twelve.arguments], faults, twelve.environment, code=1)
    yield compare("codemation check, twelve faults", ours, floor, effort, bound=4)


def process(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *, code: int = 0) -> Work:
    """A process to run. It may write bytecode, whatever holds here: the round that does not count then does."""
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "SYSTEMROOT"}}

    def run() -> None:
        done = subprocess.run(
            arguments,
            cwd=folder,
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode != code:
            message = f"{' '.join(arguments)} exited with {done.returncode}: {done.stderr.decode()}"
            raise RuntimeError(message)

    return run


def growth(folder: Path, rounds: int, sizes: Sequence[int] = SIZES) -> Iterator[Growth]:
    """The same work with more and more workflows."""
    good = [bench_inputs.project(folder / f"valid-{size}", bench_inputs.valid(size)) for size in sizes]
    bad = [bench_inputs.project(folder / f"faulty-{size}", bench_inputs.faulty(size)) for size in sizes]
    kinds: tuple[tuple[str, Callable[[Path], object], list[Path]], ...] = (
        ("tomllib alone", bench_by_hand.parse, good),
        ("compile", compiled, good),
        ("compile --explain --format json", explained, good),
        ("check, a fault in each workflow", checked, bad),
        ("check --format json, the same", checked_json, bad),
    )
    efforts = [Effort(rounds, max(1, sizes[-1] // size // 10)) for size in sizes]
    for what, work, roots in kinds:
        works = [lambda root=root, work=work: work(root) for root in roots]
        times = [found.processor for found in interleaved(works, efforts)]
        exponents = [
            median(log(b / a) / log(large / small) for a, b in zip(fewer, more, strict=True))
            for (fewer, more), (small, large) in zip(pairwise(times), pairwise(sizes), strict=True)
        ]
        yield Growth(what, sizes, [median(found) for found in times], exponents)


def compiled(root: Path) -> object:
    return codemation.compile(root, env=bench_inputs.ENVIRONMENT).runtime


def explained(root: Path) -> str:
    compilation = codemation.compile(root, env=bench_inputs.ENVIRONMENT)
    return answer.as_json(select(compilation.model, ()), compilation.diagnostics)


def checked(root: Path) -> str:
    compilation = codemation.compile(root, env={})
    return render("text", compilation.diagnostics, Locations(compilation.model, str(root)), Terminal())


def checked_json(root: Path) -> str:
    compilation = codemation.compile(root, env={})
    return render("json", compilation.diagnostics, Locations(compilation.model, str(root)), Terminal())


def comparison_table(found: Sequence[Comparison]) -> str:
    rows = [("what", "takes", "against", "takes", "ratio", "lowest", "highest", "by the clock", "bound", "")]
    for row in found:
        low, high = min(row.ratios), max(row.ratios)
        bound = "" if row.bound is None else f"{row.bound:g}"
        ratios = (f"{median(row.ratios):.2f}", f"{low:.2f}", f"{high:.2f}", f"{median(row.clock):.2f}")
        rows.append((row.what, shown(row.ours), row.peer, shown(row.theirs), *ratios, bound, row.verdict))
    return table(rows, left=(0, 2, 9))


def growth_table(found: Sequence[Growth]) -> str:
    sizes = found[0].sizes
    steps = [f"{small}→{large}" for small, large in pairwise(sizes)]
    rows: list[Sequence[str]] = [("time for each workflow, of", *(str(size) for size in sizes), *steps, "bound", "")]
    for row in found:
        each = [shown(seconds / size) for seconds, size in zip(row.seconds, sizes, strict=True)]
        rows.append((row.what, *each, *(f"{step:.2f}" for step in row.exponents), f"{LINEAR:.1f}", row.verdict))
    return table(rows, left=(0, len(rows[0]) - 1))


def shown(seconds: float) -> str:
    """A time with three digits that count."""
    value, unit = (seconds * 1e3, "ms") if seconds >= 1e-3 else (seconds * 1e6, "µs")
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f} {unit}"


def table(rows: Sequence[Sequence[str]], left: Sequence[int]) -> str:
    """Columns as wide as they need to be; those in `left` start at the left, the others (numbers) end at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _pairs(parts: Sequence[str], folder: Path) -> Iterator[Comparison]:
    if "hot" in parts:
        yield from hot(folder, rounds=200)
    if "processes" in parts:
        yield from processes(folder, rounds=40)
    for part, rounds in BACKEND.items():
        if part in parts:
            from tests.bench import backend as bench_backend  # noqa: PLC0415  (what it imports is measured by the parts before)

            yield from bench_backend.PARTS[part](folder / part, rounds)


def _of_a_million(part: str, folder: Path) -> str:
    """The table of a part that works on a million spans."""
    from tests.bench import backlog, capacity, copying, retention  # noqa: PLC0415  (what they import is measured by the parts before)

    tables: dict[str, Callable[[], str]] = {
        "prune": lambda: retention.pruning_table(list(retention.prunings(folder))),
        "backlog": lambda: backlog.backlog_table(list(backlog.backlogs(folder))),
        "copy": lambda: copying.copying_table(list(copying.copyings(folder))),
        "capacity": lambda: capacity.capacity_table(list(capacity.capacities(folder))),
    }
    return tables[part]()


def main() -> None:
    """Measure what is named, and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure codemation beside its peers.")
    names = ("hot", "processes", "growth", "lsp", *BACKEND, *MILLIONS)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(names)} (default: all)")
    parts = parser.parse_args().parts or names
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if pairs := list(_pairs(parts, folder)):
            print(comparison_table(pairs), end="\n\n")
        for peer, (package, _) in PEERS.items():
            if "hot" in parts and find_spec(package) is None:
                print(f"{peer} is not installed: `make bench` does that.")
        if "lsp" in parts:
            from tests.bench import keystrokes  # noqa: PLC0415  (as above)

            print(keystrokes.keystroke_table(list(keystrokes.keystrokes(folder / "lsp"))), end="\n\n")
        for part in MILLIONS:
            if part in parts:
                print(_of_a_million(part, folder / part), end="\n\n")
        if "growth" in parts:
            print(growth_table(list(growth(folder, rounds=15))))
            print("\nUnder 10→100 and 100→1000: how time grows; 1 is linear, 2 quadratic.")
