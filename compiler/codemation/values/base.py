"""What all kinds of value have in common: `ValueType`, `Problem`, and the patterns that several of them use."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

from codemation.text.patterns import NOT_BLANK, lazy
from codemation.text.wording import described, quoted
from codemation.values.refusal import Refusal, lacking
from codemation.values.repair import Repair, Rewrite

if TYPE_CHECKING:
    from codemation.codes import Code

BLANK = lacking(NOT_BLANK, "is blank", "give it a value, or take it out")

Inner = tuple[str | int, ...]
"""A place inside of a value: keys as strings, positions as integers from 0; `()` is the value itself."""


class Problem(Struct, frozen=True):
    """What is wrong with one value: `text` continues a sentence that began with its name.

    `path` is the place inside of the setting's value, `related` are others that it conflicts with. `harmless` tells
    whether the value there may be shown, `None` that its kind tells. `repair` is there where it takes no guess. `mark`
    is the place within `path` that is at fault where it has no name of its own: an item of an array.
    """

    code: Code
    text: str
    help: str
    path: Inner = ()
    related: tuple[Inner, ...] = ()
    harmless: bool | None = None
    repair: Repair | None = None
    mark: Inner = ()


class ValueType:
    """The base of all kinds; by itself it takes any value of the type `python`.

    `expected` names the TOML type with its article, `python` is that type here. `harmless` tells that a value of this
    kind is no secret, whatever stands there. `choices` maps the only words, where there are such, to their
    documentation. `tells` tells that a value that is right is of this kind: not nearly every text is.
    """

    expected: ClassVar[str]
    annotation: str
    python: ClassVar[type[Any]]
    harmless: bool = True
    choices: dict[str, str] | None = None
    tells: bool = True

    def schema(self, title: str) -> dict[str, Any]:
        """The kind as a fragment of JSON Schema draft-07: what engines have good words of their own for.

        `title` is the path that stands above it.
        """
        del title
        return {}

    @cached_property
    def refusals(self) -> tuple[Refusal, ...]:
        """What else is wrong with values that fit `schema`, the first reason first."""
        return ()

    def parse(self, text: str) -> Any:
        """Read a trimmed, non-blank text; one that cannot be read is returned as it is, for `problem` to refuse."""
        return text

    def problem(self, value: Any) -> Problem | None:
        """Say what is wrong with `value`, or return `None`. Never repeats a value that may be secret."""
        if type(value) is not self.python:
            return Problem(
                "CM102",
                f"must be {self.expected}, but is {described(value)}",
                self.remedy(value),
                repair=self.repair(value),
            )
        return self.value_problem(value)

    def accepts(self, value: Any) -> bool:
        """Whether a value is right."""
        return self.problem(value) is None

    def problems(self, value: Any) -> Iterator[Problem]:
        """Everything that is wrong with `value`; `problem` is the first of it."""
        problem = self.problem(value)
        if problem is not None:
            yield problem

    def fits(self, value: Any) -> bool:
        """Whether a value is right, or would be after repairs."""
        return all(problem.repair is not None for problem in self.problems(value))

    def unsaid_by(self, name: str) -> str:
        """What no value itself shows (its unit, what it stands for), where a key of this name does not say it either.

        A sentence without its full stop, or nothing.
        """
        del name
        return ""

    def value_problem(self, value: Any) -> Problem | None:
        """Say what is wrong with a value of the right type, or return `None`."""
        del value
        return None

    def remedy(self, value: Any) -> str:
        """What to do about a value of the wrong type."""
        del value
        return f"write {self.expected}"

    def meant(self, value: Any) -> str | int | bool | None:
        """The value that a wrong one surely stands for, only written otherwise; `None` where it takes a guess."""
        del value
        return None

    def repair(self, value: Any) -> Rewrite | None:
        """What was meant, where that is right."""
        meant = self.meant(value)
        return Rewrite(meant) if meant is not None and self.accepts(meant) else None

    lower: Callable[[Any], Any] | None = None
    """Gives the runtime form's value for the app form's, where the two differ."""

    def in_runtime_form(self) -> ValueType:
        """The kind as the runtime form and the environment spell it."""
        return self

    def rooted(self, value: Any, root: str) -> Any:
        """A valid value with its paths absolute: relative ones start at `root`."""
        del root
        return value

    def inner(self, path: Inner) -> ValueType | None:
        """The kind of what stands at a place inside of a value; `None` where nothing belongs."""
        return None if path else self

    def secrets(self, value: Any) -> Iterator[Inner]:
        """The places of credentials in a value that was written down, valid or not."""
        del value
        return iter(())


def documented(
    kind: ValueType, title: str, description: str, examples: tuple[Any, ...], default: Any = None
) -> dict[str, Any]:
    """A kind as a fragment of JSON Schema with all that editors show; a `default` of `None` is none."""
    fragment: dict[str, Any] = {"title": title, "description": description, **kind.schema(title)}
    if "items" in fragment:
        # For taplo, which shows this in place of the array's own when the key is hovered over.
        fragment["items"] = {"description": description, **fragment["items"]}
    sentences = [refusal.in_place_of(title)["const"] for refusal in kind.refusals]
    refused = next((sentence for sentence in sentences if kind.problem(sentence)), None)
    if refused is not None:
        # The sentence that a refused value is measured against (see `refused_in_words`) is no value itself.
        one = {"type": "string", "pattern": f"^{pattern_of(title)} "}
        fragment["not"] = {"type": "array", "contains": one} if isinstance(refused, list) else one
    # An empty array is offered anyway: tombi would offer it twice.
    if default is not None and default != []:
        fragment["default"] = default
    if kind.choices:
        examples = tuple(kind.choices)
        # Servers show both the key's and the branch's, tombi once where they are the same. Taplo has texts of its own,
        # each with what the other lacks. Measured in both: with a type in the second branch keys are offered twice.
        (words,), (branch, anything) = choices_in_words(kind), fragment["anyOf"]
        docs = {"docs": {"main": words, **branch["x-taplo"]["docs"]}}
        fragment["anyOf"] = [{"title": title, "description": description, **branch, "x-taplo": docs}, anything]
        fragment["x-taplo"] = {"docs": {"main": description.replace(f" {words}", "", 1)}}
    # Tombi offers what is among the examples: of two words both.
    fragment["examples"] = [examples[0], not examples[0]] if fragment.get("type") == "boolean" else list(examples)
    return fragment


def fenced(name: str, example: Any) -> str:
    """A line of TOML as Markdown, for descriptions."""
    import tomli_w  # noqa: PLC0415  (only for a schema)

    return f"```toml\n{tomli_w.dumps({name: example}).rstrip()}\n```"


def refused_in_words(
    name: str, title: str, refusals: tuple[Refusal, ...], otherwise: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What the value under a name must not be, in words that every engine prints, at the key or value.

    A chain of conditions, so that one value is told one reason, the first that applies; where none does, `otherwise`
    holds. It goes under `dependencies`: there no editor's server stumbles over `if` and `then`.
    """
    chain = otherwise or {}
    for refusal in reversed(refusals):
        condition = {
            "if": {"properties": {name: refusal.when}},
            "then": {"properties": {name: refusal.in_place_of(title)}},
        }
        chain = {**condition, "else": chain} if chain else condition
    return chain


def pattern_of(text: str) -> str:
    """A regular expression for a text, in what all engines agree on."""
    return "".join(f"\\{letter}" if letter in r".*[]" else letter for letter in text)


def choices_in_words(kind: ValueType) -> tuple[str, ...]:
    """A sentence that documents every word that may be chosen, where there are such."""
    if not kind.choices:
        return ()
    return (f"One of {'; '.join(f'`{word}`: {doc}' for word, doc in kind.choices.items())}.",)


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` is found in `text`, as JSON Schema means it."""
    return lazy(pattern).search(text) is not None


def blank_problem(value: str) -> Problem | None:
    """CM105 for a string of nothing but white space."""
    if value.strip():
        return None
    return Problem("CM105", BLANK.text, BLANK.help)


def unicode_problem(value: str) -> Problem | None:
    """CM105 for bytes that are no UTF-8, which Python hands on as lone surrogates (PEP 383)."""
    if value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value):
        return None
    return Problem("CM105", "holds bytes that are not UTF-8", "encode the value as UTF-8")


def toml_value(text: str) -> Any:
    """A text as a TOML value; one that is none as it is."""
    try:
        value = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):  # ValueError: not TOML, or an integer of more than 4300 digits
        return text
    return value["value"] if len(value) == 1 else text


def text_problems(kind: ValueType, value: Any) -> tuple[Problem, ...]:
    """Everything that is wrong with what `kind` read from a text."""
    return tuple(of_text(kind, value, problem) for problem in kind.problems(value))


def of_text(kind: ValueType, value: Any, problem: Problem) -> Problem:
    """A problem of a value that was read from a text, which is a string anyway: say that it spells no number."""
    if isinstance(value, str) and issubclass(kind.python, int):
        return Problem(problem.code, f"is {quoted(value)}, which is not {kind.expected}", kind.remedy(value))
    return problem
