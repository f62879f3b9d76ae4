"""Is a document of the right shape? The fast answer by msgspec, the full one by the JSON Schema itself.

A valid document costs one `msgspec.convert`. Only where that refuses, `jsonschema` runs over the very schema that
editors use, and each of its errors becomes one fault: so compiler and editor agree by construction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from codemation.codes import Code
from codemation.origin import Path
from codemation.settings.catalogue import Catalogue, Leaf, Table, dotted
from codemation.settings.keys import Key
from codemation.settings.setting import ANY
from codemation.sources.toml import walk
from codemation.text.redaction import Unshown
from codemation.text.wording import described, fold, nearest
from codemation.values import Problem

if TYPE_CHECKING:
    from jsonschema import ValidationError


class Fault(Unshown, Struct, frozen=True):
    """One thing wrong with the shape of a document.

    `text` continues a sentence that begins with the key at `path`; `harmless` tells that the value there may be shown.
    `related` are keys that it conflicts with.
    """

    code: Code
    path: Path
    text: str
    help: str
    related: tuple[Path, ...] = ()
    harmless: bool = False


def fits(catalogue: Catalogue, document: Mapping[str, Any], flat: Mapping[tuple[str, ...], Any]) -> bool:
    """Whether a document has no fault; `flat` holds its values by path, but for the workflows'."""
    if not catalogue.root.children.keys() >= document.keys():
        return False
    try:
        for name, content in document.items():
            msgspec.convert(content, catalogue.native(name))
    except (msgspec.ValidationError, RecursionError):
        return False
    for path in catalogue.checked.keys() & flat.keys():
        if catalogue.checked[path].problem(flat[path]):
            return False
    return not any(one in flat and other in flat for one, other in catalogue.exclusive)


def faults(catalogue: Catalogue, document: Mapping[str, Any]) -> list[Fault]:
    """Every fault of a document, one for each place, in the document's order of keys."""
    # jsonschema costs 50 ms to import; a valid file never needs it.
    from codemation.schema.document import document_schema, validator  # noqa: PLC0415

    schema = document_schema(catalogue)
    found: dict[tuple[Path, str], Fault] = {}
    wrong: set[Path] = set()
    for error in validator(schema).iter_errors(document):
        around = catalogue.leaf_above(tuple(error.absolute_path))
        if around and (one := _excluded_by(error, around[0])):
            found[around[0], "CM106"] = _conflict(one, around[0])
        elif around:
            # A value may break several keywords at once, and in several places: it says what is wrong, once.
            if around[0] not in wrong:
                wrong.add(around[0])
                found |= {
                    (fault.path, fault.code): fault for fault in _of_value(document, *around, str(error.validator))
                }
        else:
            for fault in _translate(catalogue, document, error):
                found.setdefault((fault.path, fault.code), fault)
    order = {path: position for position, (path, _) in enumerate(walk(document))}
    return sorted(found.values(), key=lambda fault: (order.get(fault.path, 0), fault.code))


def _translate(catalogue: Catalogue, document: Mapping[str, Any], error: ValidationError) -> Iterator[Fault]:
    """The faults that one error of jsonschema stands for: one keyword, one code."""
    path: Path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        table = catalogue.node(path)
        known = tuple(table.children) if isinstance(table, Table) else ()
        for name in value_at(document, path):
            if name not in known:
                yield _unknown(catalogue, (*path, name), known)
        return
    found = described(value_at(document, path))
    yield Fault("CM102", path, f"must be a table, but is {found}", f"write it as `[{dotted(path)}]`")


def _of_value(document: Mapping[str, Any], path: Key, leaf: Leaf, keyword: str) -> list[Fault]:
    """Everything that is wrong with the value of one setting."""
    kind = leaf.setting.type if leaf.app_form else leaf.setting.type.in_runtime_form()
    found = list(kind.problems(value_at(document, path)))
    # None only where schema and kind disagree, which the tests rule out; the schema then has its way.
    found = found or [Problem("CM105", f"does not fit the schema ({keyword})", "see `codemation schema`")]
    return [
        Fault(
            one.code,
            (*path, *one.path),
            one.text,
            one.help,
            related=tuple((*path, *other) for other in one.related),
            harmless=kind.harmless if one.harmless is None else one.harmless,
        )
        for one in found
    ]


def _excluded_by(error: ValidationError, path: Key) -> Key | None:
    """The neighbour that makes the mere presence of the setting at `path` an error, if that is what was found."""
    place = tuple(error.absolute_schema_path)
    if error.validator != "const" or "dependencies" not in place or tuple(error.absolute_path) != path:
        return None
    # `dependencies` are keyed by the neighbour; a key's own conditions stand under its own name.
    neighbour = str(place[place.index("dependencies") + 1])
    return None if neighbour == path[-1] else (*path[:-1], neighbour)


def _conflict(one: Key, other: Key) -> Fault:
    """CM106: the second of two keys that exclude each other."""
    from codemation.schema.document import exclusion  # noqa: PLC0415

    words = exclusion(one, other)
    return Fault("CM106", other, words.text, words.help, related=(one,))


def _unknown(catalogue: Catalogue, path: Path, siblings: tuple[str, ...]) -> Fault:
    """CM101, with the nearest known key: a sibling, or else a key of the same name somewhere else."""
    suggestion, harmless = suggest_key(catalogue, path, siblings)
    return Fault("CM101", path, "is not a known key", suggestion, harmless=harmless)


def suggest_key(catalogue: Catalogue, path: Path, siblings: tuple[str, ...]) -> tuple[str, bool]:
    """A help line for an unknown key, and whether the value beside it is surely no secret."""
    name = str(path[-1])
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
    tables = {known[:length]: None for known in catalogue.paths() for length in range(1, len(known) + 1)}
    named = [known for known in tables if known[-1] != ANY and fold(known[-1]) == fold(str(path[-1]))]
    best = max(named, key=lambda known: _shared(known, path), default=())
    if ANY not in best:
        return best
    at = best.index(ANY)
    # Of another workflow there is no telling which.
    return (*best[:at], path[at], *best[at + 1 :]) if _shared(best, path) > at else ()


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


def value_at(document: Mapping[str, Any], path: Path) -> Any:
    """The value at a path that exists."""
    value: Any = document
    for part in path:
        value = value[part]
    return value
