"""What is wrong with a document: all of it, found by the JSON Schema itself.

jsonschema runs over the very schema that editors use, and each of its errors becomes a fault: so compiler and editor
agree by construction. What JSON Schema cannot say of a value, its kind adds. Only a document that `validation.py`
found wrong gets here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from codemation.origin import Path
from codemation.resolution.hindrances import unhindered
from codemation.resolution.validation import Fault
from codemation.schema.document import document_schema, exclusion, validator
from codemation.settings.catalogue import Catalogue, Leaf, Table
from codemation.settings.keys import Key
from codemation.settings.renames import Suggestion
from codemation.settings.setting import ANY
from codemation.settings.suggestions import suggest_key, suggest_quotes, suggest_table
from codemation.sources.toml import nested_paths, value_at
from codemation.text.wording import described
from codemation.values import Problem

if TYPE_CHECKING:
    from jsonschema import Draft7Validator, ValidationError


def faults(catalogue: Catalogue, document: Mapping[str, Any]) -> list[Fault]:
    """Every fault of a document, one for each place, in the document's order of keys."""
    found: dict[tuple[Path, str], Fault] = {}
    wrong: set[Path] = set()
    for error in _checker(catalogue).iter_errors(document):
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
    for path, leaf in _stated(catalogue, document):
        # What only the kind of a value can tell: see the list in `schemas/README.md`.
        if path not in wrong and leaf.kind.problem(value_at(document, path)) is not None:
            found |= {(fault.path, fault.code): fault for fault in _of_value(document, path, leaf, "")}
    order = {path: position for position, (path, _) in enumerate(nested_paths(document))}
    return sorted(
        unhindered(catalogue, document, found.values()), key=lambda fault: (order.get(fault.path, 0), fault.code)
    )


@cache
def _checker(catalogue: Catalogue) -> Draft7Validator:
    """The check of documents, which takes longer to make than to run."""
    return validator(document_schema(catalogue))


def _stated(catalogue: Catalogue, document: Mapping[str, Any]) -> Iterator[tuple[Key, Leaf]]:
    """The settings that a document states."""
    pending: list[tuple[Key, Table, Mapping[str, Any]]] = [((), catalogue.root, document)]
    while pending:
        path, table, content = pending.pop()
        for name, value in content.items():
            child = table.children.get(name) or table.children.get(ANY)
            if isinstance(child, Leaf):
                yield (*path, name), child
            elif child is not None and isinstance(value, dict):
                pending.append(((*path, name), child, value))


def _translate(catalogue: Catalogue, document: Mapping[str, Any], error: ValidationError) -> Iterator[Fault]:
    """The faults that one error of jsonschema stands for: one keyword, one code."""
    path: Path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        table = catalogue.node(path)
        known = tuple(table.children) if isinstance(table, Table) else ()
        for name in value_at(document, path):
            if name not in known:
                yield _unknown(catalogue, document, (*path, name), known)
        return
    value = value_at(document, path)
    yield Fault("CM102", path, f"must be a table, but is {described(value)}", suggest_table(catalogue, path, value))


def _of_value(document: Mapping[str, Any], path: Key, leaf: Leaf, keyword: str) -> list[Fault]:
    """Everything that is wrong with the value of one setting."""
    kind = leaf.kind
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
            repair=one.repair,
            mark=one.mark,
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
    words = exclusion(one, other)
    return Fault("CM106", other, words.text, words.help, related=(one,))


def _unknown(catalogue: Catalogue, document: Mapping[str, Any], path: Path, siblings: tuple[str, ...]) -> Fault:
    """CM101, with the nearest known key: a sibling, or else a key of the same name somewhere else."""
    value = value_at(document, path)
    quoted = suggest_quotes(catalogue, path, value)
    suggested = Suggestion(quoted) if quoted else suggest_key(catalogue, path, siblings, value)
    help_text = f"{suggested.help} {suggested.outside}".rstrip()
    return Fault("CM101", path, "is not a known key", help_text, harmless=suggested.harmless, repair=suggested.repair)
