"""How values and names are worded in messages, and which name was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from codemation.text.redaction import redact_value

LONGEST_QUOTE = 60
"""Characters of a value that a message repeats."""


def described(value: Any) -> str:
    """The TOML type of a value, with its article."""
    return ARTICLED.get(type(value).__name__, f"a {type(value).__name__}")


ARTICLED = {
    "str": "a string",
    "int": "an integer",
    "float": "a float",
    "bool": "a boolean",
    "list": "an array",
    "tuple": "an array",
    "dict": "a table",
    "datetime": "a date-time",
    "date": "a date",
    "time": "a time",
    "NoneType": "nothing",
}


def quoted(text: str) -> str:
    """A value as a message repeats it: in quotes, printable, not too long, and without credentials."""
    # Masked before it is cut: what is left of a URL without its end may not look like one any more.
    text = str(redact_value(text))
    short = text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
    return '"' + "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short).replace('"', '\\"') + '"'


def quoted_list(words: tuple[str, ...]) -> str:
    """`"a", "b"`."""
    return ", ".join(f'"{word}"' for word in words)


FAR: Final = 0.6
"""How near a word must be at least that is near at all, as `difflib` measures it."""

SURE: Final = 0.75
"""How near a word must be at least that is taken for the one that was meant."""

Near = Sequence[tuple[float, str]]
"""Known words that are near to what was written, the nearest first, each with how near it is: 1 is the same."""


def near_words(word: str, known: tuple[str, ...], cutoff: float = FAR) -> Near:
    """The known words that are near to what was written; case and `_`/`-` do not count."""
    folded, written = by_folded_name(known), fold(word)
    # Nothing is nearer than what the letters alone allow: most words need no closer look.
    letters = frozenset(written)
    near = [name for name in folded if _at_most(name, written, letters) >= cutoff]
    if not near:
        return ()
    from difflib import SequenceMatcher  # noqa: PLC0415  (only for people, and 2 ms)

    matcher = SequenceMatcher(b=written)
    found = []
    for name in near:
        matcher.set_seq1(name)
        if matcher.quick_ratio() >= cutoff and (ratio := matcher.ratio()) >= cutoff:
            found.append((ratio, name))
    return [(ratio, folded[name]) for ratio, name in sorted(found, reverse=True)]


def nearest(word: str, known: tuple[str, ...], *, cutoff: float = FAR) -> str | None:
    """The known word that is nearest to what was written, if any is near; case and `_`/`-` do not count."""
    found = near_words(word, known, cutoff)
    return found[0][1] if found else None


def surely_meant(near: Near) -> str | None:
    """The word that is surely meant by a misspelt one: very near, and no other is near at all."""
    return near[0][1] if len(near) == 1 and near[0][0] >= SURE else None


@lru_cache(maxsize=64)
def by_folded_name(known: tuple[str, ...]) -> dict[str, str]:
    """The words by what is left of them; of several that are alike the first."""
    return {fold(name): name for name in reversed(known)}


def _at_most(known: str, word: str, letters: frozenset[str]) -> float:
    """What `difflib` may say at most of two words: that all letters agree but those which the other has nowhere."""
    theirs = _letters(known)
    common = min(len(known) - len(theirs - letters), len(word) - len(letters - theirs))
    return 2.0 * common / (len(known) + len(word))


_letters = lru_cache(maxsize=512)(frozenset[str])


def differences(one: str, other: str, most: int) -> int:
    """How many letters must be put in, left out or replaced to make one word of the other (Levenshtein's distance).

    Counted up to `most`; more are `most + 1`.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    row = list(range(len(other) + 1))
    for position, letter in enumerate(one, 1):
        above, row = row, [position]
        for column, theirs in enumerate(other, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (letter != theirs)))
    return min(row[-1], most + 1)


def fold(word: str) -> str:
    """A word without what people get wrong: case, underscores, hyphens."""
    return word.replace("_", "").replace("-", "").casefold()


def camel_case(attribute: str) -> str:
    """`sqlite_file_path` as a key: `sqliteFilePath`."""
    head, *tail = attribute.split("_")
    return head + "".join(word.capitalize() for word in tail)
