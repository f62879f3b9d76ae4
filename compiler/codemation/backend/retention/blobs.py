"""Stored things go before the rows that stand for them: the caller deletes them, and may fail for some."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from codemation.text.redaction import redact

OnBinary: TypeAlias = Callable[[Sequence[str]], Any]
"""Deletes the stored things with these keys; what is gone already is no error. Raises where any of them remains."""

HOPELESS: Final = 64
"""So many keys at once of which none could be deleted mean that the store itself is at fault."""

_LOG: Final = logging.getLogger("codemation")


class Blobs:
    """What is stored outside of the database.

    `remaining` are the keys that could not be deleted, by the table that they stand in.

    `call` calls `on_binary` with keys, and waits for what it gives.
    """

    def __init__(self, call: Callable[[Sequence[str]], Any]) -> None:
        self._call = call
        self.remaining: dict[str, set[str]] = defaultdict(set)
        self.hopeless = False

    def gone(self, table: str, keys: Sequence[str]) -> set[str]:
        """Delete what these keys of a table name; those that are gone. Raises nothing that `on_binary` raises."""
        if not keys or self.hopeless:
            return set()
        gone = self._gone(keys)
        if remaining := set(keys) - gone:
            self.remaining[table] |= remaining
        self.hopeless = not gone and len(keys) >= HOPELESS
        return gone

    def _gone(self, keys: Sequence[str]) -> set[str]:
        try:
            self._call(keys)
        except Exception as error:  # noqa: BLE001  (the host's code; what fails is tried again another time)
            if len(keys) == 1:
                # Not its text: a storage key, or an address with credentials, may be in it.
                _LOG.warning("a binary could not be deleted: %s (%s)", redact(keys[0]), type(error).__name__)
                return set()
            # Which of them remain is found by halves: to delete again what is gone does no harm.
            half = len(keys) // 2
            return self._gone(keys[:half]) | self._gone(keys[half:])
        return set(keys)
