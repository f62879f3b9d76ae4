"""What is wrong with a document: all of it, found by the JSON Schema itself.

jsonschema runs over the very schema that editors use, and each of its errors becomes a fault: so compiler and editor
agree by construction. What JSON Schema cannot say of a value, its kind adds. Only a document that `validation.py`
found wrong gets here, and of that only the tables at fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from codemation.origin import Path
from codemation.resolution.hindrances import unhindered
from codemation.resolution.validation import NONE_JUDGED, AtFault, Fault, Judged
from codemation.schema.document import document_schema, exclusion, validator
from codemation.settings.catalogue import Catalogue, Leaf, Table
from codemation.settings.keys import Key
from codemation.settings.renames import Suggestion
from codemation.settings.setting import ANY
from codemation.settings.suggestions import NearWords, suggest_key, suggest_quotes, suggest_table
from codemation.sources.toml import nested_paths
from codemation.text.redaction import Unshown
from codemation.text.wording import described, near_words
from codemation.values import Problem

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator


class _Verdict(Struct, frozen=True, gc=False):
    """What the schema says of a table: of the key `name` in it, or of the table itself.

    `keyword` is the one that is broken, `other` a neighbour that the key may not stand beside.
    """

    name: str | None
    keyword: str
    other: str | None = None


class _Answers(Unshown, Struct, frozen=True, gc=False):
    """All that is wrong with a table, wherever it stands: by the schema, and by the kinds of its values."""

    verdicts: tuple[_Verdict, ...]
    problems: Mapping[str, tuple[Problem, ...]]


def judge(
    catalogue: Catalogue, at_fault: Iterable[AtFault], before: Mapping[Key, Judged] = NONE_JUDGED
) -> Mapping[Key, Judged]:
    """What is wrong with tables that are at fault, by path, each with its faults in the order of its keys.

    `before` are those of another document: it changes no answer, only how long this takes.
    """
    # Of thousands of workflows many have the same mistake: jsonschema and difflib are asked about it once.
    near = cache(near_words)
    known: dict[tuple[Table, str], _Answers] = {}
    judged: dict[Key, Judged] = {}
    for table in at_fault:
        own = _own(table)
        # By notation 1, 1.0 and true are three values.
        written, as_before = repr(own), before.get(table.path)
        if as_before is not None and as_before.written == written:
            judged[table.path] = as_before
            continue
        answers = known.get((table.known, written))
        if answers is None:
            answers = known[table.known, written] = _answers(catalogue, table.known, own)
        judged[table.path] = Judged(table.known, written, tuple(_faults_of(catalogue, table, own, answers, near)))
    return judged


def faults(catalogue: Catalogue, document: Mapping[str, Any], judged: Mapping[Key, Judged]) -> tuple[Fault, ...]:
    """Every fault of a document whose tables were judged, one for each place, table by table."""
    return tuple(unhindered(catalogue, document, [fault for table in judged.values() for fault in table.faults]))


def _own(table: AtFault) -> Mapping[str, Any]:
    """What a table holds but the tables within it that are meant to be there."""
    known = table.known
    return {
        name: value
        for name, value in table.content.items()
        if type(value) is not dict or type(known.child(name)) is not Table
    }


@cache
def _checkers(catalogue: Catalogue) -> Mapping[Table, Validator]:
    """The check of each table, by its part of the schema; they take longer to make than to run."""
    whole = validator(document_schema(catalogue))
    found: dict[Table, Validator] = {}
    pending: list[tuple[Table, Any]] = [(catalogue.root, whole.schema)]
    while pending:
        table, schema = pending.pop()
        found[table] = whole.evolve(schema=schema)
        for name, child in table.children.items():
            if isinstance(child, Table):
                pending.append((child, schema["additionalProperties"] if name == ANY else schema["properties"][name]))
    return found


def _answers(catalogue: Catalogue, known: Table, own: Mapping[str, Any]) -> _Answers:
    """Ask the schema about a table, and the kinds about the values that they refuse."""
    errors = _checkers(catalogue)[known].iter_errors(own)
    verdicts = [
        _Verdict(str(one.path[0]) if one.path else None, str(one.validator), _excluded_by(one)) for one in errors
    ]
    leaves = {name: leaf for name in own if isinstance(leaf := known.child(name), Leaf)}
    problems = {
        name: tuple(leaf.kind.problems(own[name])) for name, leaf in leaves.items() if not leaf.kind.accepts(own[name])
    }
    return _Answers(tuple(verdicts), problems)


def _faults_of(
    catalogue: Catalogue, table: AtFault, own: Mapping[str, Any], answers: _Answers, near: NearWords
) -> Iterable[Fault]:
    """The faults of one table, which holds `own` but the tables within it."""
    found: dict[tuple[Path, str], Fault] = {}
    refused: dict[str, str] = {}
    for verdict in answers.verdicts:
        if verdict.name is None:
            ours = _unknown(catalogue, table, own, near)
        elif not isinstance(table.known.child(verdict.name), Leaf):
            ours = _of_no_table(catalogue, (*table.path, verdict.name), own[verdict.name])
        elif verdict.other is not None:
            ours = _conflict((*table.path, verdict.other), (*table.path, verdict.name))
        else:
            # A value may break several keywords at once, and in several places: it says what is wrong, once.
            refused.setdefault(verdict.name, verdict.keyword)
            continue
        found |= {(fault.path, fault.code): fault for fault in ours}
    # Last, what only the kind of a value can tell: see the list in `schemas/README.md`.
    for name in {**refused, **answers.problems}:
        problems, leaf = answers.problems.get(name), table.known.child(name)
        if problems is None:
            # Only where schema and kind disagree, which the tests rule out; the schema then has its way.
            text = f"does not fit the schema ({refused[name]})"
            problems = (Problem("CM105", text, "see `codemation schema`"),)
        if isinstance(leaf, Leaf):
            ours = _of_value((*table.path, name), leaf, problems)
            found |= {(fault.path, fault.code): fault for fault in ours}
    if len(found) <= 1:
        return found.values()
    order = {path: position for position, (path, _) in enumerate(nested_paths(own, table.path))}
    return sorted(found.values(), key=lambda fault: (order.get(fault.path, 0), fault.code))


def _of_no_table(catalogue: Catalogue, path: Path, value: Any) -> Iterator[Fault]:
    """CM102 of what is written where a table is meant."""
    yield Fault("CM102", path, f"must be a table, but is {described(value)}", suggest_table(catalogue, path, value))


def _of_value(path: Key, leaf: Leaf, problems: Iterable[Problem]) -> Iterator[Fault]:
    """Everything that is wrong with the value of one setting."""
    for one in problems:
        yield Fault(
            one.code,
            (*path, *one.path),
            one.text,
            one.help,
            related=tuple([(*path, *other) for other in one.related]),
            harmless=leaf.kind.harmless if one.harmless is None else one.harmless,
            repair=one.repair,
            mark=one.mark,
        )


def _excluded_by(error: ValidationError) -> str | None:
    """The neighbour that makes the mere presence of a setting an error, if that is what was found."""
    place = tuple(error.schema_path)
    if error.validator != "const" or "dependencies" not in place or len(error.path) != 1:
        return None
    # `dependencies` are keyed by the neighbour; a key's own conditions stand under its own name.
    neighbour = str(place[place.index("dependencies") + 1])
    return None if neighbour == error.path[0] else neighbour


def _conflict(one: Key, other: Key) -> Iterator[Fault]:
    """CM106: the second of two keys that exclude each other."""
    words = exclusion(one, other)
    yield Fault("CM106", other, words.text, words.help, related=(one,))


def _unknown(catalogue: Catalogue, table: AtFault, own: Mapping[str, Any], near: NearWords) -> Iterator[Fault]:
    """CM101, with the nearest known key: a sibling, or else a key of the same name somewhere else."""
    siblings = tuple(table.known.children)
    for name, value in own.items():
        if name not in siblings:
            path = (*table.path, name)
            quoted = suggest_quotes(catalogue, path, value)
            suggested = Suggestion(quoted) if quoted else suggest_key(catalogue, path, siblings, value, near)
            text, help_text = "is not a known key", f"{suggested.help} {suggested.outside}".rstrip()
            yield Fault("CM101", path, text, help_text, harmless=suggested.harmless, repair=suggested.repair)
