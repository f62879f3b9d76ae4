"""Is a document right? Answered by the kinds of its values, in the one walk that also collects them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from codemation.origin import Path
from codemation.settings.catalogue import Catalogue, Leaf, Table
from codemation.settings.keys import Key
from codemation.settings.setting import ANY
from codemation.sources.toml import value_at
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


class Judged(Unshown, Struct, frozen=True, gc=False):
    """The faults of a table, whatever hinders their repair elsewhere.

    `known` is what it may hold, `written` what it holds but inner tables.
    """

    known: Table
    written: str
    faults: tuple[Fault, ...]


NONE_JUDGED: Mapping[Key, Judged] = MappingProxyType({})


class AtFault(Unshown, Struct, frozen=True, gc=False):
    """A table with a fault of its own: `known` is what it may hold, `content` what it holds, inner tables too."""

    path: Key
    known: Table
    content: Mapping[str, Any]


def stated_values(catalogue: Catalogue, document: Mapping[str, Any]) -> tuple[dict[Key, Any], Sequence[AtFault]]:
    """What a document states, by path, but for single workflows; and its tables at fault, the inner ones first."""
    found: dict[Key, Any] = {}
    at_fault = _collect(catalogue.root, document, found)
    both = {one[:-1] for one, other in catalogue.exclusive if one in found and other in found}
    if both:
        known = {path: catalogue.node(path) for path in both.difference([table.path for table in at_fault])}
        at_fault = [
            *at_fault,
            *(AtFault(path, node, value_at(document, path)) for path, node in known.items() if isinstance(node, Table)),
        ]
    return found, at_fault


def _collect(table: Table, content: Mapping[str, Any], found: dict[Key, Any] | None) -> Sequence[AtFault]:
    """Add the values of a table, and of those in it, to `found`; return those with what is unknown or wrong in them."""
    children, fits = table.children, True
    chosen = children.get(ANY)
    at_fault: list[AtFault] = []
    for key, value in content.items():
        child = children.get(key, chosen)
        if type(child) is Leaf:
            if found is not None:
                found[child.path] = value
            if not child.kind.accepts(value):
                fits = False
        elif type(child) is not Table or type(value) is not dict:
            fits = False
        # Under names that authors choose what stands there is looked at, and collected elsewhere.
        elif inner := _collect(child, value, None if child is chosen else found):
            at_fault += [AtFault((key, *one.path), one.known, one.content) for one in inner]
    return at_fault if fits else [*at_fault, AtFault((), table, content)]
