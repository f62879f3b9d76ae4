"""The kinds of value that a setting can have: one class each.

A kind says six things about itself: how text becomes a value (`parse`, for environment variables and `--set`), what
is wrong with a value (`problem`), what it is in a JSON Schema (`schema`, with `refusals`), what msgspec accepts
(`native`), and its Python type in the runtime form (`annotation`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta, Struct

from codemation import urls
from codemation.patterns import NOT_BLANK, WHITESPACE, lazy
from codemation.refusal import Refusal, having, lacking
from codemation.wording import LONGEST_QUOTE, described, nearest, quoted, quoted_list

NOT_A_NAME = "^[^A-Za-z_]|[^A-Za-z0-9_]|^$"
"""What no variable's name has, in the POSIX sense (IEEE Std 1003.1, "Name"), which every shell can set."""

BLANK = lacking(NOT_BLANK, "is blank", "give it a value, or take it out")

IN_MEMORY = rf"^[{WHITESPACE}]*:memory:"
URI = rf"^[{WHITESPACE}]*file:|://"
NUL = r"\u0000"
FOLDER = r"(^|/)\.{0,2}\n*$"
NOT_A_FILE = f"{IN_MEMORY}|{URI}|{NUL}|{FOLDER}"
"""SQLite's in-memory and URI names, NUL, URLs, and paths that end in a folder.

Line feeds stand before `$` because regex engines disagree whether it may stand before the last one.
"""


class Problem(Struct, frozen=True):
    """What is wrong with one value: `text` continues a sentence that began with the setting's name."""

    code: str
    text: str
    help: str


class ValueType:
    """The base of all kinds; by itself it takes any value of the type `python`.

    `expected` names the TOML type with its article, `python` is that type here. `checked` tells that `native` accepts
    more than `problem` does; `harmless` that a value of this kind is no secret, whatever stands there.
    """

    expected: ClassVar[str]
    annotation: str
    python: ClassVar[type[Any]]
    checked: ClassVar[bool] = False
    harmless: ClassVar[bool] = True

    @property
    def native(self) -> Any:
        """The msgspec type that accepts what `problem` accepts, and more where the kind is `checked`."""
        return self.python

    def schema(self) -> dict[str, Any]:
        """The kind as a fragment of JSON Schema draft-07: what engines have good words of their own for."""
        return {}

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What else is wrong with values that fit `schema`, the first reason first."""
        return ()

    def parse(self, text: str) -> Any:
        """Read a trimmed, non-blank text; one that cannot be read is returned as it is, for `problem` to refuse."""
        return text

    def problem(self, value: Any) -> Problem | None:
        """Say what is wrong with `value`, or return `None`. Never repeats a value that may be secret."""
        if type(value) is not self.python:
            return Problem("CM102", f"must be {self.expected}, but is {described(value)}", self.remedy(value))
        return self.value_problem(value)

    def value_problem(self, value: Any) -> Problem | None:
        """Say what is wrong with a value of the right type, or return `None`."""
        del value
        return None

    def remedy(self, value: Any) -> str:
        """What to do about a value of the wrong type."""
        del value
        return f"write {self.expected}"

    lower: Callable[[Any], Any] | None = None
    """Gives the runtime form's value for the app form's, where the two differ."""

    def in_runtime_form(self) -> ValueType:
        """The kind as the runtime form and the environment spell it."""
        return self


class Choice(ValueType):
    """One of a few words; `choices` maps each to its documentation, `runtime` to its word in the runtime form."""

    expected = "a string"
    python = str

    def __init__(self, choices: dict[str, str], *, runtime: dict[str, str] | None = None) -> None:
        self.choices = choices
        self.runtime = runtime
        self.other_words: dict[str, str] = {}  # the other form's, each with ours
        if runtime is not None:
            self._in_runtime_form = Choice({runtime[word]: doc for word, doc in choices.items()})
            self._in_runtime_form.other_words = runtime
            self.other_words = {spelt: word for word, spelt in runtime.items()}
            self.lower = runtime.__getitem__
        self.annotation = f"Literal[{quoted_list(tuple(choices))}]"

    @property
    def native(self) -> Any:
        """A `Literal` of the words."""
        return Literal[tuple(self.choices)]

    def schema(self) -> dict[str, Any]:
        """An `enum`, and no `type`: what has the wrong one is told the choices, and nothing besides."""
        return {"enum": list(self.choices)}

    def value_problem(self, value: Any) -> Problem | None:
        """CM103, with the nearest word."""
        if value in self.choices:
            return None
        near = self.other_words.get(value) or nearest(value, tuple(self.choices))
        words = quoted_list(tuple(self.choices))
        return Problem(
            "CM103",
            f"is {quoted(value)}, which is not one of {words}",
            f'did you mean "{near}"?' if near else f"choose one of {words}",
        )

    def remedy(self, value: Any) -> str:
        """Name the choices."""
        del value
        return f"choose one of {quoted_list(tuple(self.choices))}"

    def in_runtime_form(self) -> ValueType:
        """The runtime form's words."""
        return self._in_runtime_form if self.runtime else self


class Integer(ValueType):
    """A whole number within bounds, both inclusive; `unit` is for people."""

    expected = "an integer"
    annotation = "int"
    python = int
    text = lazy(r"[+-]?[0-9]{1,40}")

    def __init__(self, minimum: int, maximum: int, *, unit: str) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.unit = unit

    @property
    def native(self) -> Any:
        """A bounded `int`."""
        return Annotated[int, Meta(ge=self.minimum, le=self.maximum)]

    def schema(self) -> dict[str, Any]:
        """A bounded `integer`."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}

    def parse(self, text: str) -> Any:
        """Base 10, ASCII digits, an optional sign."""
        return int(text) if self.text.fullmatch(text) else text

    def value_problem(self, value: Any) -> Problem | None:
        """CM104, with the bounds."""
        if self.minimum <= value <= self.maximum:
            return None
        digits = str(value) if abs(value) < 10**LONGEST_QUOTE else f"a number of more than {LONGEST_QUOTE} digits"
        return Problem(
            "CM104",
            f"is {digits}, which is not between {self.minimum} and {self.maximum}",
            f"give a number of {self.unit} from {self.minimum} to {self.maximum}",
        )

    def remedy(self, value: Any) -> str:
        """Show the integer that was probably meant."""
        if isinstance(value, str) and self.text.fullmatch(value):
            return f"write {int(value)}, without quotes"
        if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
            return f"write {int(value)}, without a fraction"
        return f"write a whole number of {self.unit}, in digits"


class Text(ValueType):
    """A string that is not blank."""

    expected = "a string"
    annotation = "str"
    python = str

    @property
    def native(self) -> Any:
        """A `str` with something in it."""
        return Annotated[str, Meta(pattern=NOT_BLANK)]

    def schema(self) -> dict[str, Any]:
        """A `string`."""
        return {"type": "string"}

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Blank strings."""
        return (BLANK,)

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for a blank string, or one that is no Unicode."""
        return blank_problem(value) or unicode_problem(value)

    def remedy(self, value: Any) -> str:
        """How a string is written."""
        return super().remedy(value) if isinstance(value, list | dict) else "write it in double quotes"


class VariableName(Text):
    """The name of an environment variable. What is not one is never repeated: it may be the secret itself."""

    checked = True
    harmless = False

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Blank strings, and what is not a name."""
        return (
            BLANK,
            having(
                NOT_A_NAME,
                "is not the name of an environment variable",
                "give the variable's name (letters, digits and underscores, no digit first), never the URL or password",
            ),
        )

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what is not a name."""
        return refused(self, value) if matches(NOT_A_NAME, value) else None


class FilePath(Text):
    """A path of a file on disk."""

    checked = True

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Blank strings, and what names no file on disk."""
        return (
            BLANK,
            having(
                IN_MEMORY, 'is ":memory:", which is no file on disk', "give a path: the data must outlive the process"
            ),
            having(URI, "is a URI, not a path", "give a plain path, such as .codemation/codemation.sqlite"),
            having(NUL, "holds a NUL character", "take the NUL character out of the path"),
            having(FOLDER, "names a folder", "add the file's name, such as codemation.sqlite", quotes=True),
        )

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what names no file on disk."""
        return super().value_problem(value) or (refused(self, value) if matches(NOT_A_FILE, value) else None)


class Url(Text):
    """A URL of one family; see `urls.py`. Its value is never repeated."""

    checked = True
    harmless = False

    def __init__(self, schemes: urls.Schemes) -> None:
        self.schemes = schemes

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """What is no URL of the family, and a masked password."""
        return urls.refusals(self.schemes)

    def value_problem(self, value: Any) -> Problem | None:
        """CM105, saying which part is wrong."""
        fault = urls.url_fault(value, self.schemes)
        if fault is None:
            return unicode_problem(value)
        return Problem("CM105", fault.message, fault.help)


class TextArray(ValueType):
    """An array of distinct strings that are not blank."""

    expected = "an array of strings"
    annotation = "tuple[str, ...]"
    python = list
    checked = True

    @property
    def native(self) -> Any:
        """A list of strings."""
        return list[Annotated[str, Meta(pattern=NOT_BLANK)]]

    def schema(self) -> dict[str, Any]:
        """An `array` of strings."""
        return {"type": "array", "items": {"type": "string"}}

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Blank items, and items that are there twice."""
        return (
            Refusal({"type": "array", "contains": BLANK.when}, "holds an item that is blank", BLANK.help),
            Refusal(
                {"type": "array", "items": {"type": "string"}, "not": {"uniqueItems": True}},
                "holds an item twice",
                "name each one once",
            ),
        )

    def parse(self, text: str) -> Any:
        """A TOML array."""
        try:
            value = tomllib.loads(f"array = {text}")
        except (ValueError, RecursionError):  # ValueError: not TOML, or an integer of more than 4300 digits
            return text
        return value["array"] if len(value) == 1 else text

    def value_problem(self, value: Any) -> Problem | None:
        """CM102 or CM105 for the first item that is wrong."""
        seen: set[str] = set()
        for position, item in enumerate(value, 1):
            if not isinstance(item, str):
                return Problem(
                    "CM102",
                    f"must hold only strings, but item {position} is {described(item)}",
                    "write it in double quotes",
                )
            problem = blank_problem(item) or unicode_problem(item)
            if problem:
                return Problem(problem.code, f"holds an item ({position}) that {problem.text}", problem.help)
            if item in seen:
                return Problem("CM105", f"holds {quoted(item)} twice", "name each one once")
            seen.add(item)
        return None

    def remedy(self, value: Any) -> str:
        """Show the array that was probably meant."""
        return f"write [{quoted(value)}]" if isinstance(value, str) and value else f"write {self.expected}"

    def __init__(self) -> None:
        self.lower = tuple


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A compiled pattern, compiled when it is first needed."""
    return re.compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` is found in `text`, as JSON Schema means it."""
    return compiled(pattern).search(text) is not None


def blank_problem(value: str) -> Problem | None:
    """CM105 for a string of nothing but white space."""
    if value.strip():
        return None
    return Problem("CM105", BLANK.text, BLANK.help)


def refused(kind: Text, value: str) -> Problem | None:
    """CM105 for the first reason that `kind` has to refuse a string."""
    for refusal in kind.refusals:
        pattern = refusal.when.get("pattern")
        if matches(pattern, value) if pattern else not matches(refusal.when["not"]["pattern"], value):
            text = f"{refusal.text}, {quoted(value)}" if refusal.quotes else refusal.text
            return Problem("CM105", text, refusal.help)
    return None


def unicode_problem(value: str) -> Problem | None:
    """CM105 for bytes that are no UTF-8, which Python hands on as lone surrogates (PEP 383)."""
    if value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value):
        return None
    return Problem("CM105", "holds bytes that are not UTF-8", "encode the value as UTF-8")


def text_problem(kind: ValueType, value: Any) -> Problem | None:
    """Say what is wrong with what `kind` read from a text (of a variable, an override), or return `None`."""
    problem = kind.problem(value)
    if problem and isinstance(value, str) and issubclass(kind.python, int):
        # Every text is a string: what matters is that it does not spell a number.
        return Problem(problem.code, f"is {quoted(value)}, which is not {kind.expected}", kind.remedy(value))
    return problem
