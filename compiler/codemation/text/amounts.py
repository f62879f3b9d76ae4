"""Amounts as people read them: durations and sizes."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_SIZES: Final = ("B", "kB", "MB", "GB", "TB", "PB")
_THOUSAND: Final = 1_000


def duration(seconds: float) -> str:
    """Seconds in the largest unit that they fill: `2 d`, `36 h`, `90 s`; what fills none twice goes one lower."""
    whole = int(seconds)
    for size, unit in _UNITS:
        if whole and whole % size == 0:
            return f"{whole // size:,} {unit}"
    return f"{whole} s"


def about(seconds: float) -> str:
    """A span of time, roughly: `3 d`, `5 h`; its largest unit, rounded down."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size):,} {unit}"
    return "0 s"


def size(number: float) -> str:
    """Bytes, to three digits at most: `4.1 MB`."""
    unit = 0
    while number >= _THOUSAND and unit < len(_SIZES) - 1:
        number /= _THOUSAND
        unit += 1
    return f"{number:.1f} {_SIZES[unit]}" if unit and number < _THOUSAND / 10 else f"{number:.0f} {_SIZES[unit]}"


def count(number: int, noun: str) -> str:
    """So many of something: `1 row`, `1,234 rows`; for a plural of its own hand in both, parted by `/`."""
    one, _, many = noun.partition("/")
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
