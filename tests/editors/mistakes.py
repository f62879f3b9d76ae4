"""Documents with one mistake each: those that people make, and for every setting each reason to refuse a value."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
from msgspec import Struct, convert

from codemation.catalogue import CATALOGUE, Leaf
from codemation.origin import Path as Place
from codemation.schema import Form, kind_of
from tests.editors.documents import FORMS, KEYS, Document
from tests.editors.walking import Key, in_one_line

POOL: list[Any] = [
    *("", " \t", "\u00a0", "no", "No-1", "x\0y", "data/", ":memory:", "file:app.sqlite", "mysql://h/db", "h:5432/db"),
    *("postgresql://h/db\n", "postgresql://h:port/db", "postgresql://u:***@h/db", "postgres://h/db?password=***"),
    *("redis://h\t", "redis://h:port", "rediss://u:***@h", "unix://run/redis.sock"),
    *(["a", ""], ["a", "b", "a"], [1], [["a"]]),
    *(0, -1, 10**12, 1.5, True),
    *([], {}, {"a": 1}),
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
        value: Any = tomllib.loads(f"{self.at} = 0")
        parts: list[str | int] = []
        while isinstance(value, dict):
            ((name, value),) = value.items()
            parts.append(name)
        return tuple(parts)


def listed() -> list[Mistake]:
    """Those that people make."""
    text = (Path(__file__).parent / "mistakes.toml").read_text(encoding="utf-8")
    return convert(tomllib.loads(text)["mistake"], list[Mistake])


def found() -> list[Mistake]:
    """Every reason that a setting has to refuse a value, each with the first of the pool that is refused for it."""
    return [
        mistake
        for form in FORMS
        for key in KEYS[form]
        if isinstance(leaf := CATALOGUE.node(key.path), Leaf)
        for mistake in _reasons(form, key, leaf)
    ]


def _reasons(form: Form, key: Key, leaf: Leaf) -> Iterator[Mistake]:
    kind = kind_of(leaf)
    reasons: dict[str, Mistake] = {}
    for value in POOL:
        problem = kind.problem(value)
        if problem is None:
            continue
        toml = in_one_line(key.path, value)
        name = f"{toml.strip()}, {form} schema"
        refusal = next((one for one in kind.refusals if jsonschema.Draft7Validator(one.when).is_valid(value)), None)
        if refusal:
            says = (refusal.sentence(key.schema["title"]),)
            reasons.setdefault(refusal.text, Mistake(name, toml, str(key), form, says))
        else:
            category = {"CM102": "type", "CM103": "choice", "CM104": "range"}[problem.code]
            reasons.setdefault(f"{category} {type(value)}", Mistake(name, toml, str(key), form, kind=category))
    unseen = {refusal.text for refusal in kind.refusals} - reasons.keys()
    assert not unseen, f"{key}: the pool has nothing that {unseen}"
    yield from reasons.values()
