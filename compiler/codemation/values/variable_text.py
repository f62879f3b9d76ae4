"""What no environment variable may hold, whatever reads it: what a shell, a container or a template left in it."""

from __future__ import annotations

from typing import Final

from codemation.text.patterns import UNEXPANDED, lazy
from codemation.values.base import Problem, ValueType
from codemation.values.scalars import Text

LEFT_OVER: Final = frozenset({"undefined", "null"})
"""What JavaScript and YAML write for nothing at all."""

_BARE_NAME: Final = lazy(r"\$[A-Z_][A-Z0-9_]*")
_UNEXPANDED: Final = lazy(UNEXPANDED)
_QUOTES: Final = "\"'"
_KINDS: Final = {"Cc": "a control character", "Cf": "an invisible character"}
_NAMES: Final = {"\ufeff": "a byte order mark", "\u200b": "a zero-width space", "\u00a0": "a no-break space"}


def text_problem(text: str, kind: ValueType | None = None) -> Problem | None:
    """What is wrong with the trimmed, non-blank text of a variable that `kind` (`None`: a secret or a text) reads."""
    if text.isprintable() and text[0] not in _QUOTES and "$" not in text and "{{" not in text and text not in LEFT_OVER:
        return None
    # Docker's `--env-file`, Kubernetes and systemd hand on the quotes that a shell would take off.
    if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES:
        return Problem("CM201", "is in quotes, which are a part of its value", "take the quotes out")
    if _UNEXPANDED.search(text) or _BARE_NAME.fullmatch(text):
        return Problem(
            "CM201",
            "holds an unexpanded variable, such as `${NAME}`, and nothing is expanded here",
            "write what the variable holds",
        )
    if text in LEFT_OVER and (kind is None or isinstance(kind, Text)):
        return Problem("CM201", f"is the word `{text}`, which a program left in place of a value", "give the value")
    return _unseen_problem(text)


def _unseen_problem(text: str) -> Problem | None:
    """A character that nobody sees."""
    from unicodedata import category, name  # noqa: PLC0415  (only where there is one)

    for character in text:
        kind = category(character)
        if kind in {"Cc", "Cf", "Zl", "Zp"} or (kind == "Zs" and character != " "):
            what = _NAMES.get(character) or name(character, "").lower()
            which = f"U+{ord(character):04X}" + (f", {what}" if what else "")
            return Problem(
                "CM201",
                f"holds {_KINDS.get(kind, 'an invisible character')} ({which})",
                "take it out, or type the value anew: it often comes with what is copied",
            )
    return None
