"""What a caller may say of the connections to PostgreSQL: looked at once, where an engine is made.

Else the driver would tell when it first connects, in words that look like a server's, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from psycopg.pq import Conninfo

from codemation.text.patterns import lazy

AUTOCOMMIT: Final = "AUTOCOMMIT"

_PSYCOPGS: Final = frozenset({"autocommit", "prepare_threshold", "context", "cursor_factory", "async_creator_fn"})
"""What psycopg's `connect`, and SQLAlchemy before it, take beside libpq's options."""

_NO_TEXT: Final = lazy("[\ud800-\udfff\0]")

IN_AUTOCOMMIT: Final = (
    "an engine that only reads has no AUTOCOMMIT: PostgreSQL keeps a transaction from writing, and there is none; "
    "leave it out, or connect as a role that may only read"
)
"""`SET SESSION CHARACTERISTICS` and `default_transaction_read_only` are a session's, and so, behind a transaction
pooler, another client's, too."""


def refuse_wrong(options: Mapping[str, Any], *, asks_password: bool, reads: bool) -> None:
    """Refuse options of `create_engine` with which no connection would come about, or another than is meant.

    Raises:
        TypeError: `connect_args` has a name that neither psycopg nor libpq takes, or `row_factory`; or the password is
            given twice; or an engine that only reads is to be in autocommit mode.
        ValueError: a text in it is none that can be sent.

    """
    given = options.get("connect_args") or {}
    if given:
        _refuse_names(frozenset(given), asks_password=asks_password)
        for name, value in given.items():
            if isinstance(value, str) and is_no_text(value):
                del value, given, options  # this frame may be shown with its variables
                message = f"connect_args: `{name}` holds a character that no text has (half of a pair, or NUL)"
                raise ValueError(message)
    levels = (options.get("isolation_level"), (options.get("execution_options") or {}).get("isolation_level"))
    if reads and (AUTOCOMMIT in levels or given.get("autocommit")):
        raise TypeError(IN_AUTOCOMMIT)


def is_no_text(text: str) -> bool:
    """Whether no connection can carry it: half of a surrogate pair, or the character that ends a text for libpq."""
    return _NO_TEXT.search(text) is not None


def _refuse_names(names: frozenset[str], *, asks_password: bool) -> None:
    if "row_factory" in names:
        message = (
            "connect_args must not hold row_factory: SQLAlchemy reads each row as a tuple; "
            "give it to a cursor of the driver's own connection"
        )
        raise TypeError(message)
    if asks_password and "password" in names:
        message = "the password is given twice: by `password`, and in connect_args"
        raise TypeError(message)
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} | _PSYCOPGS
    if unknown := sorted(names - known):
        message = f"connect_args: neither psycopg nor libpq takes {', '.join(unknown)}"
        raise TypeError(message)
