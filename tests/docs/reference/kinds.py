"""What a kind of value is called in the reference: its type, its bounds and its words."""

from __future__ import annotations

from functools import singledispatch

from codemation.text.amounts import duration
from codemation.values import (
    Boolean,
    Choice,
    Duration,
    FilePath,
    FolderArray,
    Integer,
    Item,
    ItemArray,
    OneOrMore,
    QueueName,
    Text,
    TextArray,
    TextOrArray,
    TextTable,
    Url,
    ValueType,
    VariableName,
)
from tests.docs.reference.markdown import table, value, words

_URLS = {
    "postgresql": "a URL, `postgresql://…` or `postgres://…`",
    "redis": "a URL, `redis://…`, `rediss://…` or `unix://…`",
    "http": "a URL, `https://…` or `http://…`",
}
_PLAIN: dict[type[ValueType], str] = {
    Boolean: "boolean",
    FilePath: "path of a file; a relative one starts at the project root",
    FolderArray: "array of paths of folders; relative ones start at the project root",
    ItemArray: "array of tables",
    Text: "string that is not blank",
    TextOrArray: "string, or an array of strings",
    TextTable: "table of strings",
    VariableName: "the name of an environment variable",
}


@singledispatch
def kind(of: ValueType) -> str:
    """The type of a value, in words."""
    return _PLAIN[type(of)]


@kind.register
def _(of: Choice) -> str:
    return words(map(value, of.words))


@kind.register
def _(of: Integer) -> str:
    return f"integer, {of.minimum} to {of.maximum}"


@kind.register
def _(of: Duration) -> str:
    return f"integer: seconds, {of.minimum} to {of.maximum} ({duration(of.maximum)})"


@kind.register
def _(of: Url) -> str:
    return _URLS[of.schemes]


@kind.register
def _(of: TextArray) -> str:
    if isinstance(of, FolderArray):
        return _PLAIN[FolderArray]
    return f"array of distinct strings that are not blank{', without `:`' if isinstance(of.item, QueueName) else ''}"


@kind.register
def _(of: OneOrMore) -> str:
    return f"a table, or several as an array under `{of.several}`"


def details(of: ValueType) -> str:
    """What the words of a choice mean, or the keys of an item; blank for what needs no more."""
    if isinstance(of, Choice):
        return table(("value", "meaning"), ((value(word), doc) for word, doc in of.words.items()))
    return _keys(of.item) if isinstance(of, ItemArray | OneOrMore) else ""


def _keys(item: type[Item]) -> str:
    rows = (
        (f"`{it.name}`", kind(it.type), "" if it.required else "optional", it.doc, value(it.examples[0]))
        for it in item.fields.values()
    )
    return table(("key", "type", "", "what it says", "example"), rows)
