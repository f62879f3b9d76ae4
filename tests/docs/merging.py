"""A page's output brought up to date word by word.

What real servers print is not what the page has: paths are longer there, lines break elsewhere, and `…` on the page
stands for what is another on each machine. So only the words that changed are written, the rest is left as it stands.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.docs.shell import DIFFERS, says

ANYTHING = "…"
_MARK = "\0"


class Word(NamedTuple):
    """A word as it is compared, as it is written, and the space before it."""

    compared: str
    written: str
    space: str

    def is_said_by(self, other: Word) -> bool:
        """Whether it stands for a word of an output."""
        if ANYTHING in self.compared:
            return says(self.written, other.written)
        return self.compared == other.compared


def words(text: str) -> list[Word]:
    """The words of a text; what differs each time (`DIFFERS`) is a word alike, whatever it says."""
    said = iter([found[0] for found in DIFFERS.finditer(text)])
    return [
        Word(found[2], re.sub(_MARK, lambda _: next(said), found[2]), found[1])
        for found in re.finditer(r"(\s*)(\S+)", DIFFERS.sub(_MARK, text))
    ]


def merged(page: str, output: str) -> str:
    """What a page says that a command prints, with the words of `output` where it says something else."""
    if says(page, output):
        return page
    ours, theirs = words(page), words(output)
    costs = _costs(ours, theirs)
    parts, i, j = list[str](), 0, 0
    while i < len(ours) or j < len(theirs):
        rest = costs[i][j]
        if i < len(ours) and ours[i].compared == ANYTHING:
            if rest == costs[i + 1][j]:
                parts.append(ours[i].space + ours[i].written)
                i += 1
            else:
                j += 1
        elif i < len(ours) and j < len(theirs) and rest == costs[i + 1][j + 1] + (not ours[i].is_said_by(theirs[j])):
            kept = ours[i] if ours[i].is_said_by(theirs[j]) else theirs[j]
            parts.append(ours[i].space + kept.written)
            i, j = i + 1, j + 1
        elif i < len(ours) and rest == costs[i + 1][j] + 1:
            i += 1
        else:
            parts.append(theirs[j].space + theirs[j].written)
            j += 1
    return "".join([*parts, "\n" if parts else ""])


def _costs(ours: list[Word], theirs: list[Word]) -> list[list[int]]:
    """How many words must change from each two places on, at the least (Levenshtein; `…` takes any number of them)."""
    costs = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    costs[-1] = list(range(len(theirs), -1, -1))
    for i in range(len(ours) - 1, -1, -1):
        here, below, word = costs[i], costs[i + 1], ours[i]
        free = word.compared == ANYTHING
        here[-1] = below[-1] + (not free)
        for j in range(len(theirs) - 1, -1, -1):
            if free:
                here[j] = min(below[j], here[j + 1])
            elif word.is_said_by(theirs[j]):
                here[j] = below[j + 1]
            else:
                here[j] = 1 + min(below[j + 1], below[j], here[j + 1])
    return costs
