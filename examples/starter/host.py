"""What a host does at boot: compile the configuration, provision the database, use it. `make demo` runs this."""

from __future__ import annotations

import os
import sys

from sqlalchemy import Connection

import codemation
from codemation.backend.engine import provision
from codemation.backend.errors import BackendError


def main() -> int:
    """Boot, and say what happened; the exit code is the command line's."""
    try:
        # The environment is the process's, over a .env in this folder.
        runtime = codemation.load(os.path.dirname(os.path.abspath(__file__)))
    except codemation.ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    path = runtime.database.sqlite_file_path
    found = path is not None and os.path.exists(path)
    engine = provision(runtime)
    try:
        # Nothing is opened before this: here the file is created, or the server reached.
        with engine.connect() as connection:
            print(f"database      {runtime.database.kind}")
            if path is not None:
                print(f"file          {os.path.relpath(path)} ({'opened' if found else 'created'})")
                print(f"mode          {os.stat(path).st_mode & 0o777:04o}")
                print(f"version       {ask(connection, 'SELECT sqlite_version()')}")
                print(f"journal mode  {ask(connection, 'PRAGMA journal_mode')}")
            else:
                print(f"version       {ask(connection, 'SHOW server_version')}")
    except BackendError as error:
        print(error, file=sys.stderr)
        return 3
    finally:
        engine.dispose()
    return 0


def ask(connection: Connection, query: str) -> str:
    """The one value that a query returns."""
    return str(connection.exec_driver_sql(query).scalar_one())


if __name__ == "__main__":
    sys.exit(main())
