"""Regular expressions that are compiled when they are first used: most runs of most programs need none of them."""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

WHITESPACE: Final = r"\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What `str.strip` strips, spelt out because regex engines disagree about their own shorthand for it."""

UNSEEN: Final = r"\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff"
"""Control characters, and those that nobody sees: in a class of characters."""

UNEXPANDED: Final = r"\$\{[A-Za-z_][^{}]*\}|\$\([A-Za-z_][^()]*\)|\{\{[^{}]*\}\}"
"""`${NAME}`, `${NAME:-default}`, `$(NAME)`, `$(a command)` and `{{ name }}`: what nobody has expanded."""

NOT_BLANK: Final = f"[^{WHITESPACE}]"


class LazyPattern:
    """Stands for `re.compile(pattern, flags)`; compiling all of ours at import would cost 8 ms of every start."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self.flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """The compiled pattern."""
        return re.compile(self.pattern, self.flags)

    def __getattr__(self, name: str) -> Any:
        """The compiled pattern's method, kept so that the next use costs nothing more."""
        value = getattr(self.compiled, name)
        self.__dict__[name] = value
        return value


if TYPE_CHECKING:

    def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]:
        """As type checkers see it: a pattern."""
        return re.compile(pattern, flags)
else:
    lazy = cache(LazyPattern)
