"""Values as other languages write them, and what people put behind them."""

from __future__ import annotations

from typing import Final

from codemation.settings.habits.line import Line, is_value, safe
from codemation.settings.habits.structures import COMMENT, OWN_LINE, TEMPLATE
from codemation.text.patterns import lazy
from codemation.values.durations import Duration, seconds_in

_TRUE: Final = frozenset({"true", "yes", "on", "y", "enabled", "t"})
_FALSE: Final = frozenset({"false", "no", "off", "n", "disabled", "f"})
_NOTHING: Final = frozenset({"null", "none", "nil", "undefined", "~", "na", "n/a", "nan", "void", "default", "unset"})

AS_ARRAY: Final = 'write several values as an array: `key = ["a", "b"]`'
_END: Final = lazy(r"[,;]{1,8}")
_OTHER: Final = {'"': "single", "'": "double"}
_STARTS: Final = (
    (lazy(r"[=>].*"), "write one `=` between the key and its value"),
    (lazy(r"\(.*"), 'write an array in square brackets: `["a", "b"]`'),
    (
        lazy(r"[A-Za-z]{1,2}[\"'].*"),
        "take out the letters before the quote: a text in single quotes is taken as it is",
    ),
)
"""By what a value starts with."""

_STRING: Final = lazy(r"""("(?:[^"\\]|\\.)*"|'[^']*')\s*(.*)""")
_NAMED: Final = lazy(r".*?\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b.*")
_FILLED: Final = lazy(
    r"\$.*|%[A-Za-z_]+%|\{\{.*|<%.*|@[A-Z_]+.*|!\w+.*|(?:process\.env|import\.meta|env|ENV|os\.|getenv|secrets)\b[.(\[].*"
)
_COMMENT: Final = lazy(r"(.*?)\s*(?://|/\*|--|;|\s%|\bREM\b)(.*)")
_PAIR: Final = lazy(r"(.*?)[,;]?\s+[A-Za-z0-9_.\"'-]+\s*=.*")
_GROUPED: Final = lazy(r"[0-9]{1,3}(?:[,.'\u2019 _][0-9]{3})+|[0-9_]+")
_ZEROS: Final = lazy(r"(-?)[+]?0+([0-9]+)")
_PRODUCT: Final = lazy(r"[0-9]{1,9}(?:\s*[*x\u00d7]\s*[0-9]{1,9})+")
_LIST: Final = lazy(r"[^\[{,]+,[^,].*")


def of_value(line: Line) -> str | None:
    """What to write in place of a value, or of what stands behind it."""
    if "escape" in line.message.lower() or "hex value" in line.message:
        return r"write `\\` for each backslash, or put the text in single quotes"
    if not line.message.startswith(("Invalid value", "Expected newline")):
        return None
    end = line.rest.partition("#")[0].strip()
    if line.message.startswith("Expected newline") and _END.fullmatch(end):
        return _end(end)
    return _of_pair(line, line.pair[1]) if line.pair else None


def _of_pair(line: Line, value: str) -> str | None:
    """What to write in place of a key's value."""
    if not value or value.startswith("#"):
        return f"write a value after the `=`, or take `{line.key}` out"
    if value.startswith(('"', "'")):
        return _behind_text(value)
    return _in_list(line) if value.startswith(("[", "{")) else _bare(line, value)


def _end(signs: str) -> str:
    """What to do about commas and the like behind a value."""
    name = "comma" if signs == "," else f"`{signs}`"
    return f"take out the {name} at the end: a line of TOML ends without one"


def _behind_text(value: str) -> str | None:
    """Something follows a text in quotes."""
    found = _STRING.fullmatch(value)
    if not found:
        return None
    text, rest = found[1], found[2]
    # An empty text, or one more quote of the kind: the text was to go on.
    goes_on = len(text) == len("''") or text[0] in rest
    for applies, help_ in (
        (rest.startswith(",") and is_value(rest[1:].strip()), AS_ARRAY),
        ("=" in rest and _PAIR.fullmatch(f"{text} {rest.lstrip(',; ')}"), OWN_LINE),
        (rest.startswith(("//", "/*", "--", ";", "%")), COMMENT),
        (rest.startswith(("+", "||", ".")), "TOML puts no texts together: write one text in one pair of quotes"),
        (goes_on, f"the text ends at its second quote: write one that has such inside in {_OTHER[text[0]]} quotes"),
    ):
        if applies:
            return help_
    return "write one value behind the `=`; a comment starts with `#`"


def _in_list(line: Line) -> str | None:
    """A word inside of an array or an inline table."""
    word = lazy(r"[^\s,\[\]{}#]*").match(line.rest)
    text = word[0] if word else ""
    if not text:
        return "take out one of the commas: there is nothing between them" if line.rest.startswith(",") else None
    return _word(line, text) or 'put text in double quotes, each item for itself: `["a", "b"]`'


def _bare(line: Line, value: str) -> str | None:
    """A value without quotes."""
    if _FILLED.fullmatch(value):
        return _not_filled(line, value)
    by_start = next((help_ for pattern, help_ in _STARTS if pattern.fullmatch(value)), None)
    return by_start or _behind_value(value.partition(" #")[0].rstrip()) or _text(line, value.partition(" #")[0])


def _behind_value(value: str) -> str | None:
    """Something follows a number or a truth value."""
    bare = value.rstrip(",; ")
    if bare != value and is_value(bare):
        return _end(value[len(bare) :].strip()[:1])
    for pattern, help_ in ((_PAIR, OWN_LINE), (_COMMENT, COMMENT)):
        found = pattern.fullmatch(value)
        if found and is_value(found[1]):
            return help_
    return None


def _text(line: Line, value: str) -> str | None:
    """A word of another language, or a text that lacks its quotes."""
    bare = value.rstrip(",; ")
    known = _word(line, bare)
    if known:
        return known
    if _LIST.fullmatch(bare) and "://" not in bare:
        return AS_ARRAY
    if line.leaf and line.leaf.kind.harmless and safe(bare):
        problem = line.leaf.kind.problem(bare)
        return f'put text in double quotes: `{line.key} = "{bare}"`' if problem is None else problem.help
    if "\\" in bare:
        return "put the text in single quotes: in double quotes a backslash is written as two"
    return "put text in double quotes; numbers and true/false stand without" if bare[:1].isalpha() else None


def _word(line: Line, word: str) -> str | None:
    """A word for a truth value, nothing, or a number."""
    folded = word.strip("\"'").lower()
    text = line.leaf is not None and line.leaf.kind.python is str
    number = line.leaf is not None and line.leaf.kind.python is int
    if folded in _NOTHING and not (text and line.leaf and folded in (line.leaf.kind.choices or ())):
        kind = line.leaf.kind if line.leaf else None
        longest = f"; {kind.longest()}" if isinstance(kind, Duration) and kind.for_ever == "longest" else ""
        return f"take `{line.key}` out: TOML has no null, and what is not stated has its default{longest}"
    if folded in _TRUE | _FALSE and not text and not number:
        return f"write `{'true' if folded in _TRUE else 'false'}`, in lower case"
    if line.leaf and isinstance(line.leaf.kind, Duration) and not folded.lstrip("+-").isdigit():
        meant = line.leaf.kind.remedy(word)
        if meant != line.leaf.kind.remedy(""):
            return meant
    return None if text else _number(line, word)


def _number(line: Line, word: str) -> str | None:
    seconds = seconds_in(word)
    key = str(line.path[-1]) if line.path else ""
    if zeros := _ZEROS.fullmatch(word):
        return f"write {zeros[1]}{zeros[2]}: a number has no leading zero"
    if _GROUPED.fullmatch(word):
        return f"write {int(''.join(filter(str.isdigit, word)))}: digits are grouped with `_`, or not at all"
    if _PRODUCT.fullmatch(word):
        product = 1
        for factor in lazy(r"[0-9]+").findall(word):
            product *= int(factor)
        return f"write {product}: TOML does not calculate"
    if seconds is not None and (line.leaf is None or key.endswith("Seconds")):
        return f"write {seconds}, the number of seconds"
    if line.leaf and line.leaf.kind.python is int:
        return f"write a whole number, such as `{line.key} = {_example(line)}`"
    return None


def _example(line: Line) -> object:
    default = line.leaf.setting.default if line.leaf else None
    return default if isinstance(default, int) else 3000


def _not_filled(line: Line, value: str) -> str:
    """What a shell, a template or a program would have filled in."""
    named = _NAMED.fullmatch(value)
    setting = line.leaf.setting if line.leaf else None
    if setting and setting.reference:
        name = named[1] if named else "NAME"
        return f'nothing is filled in here: write `{setting.reference[-1]} = "{name}"`, which names the variable'
    if setting and setting.variables:
        return f"nothing is filled in here: take `{line.key}` out, and set the variable {setting.variables[0]}"
    return TEMPLATE if value.startswith(("{{", "<%")) else "nothing is filled in here: write the value itself"
