"""Figures for people."""

from __future__ import annotations

from typing import Final

_UNITS: Final = ("bytes", "KiB", "MiB", "GiB", "TiB")
_STEP: Final = 1024
_MINUTE: Final = 60
_HOUR: Final = 3600


def milliseconds(seconds: float) -> str:
    """`0.3 ms`, `41 ms`, or that it is too little to count."""
    figure = seconds * 1000
    if figure < 0.1:  # noqa: PLR2004
        return "less than 0.1 ms"
    return f"{figure:.0f} ms" if figure >= 10 else f"{figure:.1f} ms"  # noqa: PLR2004


def duration(seconds: float) -> str:
    """`250 ms`, `5 s`, `2 min`, `1 h`: in the largest unit that keeps it whole."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds % _HOUR == 0:
        return f"{seconds / _HOUR:.0f} h"
    if seconds % _MINUTE == 0:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds:.3g} s"


def size(count: float) -> str:
    """`512 bytes`, `16.0 MiB`."""
    for unit in _UNITS[:-1]:
        if count < _STEP:
            return f"{count:.0f} {unit}" if unit == _UNITS[0] else f"{count:.1f} {unit}"
        count /= _STEP
    return f"{count:.1f} {_UNITS[-1]}"


def counted(number: int, what: str) -> str:
    """`1 connection`, `2 connections`."""
    return f"{number} {what}{'' if number == 1 else 's'}"
