"""A worker: takes jobs from the queues, does their runs, and writes what it did. Ctrl-C or SIGTERM ends it.

Start as many as you like, on any machine. A job may come twice: after a worker that died, once its lock has run out,
or of a host that was not sure. A run ends once, because its end and its spans are one transaction.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from bullmq import Job, Worker
from queues import Queues, booted
from sqlalchemy import Row, func, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

import codemation
from codemation import tables

SHORTEST_LOCK, LONGEST_LOCK = 0.1, 3600.0
MOST_TIMES = 10
"""How often a job may lose its worker."""


def has_lines(order: dict[str, Any]) -> dict[str, Any]:
    """Refuse an order of nothing."""
    if not order["lines"]:
        message = "the order has no lines"
        raise ValueError(message)
    return {}


def total(order: dict[str, Any]) -> dict[str, Any]:
    """What an order costs, in cents."""
    return {"total": sum(line["quantity"] * line["price"] for line in order["lines"])}


def invoice(order: dict[str, Any]) -> dict[str, Any]:
    """The text of an invoice."""
    return {"invoice": f"{len(order['lines'])} items: {order['total'] / 100:.2f} EUR"}


def unknown(_order: dict[str, Any]) -> dict[str, Any]:
    """Refuse a run of a workflow that this worker does not have."""
    message = "this worker does not know the workflow"
    raise LookupError(message)


NODES: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], ...]] = {
    "price-order": (has_lines, total),
    "print-invoice": (has_lines, total, invoice),
}
"""The workflows: what happens to the state of a run, node by node."""


class Outcome(NamedTuple):
    """How a run ended: the columns of its row, and the spans of its nodes."""

    ended: dict[str, Any]
    spans: list[dict[str, Any]]


async def main() -> int:
    """Serve until somebody ends it; the exit code is the command line's."""
    parser = argparse.ArgumentParser(description="Take jobs from the queues, and do their runs.")
    parser.add_argument(
        "--lock-seconds", type=seconds, default=30, help="how long a job waits for a worker that died (default: 30)"
    )
    return await booted(partial(serve, milliseconds=round(parser.parse_args().lock_seconds * 1000)))


def seconds(text: str) -> float:
    """A number of an argument; argparse says what is wrong with another one."""
    number = float(text)
    if not SHORTEST_LOCK <= number <= LONGEST_LOCK:
        raise ValueError
    return number


async def serve(host: codemation.AsyncHost, queues: Queues, milliseconds: int) -> None:
    """Take jobs from every queue until a signal comes; then finish those that are under way."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    name = f"{socket.gethostname()}-{os.getpid()}"
    locks = {"lockDuration": milliseconds, "stalledInterval": milliseconds, "maxStalledCount": MOST_TIMES}
    options = {**queues.options, **locks, "runRetryDelay": 1000, "name": name}
    workers = [Worker(queue, partial(work, host.engine, name, queue), options) for queue in queues.names]
    for worker in workers:
        worker.on("failed", lambda job, error: complain(f"job {job.id} failed", error))
        worker.on("error", lambda error, *_: complain("Redis", error))
    print(f"{name} serves {', '.join(queues.names)}", flush=True)
    await stop.wait()
    for worker in workers:
        await worker.close()


def complain(what: str, error: BaseException) -> None:
    """Say what went wrong with the machinery; what goes wrong in a run is in its row."""
    print(f"warning: {what}: {type(error).__name__}", file=sys.stderr)


async def work(engine: AsyncEngine, worker: str, queue: str, job: Job, _token: str) -> str:
    """Do the run of a job; what this returns is the job's result. Where the database fails, it comes again."""
    started = datetime.now(UTC)
    run = await begun(engine, job.data["runId"], started)
    if run is None:
        return "already finished"
    outcome = done(run.workflow_id, run.state)
    root = {
        "name": run.workflow_id,
        "kind": "consumer",
        "status": "ok" if outcome.ended["status"] == "completed" else "error",
        "attributes": {"worker": worker, "queue": queue, "job": job.id},
        "started_at": started,
        "ended_at": datetime.now(UTC),
    }
    return outcome.ended["status"] if await finished(engine, run, outcome, root) else "already finished"


async def begun(engine: AsyncEngine, run: int, moment: datetime) -> Row[Any] | None:
    """The run, which is now running; `None` if it is over or gone."""
    query = (
        update(tables.runs)
        .where(tables.runs.c.id == run, tables.runs.c.status.not_in(tables.FINISHED))
        .values(status="running", started_at=func.coalesce(tables.runs.c.started_at, moment))
        .returning(tables.runs.c.id, tables.runs.c.workflow_id, tables.runs.c.state)
    )
    async with engine.begin() as connection:
        return (await connection.execute(query)).one_or_none()


def done(workflow: str, state: dict[str, Any]) -> Outcome:
    """Do node after node, until one fails."""
    ended: dict[str, Any] = {"status": "completed", "node_activations": 0}
    made = []
    for node in NODES.get(workflow, (unknown,)):
        span = {"node_id": node.__name__, "name": node.__name__, "kind": "internal", "started_at": datetime.now(UTC)}
        ended["node_activations"] += 1
        try:
            state = {**state, **node(state)}
            made.append({**span, "status": "ok", "status_message": None, "ended_at": datetime.now(UTC)})
        except Exception as error:  # noqa: BLE001  (whatever a node raises is its run's failure)
            ended |= {"status": "failed", "failed_activations": 1, "error": {"message": str(error)}}
            made.append({**span, "status": "error", "status_message": str(error), "ended_at": datetime.now(UTC)})
            break
    return Outcome({**ended, "state": state}, made)


async def finished(engine: AsyncEngine, run: Row[Any], outcome: Outcome, root: dict[str, Any]) -> bool:
    """End the run and write its trace, in one transaction; whether no other worker was faster."""
    trace = {"trace_id": secrets.token_hex(16), "run_id": run.id, "workflow_id": run.workflow_id}
    top = secrets.token_hex(8)
    below = [{**trace, "span_id": secrets.token_hex(8), "parent_span_id": top, **span} for span in outcome.spans]
    context = {**trace, "root_span_id": top, "created_at": root["started_at"], "last_seen_at": root["ended_at"]}
    end = update(tables.runs).where(tables.runs.c.id == run.id, tables.runs.c.status.not_in(tables.FINISHED))
    async with engine.begin() as connection:
        if (await connection.execute(end.values(finished_at=root["ended_at"], **outcome.ended))).rowcount == 0:
            return False
        await connection.execute(insert(tables.trace_contexts), context)
        await connection.execute(insert(tables.spans), {**trace, "span_id": top, **root})
        await connection.execute(insert(tables.spans), below)
    return True


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
