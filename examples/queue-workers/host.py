"""A host: writes runs into PostgreSQL, hands them to workers by queues in Redis, waits for them, and prunes.

Start `python worker.py` in two terminals and `python host.py` in a third, with DATABASE_URL and REDIS_URL set.

A host may die between the two: the database knows of a run, and Redis does not. So the row comes first, and each start
hands over all runs that are not over. A job's name is made of its run's: what waits in its queue is not added again.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bullmq import Queue
from queues import Queues, booted
from sqlalchemy import BigInteger, ColumnElement, Row, any_, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncEngine

import codemation
from codemation import tables

POLL_SECONDS = 0.1
PATIENCE_SECONDS = 10
MOST = 100_000
JOB = {
    # What a run came to is in the database. A job that is gone can be added again, one that is kept could not.
    "removeOnComplete": True,
    "removeOnFail": True,
    "attempts": 10,
    "backoff": {"type": "exponential", "delay": 1000},
}


async def main() -> int:
    """Do it all once; the exit code is the command line's."""
    parser = argparse.ArgumentParser(description="Hand runs to the workers, wait for them, and prune.")
    parser.add_argument("--runs", type=count, default=20, help="how many runs to make (default: 20)")
    parser.add_argument("--days", type=count, default=0, help="prune as if it were so many days later (default: 0)")
    options = parser.parse_args()
    try:
        return await booted(partial(serve, number=options.runs, days=options.days))
    except asyncio.CancelledError:  # Ctrl-C
        print("stopped; what is queued stays queued", file=sys.stderr)
        return 130


def count(text: str) -> int:
    """A number of an argument; argparse says what is wrong with another one."""
    number = int(text)
    if not 0 <= number <= MOST:
        raise ValueError
    return number


async def serve(host: codemation.AsyncHost, queues: Queues, number: int, days: int) -> None:
    """Make runs, hand them over, wait, and prune; say what happened."""
    print(f"queues     {', '.join(queues.names)} (prefix {queues.options['prefix']})")
    await make(host.engine, number)
    queued = await hand_over(host.engine, queues)
    print(f"queued     {len(queued)} runs, {len(queued) - number} of them from before", flush=True)
    for status, runs in sorted((await ended(host.engine, queued)).items()):
        print(f"{status:<10} {runs}")
    print(f"workers    {await workers(host.engine, queued)}")
    now = datetime.now(UTC) + timedelta(days=days) if days else None
    pruned = await codemation.prune_async(host.engine, host.runtime, now=now)
    went = ", ".join(f"{rows} {table}" for table, rows in sorted(pruned.rows.items()))
    print(f"pruned     {went or 'nothing is due'}")


async def make(engine: AsyncEngine, runs: int) -> None:
    """Write so many pending runs; every fifth is an invoice, and every tenth order has no lines."""
    now = datetime.now(UTC)
    rows = [
        {
            "workflow_id": "print-invoice" if number % 5 == 0 else "price-order",
            "status": "pending",
            "state": {"lines": [{"quantity": number, "price": 250}] if number % 10 != 1 else []},
            "created_at": now,
        }
        for number in range(1, runs + 1)
    ]
    if rows:
        async with engine.begin() as connection:
            await connection.execute(insert(tables.runs), rows)


async def hand_over(engine: AsyncEngine, queues: Queues) -> list[int]:
    """Put every run that is not over into its queue, invoices into the last one; the runs."""
    runs = tables.runs.c
    query = select(runs.id, runs.workflow_id).where(runs.finished_at.is_(None), runs.status != "waiting")
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    invoices = [row for row in rows if row.workflow_id == "print-invoice"]
    orders = [row for row in rows if row.workflow_id != "print-invoice"]
    await add(queues, queues.names[0], orders)
    await add(queues, queues.names[-1], invoices)
    return [row.id for row in rows]


async def add(queues: Queues, name: str, rows: Sequence[Row[Any]]) -> None:
    """Add a job for each run to a queue, in one go."""
    queue = Queue(name, queues.options)
    try:
        # Not the bare number, which is how BullMQ names jobs itself, and no `:`: Node.js refuses both.
        await queue.addBulk(
            [
                {"name": row.workflow_id, "data": {"runId": row.id}, "opts": {**JOB, "jobId": f"run-{row.id}"}}
                for row in rows
            ]
        )
    finally:
        await queue.close()


async def ended(engine: AsyncEngine, queued: list[int]) -> Counter[str]:
    """Wait until all of these runs are over; how many have which status."""
    query = (
        select(tables.runs.c.status, func.count()).where(among(tables.runs.c.id, queued)).group_by(tables.runs.c.status)
    )
    hint = time.monotonic() + PATIENCE_SECONDS
    while True:
        async with engine.connect() as connection:
            found = Counter(dict((await connection.execute(query)).all()))
        left = found["pending"] + found["running"]
        if not left:
            return +found
        if time.monotonic() > hint:
            print(f"{left} runs are not over yet; is a worker there? `python worker.py` starts one", file=sys.stderr)
            hint = float("inf")
        await asyncio.sleep(POLL_SECONDS)


def among(column: ColumnElement[int], ids: list[int]) -> ColumnElement[bool]:
    """The condition that a column has one of these numbers, as one parameter, however many they are."""
    return column == any_(literal(ids, ARRAY(BigInteger)))


async def workers(engine: AsyncEngine, queued: list[int]) -> int:
    """How many workers did these runs."""
    worker = tables.spans.c.attributes["worker"].as_string()
    query = select(func.count(worker.distinct())).where(
        among(tables.spans.c.run_id, queued), tables.spans.c.kind == "consumer"
    )
    async with engine.connect() as connection:
        return (await connection.execute(query)).scalar_one()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
