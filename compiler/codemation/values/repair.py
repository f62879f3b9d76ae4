"""What was surely meant by what is wrong, told without places.

A problem has it, and a diagnostic's fix is made of it.
"""

from __future__ import annotations

from msgspec import Struct


class Rename(Struct, frozen=True, gc=False):
    """The key is spelt so; `to` has several names where it belongs into a table below its own."""

    to: tuple[str, ...]


class Rewrite(Struct, frozen=True, gc=False):
    """The value is this one."""

    value: str | int | bool


Repair = Rename | Rewrite
