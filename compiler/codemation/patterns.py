"""Regular expressions that are compiled when they are first used: most runs of most programs need none of them."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any


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
    lazy = LazyPattern
