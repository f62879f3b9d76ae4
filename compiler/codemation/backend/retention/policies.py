"""How long rows are kept: the settings of the runtime form, a workflow's own before the host's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from codemation.runtime.form import Runtime

FIRST: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Before every moment that either engine can hold for a row."""


def refuse_naive(now: datetime | None) -> None:
    """Refuse a caller's moment without a time zone.

    Raises:
        ValueError: it has none.

    """
    if now is not None and now.tzinfo is None:
        message = "now must have a time zone"
        raise ValueError(message)


class Policies:
    """The policies of one runtime form, at one moment.

    Nothing is stamped on rows: with another runtime form the same rows have another policy.
    """

    def __init__(self, runtime: Runtime, now: datetime) -> None:
        self.now = now.astimezone(UTC)
        self._host = _by_key(runtime.retention)
        self._workflows = {name: _by_key(one.prune_policy) for name, one in runtime.workflows.items()}

    def setting(self, settings: Sequence[str], workflow: str | None) -> tuple[str, int] | None:
        """Which of the settings decides for a workflow (`None`: the host's), the longest, and its seconds.

        `None` where nobody says how long: such rows are kept.
        """
        values = self._host if workflow is None else self._workflows.get(workflow, self._host)
        stated = [(values[name], name) for name in settings if values.get(name) is not None]
        if len(stated) < len(settings):
            return None
        seconds, name = max(stated, key=lambda one: one[0])
        return name, seconds

    def cutoff(self, seconds: int) -> datetime:
        """The moment before which rows kept for so long are due."""
        try:
            return self.now - timedelta(seconds=seconds)
        except OverflowError:
            return FIRST

    def latest_cutoff(self, settings: Sequence[str]) -> datetime | None:
        """The moment from which on no row is due, whatever its workflow; `None` where none ever is."""
        found = [self.setting(settings, workflow) for workflow in (None, *self._workflows)]
        return max((self.cutoff(one[1]) for one in found if one is not None), default=None)


def _by_key(retention: Any) -> dict[str, Any]:
    """The values of a table of the runtime form under their keys there."""
    fields = zip(retention.__struct_fields__, retention.__struct_encode_fields__, strict=True)
    return {key: getattr(retention, attribute) for attribute, key in fields}
