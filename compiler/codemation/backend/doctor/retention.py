"""The check of whether somebody keeps what the retention settings promise."""

from __future__ import annotations

from typing import Final

from codemation.backend.doctor.check import Checks, Finding, ok, skipped, warn
from codemation.backend.errors import BackendError, DatabaseUnreachableError
from codemation.runtime.form import Runtime
from codemation.text.amounts import about, first_of

CHECKS: Final = Checks()

PATIENCE: Final = 86_400
"""Seconds that something may be due: a prune once a day is often enough for nobody to worry."""

_MOST: Final = 3


@CHECKS.add(
    "retention",
    "how long what is due has been waiting to be pruned",
    """\
A row is due when it is older than its policy; nothing deletes it but a prune. A host does so by itself
with `codemation.boot(prune_every=3600)` or `codemation.retention_loop`; else run `codemation db prune`
once a day or more often, from cron for one. `codemation db prune --dry-run` tells what is due, by which
policy, and where that is written.

What has been due for more than a day is a warning: the database grows, and keeps what was promised to go.
Binaries, and runs that have any, wait for as long as nothing deletes what is stored for them: hand
`on_binary` to the host's loop, or `--blobs COMMAND` to `db prune`.
""",
)
def retention(runtime: Runtime) -> Finding:
    """By the oldest row of each workflow and table, along an index."""
    from codemation.backend.engine import provision  # noqa: PLC0415  (imports SQLAlchemy)
    from codemation.backend.retention.due import retention_lag  # noqa: PLC0415  (imports SQLAlchemy)

    engine = provision(runtime, read_only=True)
    try:
        lags = retention_lag(engine, runtime)
    except DatabaseUnreachableError:
        raise  # just now it was reached
    except BackendError:
        return skipped("what is due could not be told: see migrations, and the role's rights")
    finally:
        engine.dispose()
    late = sorted(((lag.overdue, table) for table, lag in lags.items()), reverse=True)
    told = [f"{table.replace('_', ' ')} for {about(overdue.total_seconds())}" for overdue, table in late]
    if not told:
        return ok("nothing is due")
    text = f"due and still there: {first_of(told, _MOST)}"
    if late[0][0].total_seconds() <= PATIENCE:
        return ok(text)
    return warn(text, "Run `codemation db prune`, or let the host do it: `boot(prune_every=3600)`.", tuple(told))
