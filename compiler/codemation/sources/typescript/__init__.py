"""What a `codemation.config.ts` says in plain words: the literals in the object that it exports, and its variables.

No program is run. What is told is what takes no guess: texts, whole numbers and what is reckoned of them, booleans,
arrays and objects of such, `process.env.NAME`, and constants of the same file. Of every other key that is seen it is
told why its value is not; where something else may have the last word (a spread, a second argument, an object that is
used twice), that is so of all that it may change.
"""

from __future__ import annotations

from typing import Final

from codemation.sources.typescript.exports import exported
from codemation.sources.typescript.nodes import Node, Table, Told, Untold, Variable, plain
from codemation.sources.typescript.tokens import tokenize

__all__ = ("MOST_BYTES", "NAMES", "Node", "Table", "Told", "Untold", "Variable", "plain", "read")

NAMES: Final = tuple(f"codemation.config.{ending}" for ending in ("ts", "mts", "js", "mjs"))
"""How the file of the TypeScript host may be called."""

MOST_BYTES: Final = 2**20
"""What is read of it at most; a program that is larger is more than a configuration."""


def read(text: str) -> Table | Untold:
    """What the exported object of a program says, in its order; nothing is an error."""
    tokens = tokenize(text)
    if tokens.stopped is not None:
        return Untold("how that line and the rest are to be read cannot be told without running it", tokens.stopped)
    return exported(tokens)
