"""CM503: SQLite's file cannot be created, read or written, or is no database."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM503",
    "sqlite-not-writable",
    "error",
    "SQLite's file cannot be created, read or written, or is no database",
    """\
SQLite writes its file and, beside it, a log (`-wal`) and an index of that (`-shm`): both the file
and its folder must be writable, on a local disk that is not full. A directory, a file of another
program and a damaged database are refused too. Nothing is written to a file that is refused.

Example:

    $ CODEMATION_SQLITE_FILE_PATH=/etc/hostname codemation db migrate

Instead: let the user who runs this write to the folder, or state another `sqliteFilePath`.
""",
)
