"""Is another name of a key certain to be meant? Asked of what `suggestions.py` and `elsewhere.py` would only suggest.

A name that is spelt otherwise (`run_seconds`) is. Any other is a guess, which what stands there must bear out, and
which is never taken where data are deleted by it: under retention. What a name says of its value no value bears out:
`statementTimeout = 30000` may be milliseconds, `clientId = "abc"` is no variable's name.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from codemation.origin import Path
from codemation.settings.catalogue import Catalogue, Leaf, Table, dotted
from codemation.text.wording import fold
from codemation.values.repair import Rename


class Suggestion(Struct, frozen=True):
    """A help line for a key, whether its value is surely no secret, and the repair where it takes no guess.

    `outside` says of a key that is meant where it belongs in a file, where its name does not.
    """

    help: str
    harmless: bool = False
    repair: Rename | None = None
    outside: str = ""


def outside(path: Path, meant: Path) -> str:
    """Where a key belongs that is meant in place of one: of a key of the top level its whole name does not say it."""
    return f"It belongs at the top, outside of `[{dotted(path[:-1])}]`" if len(meant) == 1 < len(path) else ""


def spelt_otherwise(path: Path, meant: Path) -> bool:
    """Whether two keys of one table have the same name but for case, `_` and `-`."""
    return path[:-1] == meant[:-1] and fold(str(path[-1])) == fold(str(meant[-1]))


def rename(catalogue: Catalogue, path: Path, meant: Path, value: object) -> Rename | None:
    """The new name of a key, where `meant` lies in the same table or below it, and `value` says so too."""
    above = path[:-1]
    node = catalogue.node(meant)
    if node is None or meant[: len(above)] != above or len(meant) == len(above):
        return None
    if not spelt_otherwise(path, meant) and (
        _deletes(catalogue, node, value)
        or not _fits(node, value)
        or (isinstance(node, Leaf) and node.kind.unsaid_by(str(path[-1])))
    ):
        return None
    return Rename(tuple(str(name) for name in meant[len(above) :]))


def _fits(node: Table | Leaf, value: Any) -> bool:
    """Whether a value is right for a setting; a table only holds what belongs there, and is not empty."""
    if isinstance(node, Leaf):
        return node.kind.fits(value)
    if not isinstance(value, dict) or not value:
        return False
    return all((child := node.near(name)) is not None and _fits(child, inner) for name, inner in value.items())


def _deletes(catalogue: Catalogue, node: Table | Leaf, value: Any) -> bool:
    """Whether retention is stated by a value at a place."""
    if isinstance(node, Leaf):
        return node.setting.runtime in catalogue.retention or node.setting.runtime in catalogue.policy_keys
    inner = value.items() if isinstance(value, dict) else ()
    return any((child := node.near(name)) is not None and _deletes(catalogue, child, held) for name, held in inner)
