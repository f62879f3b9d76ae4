"""Kinds of value that are one word, number or text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from codemation.text.patterns import lazy
from codemation.text.redaction import MASK
from codemation.text.wording import LONGEST_QUOTE, by_folded_name, fold, nearest, quoted, quoted_list
from codemation.values import urls
from codemation.values.base import BLANK, Inner, Problem, ValueType, blank_problem, matches, unicode_problem
from codemation.values.refusal import Refusal, having

NOT_A_NAME = "^[^A-Za-z_]|[^A-Za-z0-9_]|^$"
"""What no variable's name has, in the POSIX sense (IEEE Std 1003.1, "Name"), which every shell can set."""

_OF_VARIABLE: Final = lazy(r"(?i)^env|env$|variable$")
"""What is in the name of a key that holds a variable's name."""

CONTROL = r"[\u0000-\u001f\u007f-\u009f]"
"""What no header can have."""

MOST_DIGITS: Final = 40
"""Of an integer in a text: more than any setting takes, far fewer than the 4300 that Python reads."""

NO_WORDS: Final = frozenset({"null", "nil", "none", "undefined", "nan"})
"""What programs write for nothing: near to some word by chance."""

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

    def schema(self, title: str) -> dict[str, Any]:
        """A string; the words stand where editors' servers complete from and no value fails: see `refusals`."""
        del title
        docs = {"docs": {"enumValues": list(self.words.values())}}
        return {"type": "string", "anyOf": [{"type": "string", "enum": list(self.words), "x-taplo": docs}, True]}

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Any other word: a bare `enum` would be told in each engine's own words, without the key."""
        words = {"type": "string", "not": {"enum": list(self.words)}}
        return (Refusal(words, f"is not one of {quoted_list(tuple(self.words))}", "choose one of these"),)

    def value_problem(self, value: Any) -> Problem | None:
        """CM103, with the nearest word."""
        if value in self.words:
            return None
        near = self.meant(value) or (nearest(value, tuple(self.words)) if value.lower() not in NO_WORDS else None)
        words = quoted_list(tuple(self.words))
        return Problem(
            "CM103",
            f"is {quoted(value)}, which is not one of {words}",
            f'did you mean "{near}"?' if near else f"choose one of {words}",
            repair=self.repair(value),
        )

    def meant(self, value: Any) -> str | int | bool | None:
        """The word in another case, or what the other form or another program calls it."""
        if not isinstance(value, str):
            return None
        from codemation.values.choices_elsewhere import choice_for  # noqa: PLC0415  (only for what is wrong)

        same = by_folded_name(tuple(self.words)).get(fold(value.strip()))
        return same or self.other_words.get(value) or choice_for(value, self.words)

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

    def __init__(self, minimum: int, maximum: int, *, unit: str | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self.wanted = f"number of {unit}" if unit else "number"

    def schema(self, title: str) -> dict[str, Any]:
        """A bounded `integer`."""
        del title
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}

    def parse(self, text: str) -> Any:
        """Base 10, ASCII digits, an optional sign."""
        return int(text) if _is_integer(text) else text

    def accepts(self, value: Any) -> bool:
        """Whether a value is a number within the bounds: of many thousands the problems are not made only for this."""
        return type(value) is int and self.minimum <= value <= self.maximum

    def problem(self, value: Any) -> Problem | None:
        """CM104, with the bounds."""
        if self.accepts(value):
            return None
        if type(value) is not int:
            return super().problem(value)
        digits = str(value) if abs(value) < 10**LONGEST_QUOTE else f"a number of more than {LONGEST_QUOTE} digits"
        return Problem(
            "CM104",
            f"is {digits}, which is not between {self.minimum} and {self.maximum}",
            self.within(),
        )

    def within(self) -> str:
        """What to do about a number out of bounds."""
        return f"give a {self.wanted} from {self.minimum} to {self.maximum}"

    def remedy(self, value: Any) -> str:
        """Show the integer that was probably meant, if it is one that may be written."""
        whole = isinstance(value, float) and value.is_integer()
        meant = int(value) if whole or (isinstance(value, str) and _is_integer(value)) else None
        if meant is None:
            return f"write a whole {self.wanted}, in digits"
        if not self.minimum <= meant <= self.maximum:
            return self.within()
        return f"write {meant}, without {'a fraction' if whole else 'quotes'}"

    def meant(self, value: Any) -> str | int | bool | None:
        """The digits in quotes, without a leading zero, which may say that they are octal; or a fraction of nothing."""
        if isinstance(value, str):
            return int(value) if _is_integer(value) and value == str(int(value)) else None
        return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 10**15 else None


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

    def meant(self, value: Any) -> str | int | bool | None:
        """What a text says, but for digits."""
        return WORDS.get(value.strip().lower()) if isinstance(value, str) and not value.isdecimal() else None


class Text(ValueType):
    """A string that is not blank."""

    expected = "a string"
    annotation = "str"
    python = str
    tells = False

    def schema(self, title: str) -> dict[str, Any]:
        """A `string`."""
        del title
        return {"type": "string"}

    @cached_property
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

    harmless = False

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Blank strings, and what is not a name."""
        return (
            BLANK,
            having(r"^\$", "begins with a `$`", "give the variable's name alone, without `$` and braces"),
            having(
                NOT_A_NAME,
                "is not the name of an environment variable",
                "give the variable's name (letters, digits and underscores, no digit first), never the URL or password",
            ),
        )

    def unsaid_by(self, name: str) -> str:
        """Nearly every text may be a name."""
        return "" if _OF_VARIABLE.search(name) else "It takes the name of a variable"

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what is not a name."""
        # Within ASCII a name is what Python calls an identifier.
        return None if value.isascii() and value.isidentifier() else refused(self, value)


COLON: Final = ":"
"""What parts the names of BullMQ's own keys."""


class QueueName(Text):
    """The name of a queue, as BullMQ takes it."""

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """Blank strings, and colons."""
        return (
            BLANK,
            having(
                COLON, "holds a `:`, which BullMQ refuses", "write another character, such as `.` or `-`", quotes=True
            ),
        )

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what is no queue's name."""
        problem = unicode_problem(value)
        return problem or refused(self, value) if COLON in value or not value.strip() else problem


class HeaderValue(Text):
    """The value of an HTTP header, which is taken for a secret and never repeated."""

    harmless = False

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What no header can have, masked output, and blank strings."""
        return (
            having(CONTROL, "holds a control character, such as a line break", "keep it in one line"),
            having(
                r"^\*\*\*$",
                f"is `{MASK}`, which is how masked output shows a value",
                "give the real value, or copy it from where it is not masked (`codemation compile --show-secrets`)",
            ),
            BLANK,
        )

    def value_problem(self, value: Any) -> Problem | None:
        """CM105 for what no header can have, and for masked output."""
        return refused(self, value) or unicode_problem(value)


class Url(Text):
    """A URL of one family; see `urls`. Its value is never repeated."""

    harmless = False
    tells = True

    def __init__(self, schemes: urls.Schemes) -> None:
        self.schemes = schemes

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What is no URL of the family, and a masked password."""
        return urls.refusals(self.schemes)

    def value_problem(self, value: Any) -> Problem | None:
        """CM105, saying which part is wrong."""
        fault = urls.url_fault(value, self.schemes)
        if fault is None:
            return unicode_problem(value)
        return Problem("CM105", fault.message, fault.help)

    def remedy(self, value: Any) -> str:
        """What a table says in other programs, `{ env = "NAME" }`, has a key of its own here."""
        reference = urls.reference(self.schemes) if isinstance(value, dict) else None
        return f'to name a variable, write {reference} = "NAME"' if reference else super().remedy(value)

    def secrets(self, value: Any) -> Iterator[Inner]:
        """The URL itself, if it has credentials in it that are not masked."""
        if isinstance(value, str) and urls.has_secret(value, self.schemes) and not urls.is_masked(value, self.schemes):
            yield ()


def _is_integer(text: str) -> bool:
    """Base 10, ASCII digits, not too many of them, an optional sign."""
    digits = text[1:] if text.startswith(("+", "-")) else text
    return digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS


def refused(kind: Text, value: str) -> Problem | None:
    """CM105 for the first reason that `kind` has to refuse a string."""
    for refusal in kind.refusals:
        pattern = refusal.when.get("pattern")
        if matches(pattern, value) if pattern else not matches(refusal.when["not"]["pattern"], value):
            text = f"{refusal.text}, {quoted(value)}" if refusal.quotes else refusal.text
            return Problem("CM105", text, refusal.help)
    return None
