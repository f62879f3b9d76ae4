"""Waiting for a database that does not answer yet: a container that starts beside it, a server that restarts."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from codemation.backend.errors import DatabaseNotReadyError

LOGGER: Final = logging.getLogger("codemation")

_LONGEST: Final = 2.0
"""Seconds between two attempts, once the first have failed."""

T = TypeVar("T")


def checked_wait(wait: object) -> float | None:
    """The argument `wait` of a boot: seconds, or `None` where the configuration says.

    Raises:
        TypeError: it is no number.
        ValueError: it is below zero, or none at all (NaN).

    """
    if wait is None:
        return None
    if isinstance(wait, bool) or not isinstance(wait, (int, float)):
        message = f"wait must be a number of seconds, or None, not {type(wait).__name__}"
        raise TypeError(message)
    if not wait >= 0:  # of NaN nothing is true
        message = f"wait must be 0 seconds or more, not {wait}"
        raise ValueError(message)
    return wait


def pauses(seconds: float) -> Iterator[tuple[float, float]]:
    """How long to pause before each next attempt, and how long is left then, until `seconds` have passed."""
    deadline = time.monotonic() + seconds
    longest = 0.1
    while (left := deadline - time.monotonic()) > 0:
        # Not in step with other hosts: no secret.
        yield min(left, random.uniform(longest / 2, longest)), left  # noqa: S311
        longest = min(longest * 2, _LONGEST)


def tell(failure: DatabaseNotReadyError, left: float) -> None:
    """A record of one attempt that failed."""
    LOGGER.warning("%s; trying again, for %.0f s more", failure.message, left)


def until_ready(attempt: Callable[[], T], seconds: float, on_failure: Callable[..., None] = tell) -> T:
    """What `attempt` gives, tried again for `seconds` while the database is not ready.

    Raises:
        BackendError: as `attempt`; `DatabaseNotReadyError` only when the time is over.

    """
    for pause, left in pauses(seconds):
        try:
            return attempt()
        except DatabaseNotReadyError as failure:
            on_failure(failure, left)
        time.sleep(pause)
    return attempt()
