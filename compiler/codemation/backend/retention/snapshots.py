"""How a host keeps a workflow's snapshot that it is about to use, while others prune."""

from __future__ import annotations

from sqlalchemy import Connection, select

from codemation.backend.tables import workflow_snapshots


def keep_snapshot(connection: Connection, content_hash: str) -> bool:
    """Keep a snapshot until the end of this transaction, for a run that is inserted in it; whether it is there.

    Nobody refers to a snapshot before its first run does, and a prune may be about to delete it: between reading it and
    inserting the run it would go, and the run's foreign key fail. A prune passes over what is kept like this. Where it
    is not there (any more), insert it anew, in the same transaction. On SQLite the transaction itself is the lock.

    With asyncio: `await connection.run_sync(codemation.keep_snapshot, content_hash)`.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be read.

    """
    wanted = select(workflow_snapshots.c.content_hash).where(workflow_snapshots.c.content_hash == content_hash)
    return connection.execute(wanted.with_for_update(read=True, key_share=True)).first() is not None
