"""Documents with one mistake each: those that people make, and for every setting each reason to refuse a value."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
from msgspec import Struct, convert

from codemation.origin import Path as Place
from codemation.schema.document import Form
from codemation.settings.setting import ANY
from codemation.values import ItemArray, OneOrMore
from tests.editors.documents import FORMS, KEYS, Document
from tests.editors.walking import Key, in_one_line

POOL: list[Any] = [
    *("***", "\u00a0", "ftp://h/", "http://h:port/", "https://h/?token=***", "https://h/\n", ["file:x"], ["x\0y"]),
    *("", " \t", "\u00a0", "no", "No-1", "x\0y", "data/", ":memory:", "file:app.sqlite", "mysql://h/db", "h:5432/db"),
    *("postgresql://h/db\n", "postgresql://h:port/db", "postgresql://u:***@h/db", "postgres://h/db?password=***"),
    *("postgresql://${X}", "postgresql://u:a b@h", "postgresql://u:%@h", "postgresql://u@v@h"),
    *("redis://${X}", "redis://:a b@h", "redis://:%@h", "redis://a,b", "redis://h/x", "redis://:6379/0"),
    *("redis://h\t", "redis://h:port", "rediss://u:***@h", "unix://run/redis.sock"),
    *("~/app.sqlite", "${X}/app.sqlite", "data\tapp.sqlite", "sqlite:app.db", ["~/src"], ["${X}/src"], ["mail:send"]),
    *(["a", ""], ["a", "b", "a"], [1], [["a"]]),
    *(0, -1, 10**12, 1.5, True),
    *([], {}, {"a": 1}, {"a": "x\0"}, {"a": "***", "b": "c"}, {"a": "b", "c": " "}),
]
"""Values that hardly any setting takes."""


class Mistake(Struct, frozen=True, forbid_unknown_fields=True):
    """A document with one thing wrong at the key `at`, and what has to be said of it: see `mistakes.toml`."""

    name: str
    toml: str
    at: str
    form: Form = "app"
    says: tuple[str, ...] = ()
    kind: str = "said"

    def __str__(self) -> str:
        return self.name

    @property
    def document(self) -> Document:
        return Document(self.name, self.toml, self.form)

    @property
    def path(self) -> Place:
        """The key as a path."""
        value: Any = tomllib.loads(f"{self.at.replace('[0]', '.0')} = 0")
        parts: list[str | int] = []
        while isinstance(value, dict):
            ((name, value),) = value.items()
            parts.append(0 if name == "0" else name)
        return tuple(parts)


def listed() -> list[Mistake]:
    """Those that people make."""
    text = (Path(__file__).parent / "mistakes.toml").read_text(encoding="utf-8")
    return convert(tomllib.loads(text)["mistake"], list[Mistake])


def found() -> list[Mistake]:
    """Every reason to refuse the value of a key, and to refuse a table inside of a value."""
    return [
        mistake
        for form in FORMS
        for key in KEYS[form]
        # What has no name of its own is told of its table.
        if not key.is_table and not key.schema["title"].endswith(ANY)
        for mistake in (*_reasons(form, key), *_incomplete(form, key))
    ]


def _reasons(form: Form, key: Key) -> Iterator[Mistake]:
    """Each reason with the first value of the pool that is refused for it; what is in a table is a key of its own."""
    kind = key.kind
    reasons: dict[str, Mistake] = {}
    for value in POOL:
        problem = kind.problem(value)
        if problem is None or (isinstance(kind, ItemArray | OneOrMore) and problem.code != "CM102"):
            continue
        toml = in_one_line(key, value)
        name = f"{toml.strip()}, {form} schema"
        refusal = next((one for one in kind.refusals if jsonschema.Draft7Validator(one.when).is_valid(value)), None)
        if refusal and problem.code != "CM102":
            says = (refusal.sentence(key.schema["title"]),)
            reasons.setdefault(refusal.text, Mistake(name, toml, str(key), form, says))
        else:
            category = {"CM102": "type", "CM104": "range"}[problem.code]
            reasons.setdefault(f"{category} {type(value)}", Mistake(name, toml, str(key), form, kind=category))
    unseen = {refusal.text for refusal in kind.refusals} - reasons.keys() - WRONG_TYPES
    assert not unseen, f"{key}: the pool has nothing that {unseen}"
    yield from reasons.values()


WRONG_TYPES = {"is neither a string nor an array of strings", "holds an item that is not a string"}
"""The reasons that are about types, which some engines tell in their own words only."""


def _incomplete(form: Form, key: Key) -> Iterator[Mistake]:
    """A table inside of a value without one of its keys, with one misspelt, and with nothing in it."""
    kind = key.kind
    if isinstance(kind, ItemArray):
        whole, inside, wrap = key.schema["examples"][0][0], f"{key}[0]", 1
    elif isinstance(kind, OneOrMore):
        whole, inside, wrap = key.schema["examples"][0], str(key), 0
    else:
        return
    for name, one in kind.item.fields.items():
        rest = {other: value for other, value in whole.items() if other != name}
        cases = [(f"{inside}.{name}x", "unknown", {**rest, f"{name}x": one.examples[0]})]
        if one.required:
            cases.append((inside, "missing", rest))
        for at, category, table in cases:
            toml = in_one_line(key, [table] * wrap or table)
            yield Mistake(f"{toml.strip()}, {form} schema", toml, at, form, (name,), category)
    toml = in_one_line(key, [{}] * wrap or {})
    yield Mistake(f"{toml.strip()}, {form} schema", toml, inside, form, kind="empty")
