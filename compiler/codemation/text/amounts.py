"""Amounts as people read them: durations, sizes, and how many there are of something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_SIZES: Final = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP: Final = 1024


def milliseconds(seconds: float) -> str:
    """`0.3 ms`, `41 ms`, or that it is too little to count."""
    figure = seconds * 1000
    if figure < 0.1:  # noqa: PLR2004
        return "less than 0.1 ms"
    return f"{figure:.0f} ms" if figure >= 10 else f"{figure:.1f} ms"  # noqa: PLR2004


def duration(seconds: float) -> str:
    """`250 ms`, `5 s`, `2 min`, `36 h`, `7 d`: in the largest unit that keeps it whole."""
    if 0 < seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    for size_, unit in _UNITS:
        if seconds >= size_ and seconds % size_ == 0:
            return f"{seconds / size_:,.0f} {unit}"
    return f"{seconds:.3g} s"


def about(seconds: float) -> str:
    """A span of time, roughly: `3 d`, `5 h`; in the largest unit that it fills, rounded down."""
    for size_, unit in _UNITS:
        if seconds >= size_:
            return f"{int(seconds // size_):,} {unit}"
    return "0 s"


def size(count_: float) -> str:
    """`512 bytes`, `16.0 MiB`."""
    for unit in _SIZES[:-1]:
        if count_ < _STEP:
            return f"{count_:.0f} {unit}" if unit == _SIZES[0] else f"{count_:.1f} {unit}"
        count_ /= _STEP
    return f"{count_:.1f} {_SIZES[-1]}"


def first_of(parts: Sequence[str], most: int, between: str = ", ") -> str:
    """`a, b`, or where there are more than so many `a, b, c, and 4 more`."""
    left = len(parts) - most
    return between.join([*parts[:most], f"and {left:,} more"] if left > 0 else parts)


def count(number: int, what: str) -> str:
    """`1 connection`, `1,234 connections`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
