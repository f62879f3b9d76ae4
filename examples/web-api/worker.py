"""A worker without asyncio: takes work from the database, does it, and keeps retention meanwhile.

Start as many as you like. A claim runs out, so that the work of one that died is taken by another.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any, NamedTuple

from sqlalchemy import Engine, and_, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

import codemation
from codemation import tables

FOLDER = os.path.dirname(os.path.abspath(__file__))
QUEUE = "default"
POLL_SECONDS = 0.2
CLAIM = timedelta(seconds=60)
"""How long a piece of work may take before another worker takes it for lost."""


class Work(NamedTuple):
    """A piece of work that is this worker's, for now."""

    id: int
    run_id: int
    node_id: str
    attempt: int
    claimed_at: datetime
    state: dict[str, Any]


def main() -> int:
    """Work until Ctrl-C or SIGTERM, and end what is under way; the exit code is the command line's."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    name = f"{socket.gethostname()}-{os.getpid()}"
    try:
        with codemation.boot(FOLDER, prune_every=600) as host:
            print(f"{name} takes work from {host.runtime.database.kind}", flush=True)
            serve(host.engine, name, stop)
    except codemation.ConfigError as error:
        print(codemation.render(error.diagnostics), end="", file=sys.stderr)
        return 1
    except codemation.BackendError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


def serve(engine: Engine, worker: str, stop: Event) -> None:
    """Take one piece of work after another; wait a little where there is none, or no database."""
    while not stop.is_set():
        try:
            item = claimed(engine, worker)
            if item is None:
                stop.wait(POLL_SECONDS)
            else:
                finished(engine, item, done(item.state))
        except DBAPIError as error:  # not its text: statements and what is in them
            print(f"warning: the database failed: {type(error.orig).__name__}; trying again", file=sys.stderr)
            stop.wait(1)


def claimed(engine: Engine, worker: str) -> Work | None:
    """The next piece of work, now this worker's, with the state of its run; `None` if there is none."""
    now, items, runs = datetime.now(UTC), tables.work_items, tables.runs
    free = or_(items.c.status == "queued", and_(items.c.status == "claimed", items.c.claim_expires_at < now))
    # PostgreSQL: workers pass over each other's rows. SQLite has one writer at a time, and ignores the clause.
    first = (
        select(items.c.id)
        .where(items.c.queue == QUEUE, free, items.c.available_at <= now)
        .order_by(items.c.available_at, items.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    claim = {"status": "claimed", "claimed_by": worker, "claimed_at": now, "claim_expires_at": now + CLAIM}
    taken = update(items).where(items.c.id == first).values(**claim, attempt=items.c.attempt + 1)
    with engine.begin() as connection:
        item = connection.execute(taken.returning(items.c.id, items.c.run_id, items.c.claimed_at)).one_or_none()
        if item is None:
            return None
        begin = update(runs).where(runs.c.id == item.run_id).values(status="running", started_at=now)
        connection.execute(begin)
        query = select(items.c.id, items.c.run_id, items.c.node_id, items.c.attempt, items.c.claimed_at, runs.c.state)
        return Work(*connection.execute(query.join(runs).where(items.c.id == item.id)).one())


def done(state: dict[str, Any]) -> dict[str, Any]:
    """What the run came to: the price of an order."""
    try:
        total = sum(line["quantity"] * line["price"] for line in state["lines"])
    except (KeyError, TypeError) as error:
        return {"status": "failed", "error": {"message": f"no order: {error}"}, "failed_activations": 1}
    return {"status": "completed", "state": {**state, "total": total}}


def finished(engine: Engine, item: Work, outcome: dict[str, Any]) -> None:
    """End the run, its work and its node, in one transaction; nothing where another worker has taken the work."""
    now, items = datetime.now(UTC), tables.work_items
    mine = and_(items.c.id == item.id, items.c.status == "claimed", items.c.claimed_at == item.claimed_at)
    node = {"run_id": item.run_id, "node_id": item.node_id, "attempt": item.attempt, "status": outcome["status"]}
    times = {"queued_at": item.claimed_at, "started_at": item.claimed_at, "finished_at": now}
    with engine.begin() as connection:
        over = update(items).where(mine).values(status=outcome["status"], finished_at=now)
        if connection.execute(over).rowcount == 0:
            return
        ended = {**outcome, "finished_at": now, "node_activations": 1}
        connection.execute(update(tables.runs).where(tables.runs.c.id == item.run_id).values(ended))
        connection.execute(insert(tables.node_executions), {**node, **times})


if __name__ == "__main__":
    sys.exit(main())
