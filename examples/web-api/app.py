"""A web API as a host: it boots in FastAPI's lifespan, stores runs, and tells what became of them.

`python app.py` serves it (it needs `fastapi` and `uvicorn`); `worker.py` does the runs. Try:

    curl -d '{"workflow": "price-order", "state": {"lines": [{"quantity": 2, "price": 250}]}}' \
        -H 'content-type: application/json' localhost:8000/runs
    curl localhost:8000/runs/1
    curl localhost:8000/health
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

import codemation
from codemation import tables

FOLDER = os.path.dirname(os.path.abspath(__file__))


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The host lives as long as the application: booted before the first request, disposed of after the last."""
    async with codemation.boot_async(FOLDER, prune_every=3600) as host:
        app.state.host = host
        yield


def booted(request: Request) -> codemation.AsyncHost:
    """The host, for those who ask for it."""
    host: codemation.AsyncHost = request.app.state.host
    return host


Host = Annotated[codemation.AsyncHost, Depends(booted)]
app = FastAPI(title="Runs", lifespan=lifespan)


class Wanted(BaseModel):
    """A run that is to be done."""

    workflow: str
    state: dict[str, Any] = {}


@app.post("/runs", status_code=201)
async def create(wanted: Wanted, host: Host) -> dict[str, int]:
    """Store a run and the work that it is, in one transaction: a worker sees both or neither."""
    now = datetime.now(UTC)
    run = {"workflow_id": wanted.workflow, "status": "pending", "state": wanted.state, "created_at": now}
    item = {"node_id": "start", "queue": "default", "status": "queued", "payload": {}}
    async with host.engine.begin() as connection:
        number: int = (await connection.execute(insert(tables.runs).returning(tables.runs.c.id), run)).scalar_one()
        times = {"available_at": now, "created_at": now}
        await connection.execute(insert(tables.work_items), {**item, **times, "run_id": number})
    return {"id": number}


@app.get("/runs/{number}")
async def read(number: int, host: Host) -> dict[str, Any]:
    """What became of a run."""
    runs = tables.runs.c
    query = select(runs.id, runs.workflow_id, runs.status, runs.state, runs.error).where(runs.id == number)
    async with host.engine.connect() as connection:
        row = (await connection.execute(query)).mappings().one_or_none()
    if row is None:
        raise HTTPException(404, "there is no such run, or its time is over")
    return dict(row)


@app.get("/health")
async def health(host: Host) -> dict[str, Any]:
    """Whether the database answers, and by how many seconds retention is late."""
    try:
        lags = await codemation.retention_lag_async(host.engine, host.runtime)
    except (codemation.BackendError, DBAPIError) as error:
        # Whoever asks may be anybody: the code says enough.
        raise HTTPException(503, getattr(error, "code", type(error).__name__)) from None
    late = {name: lag.overdue.total_seconds() for name, lag in lags.items()}
    return {"database": host.runtime.database.kind, "overdueSeconds": late}


def main() -> int:
    """Boot once, so that what is wrong is said in a line and not in a traceback; then serve."""
    parser = argparse.ArgumentParser(description="Serve the API.")
    parser.add_argument("--port", type=int, default=8000, help="where to listen (default: 8000; 0: anywhere)")
    options = parser.parse_args()
    try:
        with codemation.boot(FOLDER):
            pass
    except codemation.ConfigError as error:
        print(codemation.render(error.diagnostics), end="", file=sys.stderr)
        return 1
    except codemation.BackendError as error:
        print(error, file=sys.stderr)
        return 3
    uvicorn.run(app, port=options.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
