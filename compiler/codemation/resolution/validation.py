"""Is a document right? Answered by the kinds of its values, in the one walk that also collects them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from codemation.origin import Path
from codemation.settings.catalogue import Catalogue, Leaf, Table
from codemation.settings.keys import Key
from codemation.settings.setting import ANY
from codemation.text.redaction import Unshown
from codemation.values.repair import Repair

if TYPE_CHECKING:
    from codemation.codes import Code


class Fault(Unshown, Struct, frozen=True, gc=False):
    """One thing wrong with the shape of a document.

    `text` continues a sentence that begins with the key at `path`; `harmless` tells that the value there may be shown.
    `related` are keys that it conflicts with. `repair` is there where it takes no guess. `mark` is the place within
    `path` that is at fault, where it is an item of an array.
    """

    code: Code
    path: Path
    text: str
    help: str
    related: tuple[Path, ...] = ()
    harmless: bool = False
    repair: Repair | None = None
    mark: Path = ()


class Judged(Unshown, Struct, frozen=True):
    """The faults of a table that holds `own` beside the tables within it, whatever hinders their repair elsewhere."""

    own: Mapping[str, Any]
    faults: tuple[Fault, ...]


NONE_JUDGED: Mapping[Key, Judged] = MappingProxyType({})


def stated_values(catalogue: Catalogue, document: Mapping[str, Any]) -> tuple[dict[Key, Any], bool]:
    """What a document states, by path, but for single workflows; and whether it has no fault."""
    found: dict[Key, Any] = {}
    fits = _fits(catalogue.root, document, found)
    both = [one for one, other in catalogue.exclusive if one in found and other in found]
    return found, fits and not both


def _fits(table: Table, content: Mapping[str, Any], found: dict[Key, Any] | None) -> bool:
    """Whether all values of a table, and of those in it, are known and right; they are added to `found`."""
    children, fits = table.children, True
    chosen = children.get(ANY)
    for key, value in content.items():
        child = children.get(key, chosen)
        if type(child) is Leaf:
            if found is not None:
                found[child.path] = value
            if child.kind.problem(value) is not None:
                fits = False
        elif type(child) is not Table or type(value) is not dict:
            fits = False
        else:
            # Under names that authors choose what stands there is looked at, and collected elsewhere.
            fits = _fits(child, value, None if child is chosen else found) and fits
    return fits
