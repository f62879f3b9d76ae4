"""What was probably meant by a key that is none."""

from __future__ import annotations

from functools import cache

from codemation.origin import Path
from codemation.settings.catalogue import Catalogue, Table, dotted
from codemation.settings.setting import ANY
from codemation.text.wording import fold, nearest


def suggest_key(catalogue: Catalogue, path: Path, siblings: tuple[str, ...]) -> tuple[str, bool]:
    """A help line for an unknown key, and whether the value beside it is surely no secret."""
    from codemation.settings.elsewhere import instead_of_key  # noqa: PLC0415  (only for what is wrong)

    name = str(path[-1])
    if fold(name) not in {fold(sibling) for sibling in siblings} and (known := instead_of_key(catalogue, path)):
        return known, False
    elsewhere = _same_name(catalogue, path)
    near = nearest(name, siblings, cutoff=0.8 if elsewhere else 0.6)
    if near is not None:
        leaf = catalogue.leaf((*path[:-1], near))
        return f"did you mean `{near}`?", leaf is not None and leaf.setting.type.harmless
    if elsewhere:
        leaf = catalogue.leaf(elsewhere)
        return f"did you mean `{dotted(elsewhere)}`?", leaf is not None and leaf.setting.type.harmless
    if not siblings:
        return "take it out", False
    return f"known here: {', '.join(f'`{sibling}`' for sibling in siblings)}", False


def _same_name(catalogue: Catalogue, path: Path) -> Path:
    """The key or table of this name that is nearest to where it was written, for the same workflow; or `()`."""
    named = _by_name(catalogue).get(fold(str(path[-1])), ())
    best = max(named, key=lambda known: _shared(known, path), default=())
    if ANY not in best:
        return best
    at = best.index(ANY)
    # Of another workflow there is no telling which.
    return (*best[:at], path[at], *best[at + 1 :]) if _shared(best, path) > at else ()


@cache
def _by_name(catalogue: Catalogue) -> dict[str, tuple[Path, ...]]:
    """The paths of all keys and tables, by their folded last name."""
    found: dict[str, tuple[Path, ...]] = {}
    for path in dict.fromkeys(known[:length] for known in catalogue.paths() for length in range(1, len(known) + 1)):
        if path[-1] != ANY:
            found[fold(path[-1])] = (*found.get(fold(path[-1]), ()), path)
    return found


def _shared(known: Path, path: Path) -> int:
    """How many leading names a known path shares with one that was written."""
    pairs = zip(known, path, strict=False)
    return next((i for i, (one, other) in enumerate(pairs) if one not in {ANY, other}), min(len(known), len(path)))


def suggest_path(catalogue: Catalogue, path: Path) -> str:
    """A help line for an unknown path of an override."""
    node = catalogue.node(path)
    if isinstance(node, Table):
        return f"it is a table: name one setting in it, such as `{dotted((*path, next(iter(node.children))))}`"
    around = catalogue.leaf_above(path)
    if around:
        return f"`{dotted(around[0])}` is one setting: override all of it"
    parent = catalogue.node(path[:-1])
    siblings = tuple(parent.children) if isinstance(parent, Table) and ANY not in parent.children else ()
    whole = nearest(dotted(path), tuple(dotted(known) for known in catalogue.paths()), cutoff=0.8)
    unquoted = _unquoted(catalogue, path)
    if unquoted:
        return f"did you mean `{dotted(unquoted)}`?"
    if not siblings and whole:
        return f"did you mean `{whole}`?"
    return suggest_key(catalogue, path, siblings or tuple(catalogue.root.children))[0]


LONGEST_PATH = 12
"""Parts of a key that are looked at for a name that lacks its quotes."""


def _unquoted(catalogue: Catalogue, path: Path) -> Path | None:
    """The path that was meant where a name with dots in it, a workflow's id, was not quoted."""
    if len(path) > LONGEST_PATH:
        return None
    for start in range(1, len(path)):
        for end in range(start + 2, len(path)):
            joined = (*path[:start], ".".join(str(part) for part in path[start:end]), *path[end:])
            if catalogue.leaf(joined) is not None:
                return joined
    return None
