"""A host that keeps what its configuration promises: it makes runs, spans and blobs, prunes, and counts.

Run it twice: what is due goes each time, what is not stays and adds up.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, insert, select

import codemation

HERE = os.path.dirname(os.path.abspath(__file__))
BLOBS = os.path.join(HERE, ".codemation", "blobs")
TABLES = codemation.tables

AGES = (0, 2, 10, 20, 400)
"""How many days ago the runs of each workflow ended."""


def main() -> int:
    """Boot, make rows, prune, and say what was there before and after; the exit code is the command line's."""
    try:
        with codemation.boot(HERE) as host:
            with host.engine.begin() as connection:
                for workflow in ("poll-inbox", "orders", "invoices.2024"):
                    for age in AGES:
                        make(connection, workflow, datetime.now(UTC) - timedelta(days=age))
                before = counts(connection)
            # A host that runs for long says `codemation.boot(HERE, prune_every=3600, on_binary=delete)` instead.
            done = codemation.prune(host.engine, host.runtime, on_binary=delete)
            with host.engine.connect() as connection:
                after = counts(connection)
            print(f"{'':<16}{'before':>8}{'after':>8}")
            for name, number in before.items():
                print(f"{name:<16}{number:>8}{after[name]:>8}")
            print(f"deleted {done.total} rows in {done.seconds:.1f} s; {done.end}")
            print("overdue", ", ".join(codemation.retention_lag(host.engine, host.runtime)) or "nothing")
    except codemation.ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    except codemation.BackendError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


def make(connection: Connection, workflow: str, moment: datetime) -> None:
    """A run that ended then, completed and failed, each with a span and a binary whose blob is a file."""
    for status in ("completed", "failed"):
        of = {"workflow_id": workflow}
        run = insert(TABLES.runs).values(**of, status=status, created_at=moment, finished_at=moment)
        number = connection.execute(run.returning(TABLES.runs.c.id)).scalar_one()
        key = uuid.uuid4().hex
        os.makedirs(BLOBS, exist_ok=True)
        with open(os.path.join(BLOBS, key), "wb") as file:
            file.write(b"result")
        binary = {**of, "run_id": number, "storage_key": key, "media_type": "text/plain", "byte_count": 6}
        connection.execute(insert(TABLES.binaries), {**binary, "created_at": moment})
        span = {**of, "run_id": number, "trace_id": key, "span_id": key[:16], "name": "run", "kind": "internal"}
        connection.execute(insert(TABLES.spans), {**span, "status": "ok", "started_at": moment})


def delete(storage_keys: Sequence[str]) -> None:
    """Delete blobs, before the rows go that stand for them; one that is gone already is no error."""
    for key in storage_keys:
        try:
            os.remove(os.path.join(BLOBS, key))
        except FileNotFoundError:
            continue


def counts(connection: Connection) -> dict[str, int]:
    """How many rows there are of each kind, and how many blobs."""
    tables = (TABLES.runs, TABLES.spans, TABLES.binaries)
    rows = {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in tables}
    return {**rows, "blobs": len(os.listdir(BLOBS))}


if __name__ == "__main__":
    sys.exit(main())
