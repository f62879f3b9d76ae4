"""Kinds of value that are an array of texts."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from codemation.text.wording import described, quoted
from codemation.values.base import Inner, Problem, ValueType, toml_value
from codemation.values.paths import Folder
from codemation.values.refusal import Refusal
from codemation.values.scalars import Text

EMPTY = ("is an empty array", "name at least one, or take it out")


class TextArray(ValueType):
    """An array of distinct texts of one kind."""

    expected = "an array of strings"
    annotation = "tuple[str, ...]"
    python = list
    tells = False

    def __init__(self, item: Text | None = None) -> None:
        self.item = item or Text()
        self.lower = tuple

    def schema(self, title: str) -> dict[str, Any]:
        """An `array` of strings."""
        return {"type": "array", "items": self.item.schema(f"{title}[]")}

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What is wrong with an item, and items that are there twice."""
        return (
            *items_refused(self.item),
            Refusal(
                {"type": "array", "items": {"type": "string"}, "not": {"uniqueItems": True}},
                "holds an item twice",
                "name each one once",
            ),
        )

    def parse(self, text: str) -> Any:
        """A TOML array."""
        return toml_value(text)

    def value_problem(self, value: Any) -> Problem | None:
        """CM102 or CM105 for the first item that is wrong."""
        seen: set[str] = set()
        for position, item in enumerate(value, 1):
            problem = item_problem(self.item, position, item)
            if problem:
                return problem
            if item in seen:
                return Problem("CM105", f"holds {quoted(item)} twice", "name each one once", mark=(position - 1,))
            seen.add(item)
        return None

    def remedy(self, value: Any) -> str:
        """Show the array that was probably meant."""
        bare = value.strip().removeprefix("[").removesuffix("]") if isinstance(value, str) else ""
        items = [item.strip().strip("\"'") for item in bare.split(",")]
        return f"write [{', '.join(map(quoted, items))}]" if all(items) else f"write {self.expected}"

    def inner(self, path: Inner) -> ValueType | None:
        """The items are of their kind."""
        return item_of(self, self.item, path)


class FolderArray(TextArray):
    """An array of distinct paths of folders."""

    def __init__(self) -> None:
        super().__init__(Folder())

    def rooted(self, value: Any, root: str) -> Any:
        """Every path from the root of the file system."""
        return tuple(self.item.rooted(item, root) for item in value)


class TextOrArray(ValueType):
    """A text, or an array of at least one."""

    expected = "a string or an array of strings"
    annotation = "str | tuple[str, ...]"
    python = object
    item = Text()

    def schema(self, title: str) -> dict[str, Any]:
        """A value of any type: that it is one of two is in `refusals`, for of two types tombi would miss each."""
        del title
        return {
            "type": ["string", "array", "number", "boolean", "object", "null"],
            "items": {},
            # Open, so that a table, which is refused whatever is in it, is refused once.
            "additionalProperties": {},
        }

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What is neither, what is wrong with a text or an item, and an array without any."""
        return (
            Refusal(
                {"not": {"type": ["string", "array"]}},
                "is neither a string nor an array of strings",
                f"write {self.expected}",
            ),
            *self.item.refusals,
            Refusal({"type": "array", "maxItems": 0}, EMPTY[0], EMPTY[1]),
            Refusal(
                {"type": "array", "contains": {"not": {"type": "string"}}},
                "holds an item that is not a string",
                "write it in double quotes",
            ),
            *items_refused(self.item),
        )

    def problem(self, value: Any) -> Problem | None:
        """CM102 or CM105, for the first item that is wrong."""
        if isinstance(value, str):
            return self.item.value_problem(value)
        if not isinstance(value, list):
            return Problem("CM102", f"must be {self.expected}, but is {described(value)}", f"write {self.expected}")
        if not value:
            return Problem("CM105", *EMPTY)
        found = (item_problem(self.item, position, item) for position, item in enumerate(value, 1))
        return next(filter(None, found), None)

    def inner(self, path: Inner) -> ValueType | None:
        """The items are texts."""
        return item_of(self, self.item, path)


def items_refused(kind: Text) -> tuple[Refusal, ...]:
    """Arrays with an item that its kind refuses."""
    return tuple(
        Refusal({"type": "array", "contains": one.when}, f"holds an item that {one.text}", one.help)
        for one in kind.refusals
    )


def item_problem(kind: Text, position: int, item: Any) -> Problem | None:
    """What is wrong with the item at a position (from 1), in words that continue the array's name."""
    if not isinstance(item, str):
        return Problem(
            "CM102",
            f"must hold only strings, but item {position} is {described(item)}",
            "write it in double quotes",
            mark=(position - 1,),
        )
    problem = kind.value_problem(item)
    if problem is None:
        return None
    return Problem(problem.code, f"holds an item ({position}) that {problem.text}", problem.help, mark=(position - 1,))


def item_of(array: ValueType, item: ValueType, path: Inner) -> ValueType | None:
    """The kind at a place in an array of single values."""
    if not path:
        return array
    return item if len(path) == 1 and isinstance(path[0], int) else None
