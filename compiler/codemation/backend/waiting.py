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
