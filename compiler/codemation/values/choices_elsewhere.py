"""What choices are called by other programs. Imported only where something is wrong."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

WORDS: Final = {
    **dict.fromkeys(("postgres", "pg", "psql", "pgsql"), "postgresql"),
    **dict.fromkeys(("sqlite3", "better-sqlite3"), "sqlite"),
    **dict.fromkeys(("warning", "warnings"), "warn"),
    "err": "error",
    **dict.fromkeys(("azure", "azuread", "azure-ad", "entra"), "microsoft"),
}
"""Words, each with the choice that it is wherever that is one."""


def choice_for(word: str, choices: Collection[str]) -> str | None:
    """The one of the choices that a word from elsewhere stands for, in any case."""
    meant = WORDS.get(word.strip().lower())
    return meant if meant in choices else None
