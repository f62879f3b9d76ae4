"""Kinds of value that are one word, number or text."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from codemation import urls
from codemation.patterns import lazy
from codemation.redaction import MASK
from codemation.values.base import (
    CONTROL,
    NOT_BLANK,
    WHITESPACE,
    Inner,
    Problem,
    ValueType,
    blank_problem,
    matches,
    unicode_problem,
)
from codemation.wording import LONGEST_QUOTE, nearest, quoted, quoted_list

NAME_START = "^[A-Za-z_]"
NOT_IN_NAME = "[^A-Za-z0-9_]"
"""A variable's name in the POSIX sense (IEEE Std 1003.1, "Name"), which every shell can set, as two patterns: regex
engines disagree whether `$` may stand before a last line feed."""

NOT_A_FILE = rf"^[{WHITESPACE}]*(:memory:|file:)|\u0000|://|(^|/)\.{{0,2}}$"
"""SQLite's in-memory and URI names, NUL, URLs, and paths that end in a folder."""

NOT_A_FOLDER = rf"^[{WHITESPACE}]*file:|\u0000|://"
"""URLs and NUL."""

WORDS: Final = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("false", "0", "no", "off"), False),
}
"""How a text says yes or no, in any case."""


class Choice(ValueType):
    """One of a few words; `choices` maps each to its documentation, `runtime` to its word in the runtime form."""

    expected = "a string"
    python = str

    def __init__(self, choices: dict[str, str], *, runtime: dict[str, str] | None = None) -> None:
        self.choices = self.words = choices
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
        return Literal[tuple(self.words)]

    def schema(self, title: str) -> dict[str, Any]:
        """An `enum`."""
        del title
        return {"type": "string", "enum": list(self.words)}

    def value_problem(self, value: Any) -> Problem | None:
        """CM103, with the nearest word."""
        if value in self.words:
            return None
        near = self.other_words.get(value) or nearest(value, tuple(self.words))
        words = quoted_list(tuple(self.words))
        return Problem(
            "CM103",
            f"is {quoted(value)}, which is not one of {words}",
            f'did you mean "{near}"?' if near else f"choose one of {words}",
        )

    def remedy(self, value: Any) -> str:
        """Name the choices."""
        del value
        return f"choose one of {quoted_list(tuple(self.words))}"

    def in_runtime_form(self) -> ValueType:
        """The runtime form's words."""
        return self._in_runtime_form if self.runtime else self


class Integer(ValueType):
    """A whole number within bounds, both inclusive; `unit` is for people, where it has one."""

    expected = "an integer"
    annotation = "int"
    python = int
    text = lazy(r"[+-]?[0-9]{1,40}")

    def __init__(self, minimum: int, maximum: int, *, unit: str | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.wanted = f"number of {unit}" if unit else "number"

    @property
    def native(self) -> Any:
        """A bounded `int`."""
        return Annotated[int, Meta(ge=self.minimum, le=self.maximum)]

    def schema(self, title: str) -> dict[str, Any]:
        """A bounded `integer`."""
        del title
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
            f"give a {self.wanted} from {self.minimum} to {self.maximum}",
        )

    def remedy(self, value: Any) -> str:
        """Show the integer that was probably meant."""
        if isinstance(value, str) and self.text.fullmatch(value):
            return f"write {int(value)}, without quotes"
        if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
            return f"write {int(value)}, without a fraction"
        return f"write a whole {self.wanted}, in digits"


class Boolean(ValueType):
    """Yes or no."""

    expected = "a boolean"
    annotation = "bool"
    python = bool

    def schema(self, title: str) -> dict[str, Any]:
        """A `boolean`."""
        del title
        return {"type": "boolean"}

    def parse(self, text: str) -> Any:
        """As a text says it: `true`, `1`, `yes`, `on` or the contrary, in any case."""
        return WORDS.get(text.lower(), text)

    def remedy(self, value: Any) -> str:
        """Show the boolean that was probably meant."""
        meant = WORDS.get(str(value).lower()) if isinstance(value, str | int) else None
        return "write true or false, without quotes" if meant is None else f"write {str(meant).lower()}"


class Text(ValueType):
    """A string that is not blank."""

    expected = "a string"
    annotation = "str"
    python = str

    @property
    def native(self) -> Any:
        """A `str` with something in it."""
        return Annotated[str, Meta(pattern=NOT_BLANK)]

    def schema(self, title: str) -> dict[str, Any]:
        """A `string` with something in it."""
        del title
        return {"type": "string", "pattern": NOT_BLANK}

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

    def schema(self, title: str) -> dict[str, Any]:
        """A `string` that is a name."""
        del title
        return {"type": "string", "pattern": NAME_START, "not": {"pattern": NOT_IN_NAME}}

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what is not a name."""
        if matches(NAME_START, value) and not matches(NOT_IN_NAME, value):
            return None
        return blank_problem(value) or Problem(
            "CM105",
            "is not the name of an environment variable",
            "give the variable's name (letters, digits and underscores, no digit first), never the URL or password",
        )


class FilePath(Text):
    """A path of a file on disk; `example` is one."""

    checked = True

    def __init__(self, example: str) -> None:
        self.example = example

    def rooted(self, value: Any, root: str) -> Any:
        """The path from the root of the file system."""
        return os.path.normpath(os.path.join(root, value))

    def schema(self, title: str) -> dict[str, Any]:
        """A `string` that does not look like anything else."""
        del title
        return {"type": "string", "pattern": NOT_BLANK, "not": {"pattern": NOT_A_FILE}}

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what names no file on disk."""
        problem = super().value_problem(value)
        if problem or not matches(NOT_A_FILE, value):
            return problem
        bare = value.strip()
        if bare.startswith(":memory:"):
            return Problem(
                "CM105", 'is ":memory:", which is no file on disk', "give a path: the data must outlive the process"
            )
        if bare.startswith("file:") or "://" in bare:
            return Problem("CM105", "is a URI, not a path", f"give a plain path, such as {self.example}")
        if "\0" in value:
            return Problem("CM105", "holds a NUL character", "take the NUL character out of the path")
        name = os.path.basename(self.example)
        return Problem("CM105", f"names a folder, {quoted(value)}", f"add the file's name, such as {name}")


class Folder(Text):
    """A path of a folder on disk."""

    checked = True

    def schema(self, title: str) -> dict[str, Any]:
        """A `string` that is no URL."""
        del title
        return {"type": "string", "pattern": NOT_BLANK, "not": {"pattern": NOT_A_FOLDER}}

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what names no folder on disk."""
        problem = super().value_problem(value)
        if problem or not matches(NOT_A_FOLDER, value):
            return problem
        if "\0" in value:
            return Problem("CM105", "holds a NUL character", "take the NUL character out of the path")
        return Problem("CM105", "is a URI, not a path", "give a plain path, such as src/workflows")

    def rooted(self, value: Any, root: str) -> Any:
        """The path from the root of the file system."""
        return os.path.normpath(os.path.join(root, value))


class HeaderValue(Text):
    """The value of an HTTP header, which is taken for a secret and never repeated."""

    checked = True
    harmless = False

    def schema(self, title: str) -> dict[str, Any]:
        """A `string` that fits in a line and is not masked."""
        del title
        return {"type": "string", "pattern": NOT_BLANK, "not": {"pattern": rf"^\*\*\*$|{CONTROL}"}}

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what no header can have, and for masked output."""
        if value == MASK:
            return Problem(
                "CM105",
                f"is `{MASK}`, which is how masked output shows a value",
                "give the real value, or copy it from where it is not masked (`codemation compile --show-secrets`)",
            )
        if matches(CONTROL, value):
            return Problem("CM105", "holds a control character, such as a line break", "keep it in one line")
        return super().value_problem(value)


class Url(Text):
    """A URL of one family; see `urls.py`. Its value is never repeated."""

    checked = True
    harmless = False

    def __init__(self, schemes: urls.Schemes) -> None:
        self.schemes = schemes

    def schema(self, title: str) -> dict[str, Any]:
        """A `string` of the family's shape, without a masked password."""
        del title
        # The control characters again, because regex engines disagree whether `$` may stand before a last line feed.
        refused = {"pattern": f"{urls.MASKED[self.schemes]}|{CONTROL}"}
        return {"type": "string", "pattern": urls.PATTERNS[self.schemes], "not": refused}

    def value_problem(self, value: Any) -> Problem | None:
        """CM105, saying which part is wrong."""
        fault = urls.url_fault(value, self.schemes)
        if fault is None:
            return unicode_problem(value)
        return Problem("CM105", fault.message, fault.help)

    def secrets(self, value: Any) -> Iterator[Inner]:
        """The URL itself, if it has credentials in it that are not masked."""
        if isinstance(value, str) and urls.has_secret(value, self.schemes) and not urls.is_masked(value, self.schemes):
            yield ()
