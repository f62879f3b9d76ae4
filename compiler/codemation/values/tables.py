"""Kinds of value that are tables, or arrays of them: each is one setting, which wins or loses whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, Final

from msgspec import Struct
from msgspec.structs import replace

from codemation.text.redaction import is_secret_name
from codemation.text.wording import camel_case, described, fold, near_words, nearest, quoted, surely_meant
from codemation.values.base import (
    Inner,
    Problem,
    ValueType,
    choices_in_words,
    documented,
    fenced,
    refused_in_words,
    toml_value,
)
from codemation.values.refusal import Refusal
from codemation.values.repair import Rename
from codemation.values.scalars import Text

MISSING: Final = "CM406"


class Field(Struct, frozen=True):
    """One key of an item."""

    attribute: str
    name: str
    type: ValueType
    doc: str
    examples: tuple[Any, ...]
    required: bool


class _Declared(Struct, frozen=True):
    """What `field()` returns: a key that does not know its name yet."""

    type: ValueType
    doc: str
    examples: tuple[Any, ...]
    required: bool


def field(type_: ValueType, *, doc: str, examples: tuple[Any, ...], required: bool = True) -> Any:
    """Declare one key of an `Item` beside its name; the attribute's name in camelCase is the key."""
    return _Declared(type_, doc, examples, required)


class Item:
    """A table inside of a setting: subclass it, its docstring is its doc.

    `unique` is the key that tells the items of an array apart, where there is one.
    """

    fields: ClassVar[Mapping[str, Field]] = {}
    unique: ClassVar[str | None] = None

    def __init_subclass__(cls, *, unique: str | None = None) -> None:
        """Turn the declarations of the class body into keys that know their names."""
        cls.unique = unique
        cls.fields = {
            camel_case(name): Field(name, camel_case(name), it.type, it.doc, it.examples, it.required)
            for name, it in vars(cls).items()
            if isinstance(it, _Declared)
        }


class TextTable(ValueType):
    """A table of texts of one kind, under names that its author chooses; `doc` says what one is, `example` is one."""

    expected = "a table of strings"
    annotation = "dict[str, str]"
    python = dict

    def __init__(self, item: Text, doc: str, *, example: str) -> None:
        self.item = item
        self.doc = doc
        self.example = example
        self.harmless = item.harmless

    def schema(self, title: str) -> dict[str, Any]:
        """An `object` of strings."""
        item = {"title": f"{title}.*", "description": self.doc, **self.item.schema(f"{title}.*")}
        return {"type": "object", "additionalProperties": {**item, "examples": [self.example]}}

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What is wrong with one of the texts: of the whole table, because no condition reaches a name unknown."""
        return tuple(
            Refusal(
                {"type": "object", "not": {"additionalProperties": {"not": one.when}}},
                f"holds a value that {one.text}",
                one.help,
            )
            for one in self.item.refusals
        )

    def problem(self, value: Any) -> Problem | None:
        """The first of `problems`."""
        return next(self.problems(value), None)

    def problems(self, value: Any) -> Iterator[Problem]:
        """Every text that is wrong."""
        if type(value) is not dict:
            yield Problem(
                "CM102", f"must be {self.expected}, but is {described(value)}", 'write it as { name = "value" }'
            )
            return
        for name, item in value.items():
            yield from _within(self.item, item, (name,))

    def inner(self, path: Inner) -> ValueType | None:
        """The texts are of their kind."""
        if not path:
            return self
        return self.item if len(path) == 1 and isinstance(path[0], str) else None

    def secrets(self, value: Any) -> Iterator[Inner]:
        """The texts that are credentials by their name or their look, where such may stand."""
        if not self.harmless and isinstance(value, dict):
            for name, item in value.items():
                if isinstance(item, str) and is_secret_name(name, item) and self.item.accepts(item):
                    yield (name,)


class ItemArray(ValueType):
    """An array of tables, all of one kind."""

    expected = "an array of tables"
    python = list

    def __init__(self, item: type[Item]) -> None:
        self.item = item
        self.annotation = f"tuple[{item.__name__}, ...]"
        self.harmless = all(one.type.harmless for one in item.fields.values())
        self.unique = item.unique

    def schema(self, title: str) -> dict[str, Any]:
        """An `array` of closed objects."""
        return {"type": "array", "items": item_schema(self.item, f"{title}[]")}

    def parse(self, text: str) -> Any:
        """A TOML array."""
        return toml_value(text)

    def problem(self, value: Any) -> Problem | None:
        """The first of `problems`."""
        return next(self.problems(value), None)

    def problems(self, value: Any) -> Iterator[Problem]:
        """Everything that is wrong with any of the tables."""
        if type(value) is not list:
            help_text = "write [{ … }]" + (", or its header in double brackets" if isinstance(value, dict) else "")
            yield Problem("CM102", f"must be {self.expected}, but is {described(value)}", help_text)
            return
        for position, item in enumerate(value):
            yield from item_problems(self.item, item, (position,))

    def inner(self, path: Inner) -> ValueType | None:
        """The kind of a key of one of the tables."""
        if not path:
            return self
        return inner_of(self.item, path[1:]) if isinstance(path[0], int) else None

    def secrets(self, value: Any) -> Iterator[Inner]:
        """The credentials of all tables."""
        for position, item in enumerate(value if isinstance(value, list) else ()):
            for one in self.item.fields.values():
                if isinstance(item, dict) and one.name in item:
                    yield from ((position, one.name, *path) for path in one.type.secrets(item[one.name]))


class OneOrMore(ValueType):
    """A table that is one item, or that holds an array of them under the key `several` and nothing else.

    The items' keys are all required. `name` is what the runtime form calls the type, `doc` describes `several`.
    """

    expected = "a table"
    python = dict

    def __init__(self, item: type[Item], several: str, *, name: str, doc: str) -> None:
        self.item = item
        self.several = several
        self.doc = doc
        self.array = ItemArray(item)
        self.annotation = name
        self.harmless = self.array.harmless

    def schema(self, title: str) -> dict[str, Any]:
        """One closed object with the keys of both forms, so that what is wrong is one message in every engine."""
        name = f"{title}.{self.several}"
        examples = ([{key: it.examples[0] for key, it in self.item.fields.items()}],)
        excluded = f"{name} excludes {_both(list(self.item.fields))}: write one rule, or all of them there"
        one = item_schema(self.item, title, {self.several: [excluded]})
        one["properties"][self.several] = documented(self.array, name, f"{self.doc} No default.", examples)
        return one

    def parse(self, text: str) -> Any:
        """A TOML inline table."""
        return toml_value(text)

    def problem(self, value: Any) -> Problem | None:
        """The first of `problems`."""
        return next(self.problems(value), None)

    def problems(self, value: Any) -> Iterator[Problem]:
        """Everything that is wrong, in either form."""
        several, keys = self.several, list(self.item.fields)
        if type(value) is not dict:
            yield Problem("CM102", f"must be {self.expected}, but is {described(value)}", self.remedy(value))
            return
        stated = [key for key in keys if key in value]
        unknown = [name for name in value if name not in {*keys, several}]
        for name in unknown:
            yield _unknown(name, value[name], (), {**self.item.fields, several: None})
        for key in stated:
            yield from _within(self.item.fields[key].type, value[key], (key,))
        if several in value:
            yield from _within(self.array, value[several], (several,))
            if stated:
                yield Problem(
                    "CM106",
                    f"excludes {_both(stated)}, and both are written",
                    f"write one rule, or move it into `{several}` with the others",
                    (several,),
                    tuple((key,) for key in stated),
                )
        elif not unknown and len(stated) < len(keys):
            yield (
                _missing([key for key in keys if key not in value], self.item.fields, ())
                if stated
                else Problem(
                    MISSING,
                    "is empty",
                    f"write {_examples(keys, self.item.fields)}, or `{several} = [{{ … }}]`, or take it out",
                )
            )

    def remedy(self, value: Any) -> str:
        """Show the table that was probably meant."""
        example = _examples(list(self.item.fields), self.item.fields, separator=", ")
        if isinstance(value, list):
            return f"write it as {{ {self.several} = [{{ … }}] }}"
        return f"write it as {{ {example} }}".replace("`", "")

    def inner(self, path: Inner) -> ValueType | None:
        """The kind of a key in either form."""
        if not path:
            return self
        return self.array.inner(path[1:]) if path[0] == self.several else inner_of(self.item, path)


def item_schema(item: type[Item], title: str, excluded: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A closed object with the keys of an item.

    What is wrong with a value, and that keys are missing, stands under `dependencies` (see `refused_in_words`); that
    keys are missing is said by the first of those that are there, so that it is said once, and not where a name is
    unknown: it is probably the missing one. `excluded` are keys that no item's key may stand beside, each with the
    value that says so.
    """
    properties, dependencies = {}, {}
    names = list(item.fields)
    others = excluded or {}
    required = [name for name, one in item.fields.items() if one.required]
    for position, (name, one) in enumerate(item.fields.items()):
        path = f"{title}.{name}"
        unless = f", unless `{'`, `'.join(others)}` is written" if others else ""
        need = f"Required{unless}." if one.required else "No default."
        text = f"{' '.join((one.doc, *choices_in_words(one.type), need))}\n\n{fenced(name, one.examples[0])}"
        properties[name] = documented(one.type, path, text, one.examples)
        first = {"properties": dict.fromkeys(names[:position], False)}
        alone = {"properties": dict.fromkeys((*names[:position], *others), False), "propertyNames": {"enum": names}}
        missing: dict[str, Any] = {
            "if": alone,
            "then": {"properties": dict.fromkeys(required, True), "required": required},
        }
        if others:
            refused = {"properties": {other: {"const": words} for other, words in others.items()}}
            missing["else"] = {"if": first, "then": refused}
        dependencies[name] = refused_in_words(name, path, one.type.refusals, missing)
    return {
        "title": title,
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "dependencies": dependencies,
        "x-taplo": {"initFields": required},
    }


def item_problems(item: type[Item], value: Any, path: Inner) -> Iterator[Problem]:
    """Everything that is wrong with one table; a key that is nearly written is not missing as well."""
    if type(value) is not dict:
        required = [name for name, one in item.fields.items() if one.required]
        help_text = f"write it as {{ {', '.join(f'{name} = …' for name in required)} }}"
        yield Problem("CM102", f"must be a table, but is {described(value)}", help_text, path, harmless=False)
        return
    meant: set[str | None] = set()
    for name in value:
        if name not in item.fields:
            yield _unknown(name, value[name], path, item.fields)
            meant.add(nearest(name, tuple(item.fields)))
    for name, one in item.fields.items():
        if name in value:
            yield from _within(one.type, value[name], (*path, name))
    missing = [name for name, one in item.fields.items() if one.required and name not in {*value, *meant}]
    if missing:
        yield _missing(missing, item.fields, path)


def inner_of(item: type[Item], path: Inner) -> ValueType | None:
    """The kind at a place in an item, also under a key that is spelt nearly so."""
    if not path or not isinstance(path[0], str):
        return None
    folded = {fold(name): one for name, one in item.fields.items()}
    one = item.fields.get(path[0]) or folded.get(fold(path[0]))
    return one.type.inner(path[1:]) if one else None


def _within(kind: ValueType, value: Any, path: Inner) -> Iterator[Problem]:
    """The problems of what stands at a place."""
    for problem in kind.problems(value):
        harmless = kind.harmless if problem.harmless is None else problem.harmless
        related = tuple((*path, *other) for other in problem.related)
        yield replace(problem, path=(*path, *problem.path), related=related, harmless=harmless)


def _unknown(name: str, value: Any, path: Inner, known: Mapping[str, Field | None]) -> Problem:
    """CM101, with the nearest known key."""
    words = near_words(name, tuple(known))
    near = words[0][1] if words else None
    one = known[near] if near else None
    unsaid = one.type.unsaid_by(name) if one else ""
    help_text = f"did you mean `{near}`?" if near else f"known here: {', '.join(f'`{other}`' for other in known)}"
    sure = near is not None and (
        fold(near) == fold(name)
        or (near == surely_meant(words) and one is not None and not unsaid and one.type.fits(value))
    )
    return Problem(
        "CM101",
        "is not a known key",
        f"{help_text} {unsaid}".rstrip(),
        (*path, name),
        harmless=one is not None and one.type.harmless,
        repair=Rename((near,)) if near and sure else None,
    )


def _missing(names: list[str], fields: Mapping[str, Field], path: Inner) -> Problem:
    """CM406, once for all keys that a table lacks."""
    verb = "has no" if len(names) == 1 else "lacks"
    return Problem(MISSING, f"{verb} {_both(names)}", f"add {_examples(names, fields)}", path)


def _both(names: list[str]) -> str:
    """Names in a sentence: "`a`, `b` and `c`"."""
    *others, last = (f"`{name}`" for name in names)
    return f"{', '.join(others)} and {last}" if others else last


def _examples(names: list[str], fields: Mapping[str, Field], *, separator: str = " and ") -> str:
    """The keys with a value that they may have."""
    return separator.join(f"`{name} = {quoted(str(fields[name].examples[0]))}`" for name in names)
