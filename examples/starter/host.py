"""What a host does at boot: compile the configuration, open the database, migrate it. `make demo` runs this."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, select

import codemation


def main() -> int:
    """Boot, and say what happened; the exit code is the command line's."""
    try:
        # The environment is the process's, over a .env in this folder.
        with codemation.boot(os.path.dirname(os.path.abspath(__file__))) as host, host.engine.connect() as connection:
            database = host.runtime.database
            print(f"database      {database.kind}")
            if database.sqlite_file_path is not None:
                print(f"file          {os.path.relpath(database.sqlite_file_path)}")
                print(f"mode          {os.stat(database.sqlite_file_path).st_mode & 0o777:04o}")
                print(f"version       {ask(connection, 'SELECT sqlite_version()')}")
                print(f"journal mode  {ask(connection, 'PRAGMA journal_mode')}")
            else:
                print(f"version       {ask(connection, 'SHOW server_version')}")
            events = codemation.tables.audit_events
            connection.execute(insert(events), {"occurred_at": datetime.now(UTC), "action": "host.booted"})
            print(f"boots         {connection.execute(select(func.count()).select_from(events)).scalar_one()}")
            connection.commit()
    except codemation.ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    except codemation.BackendError as error:
        print(error, file=sys.stderr)
        return 3
    return 0


def ask(connection: Connection, query: str) -> str:
    """The one value that a query returns."""
    return str(connection.exec_driver_sql(query).scalar_one())


if __name__ == "__main__":
    sys.exit(main())
