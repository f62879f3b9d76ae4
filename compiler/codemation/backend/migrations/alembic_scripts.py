"""Single revisions through Alembic: the one module that imports it, and only when there is something to do.

Nothing of Alembic's that is global is used: no `alembic.ini`, no `env.py`, no logging configuration and none of the
proxies (`alembic.op`) that an application's own migrations may be using at the same time.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Final

from alembic.migration import MigrationContext
from alembic.operations import BatchOperations, MigrateOperation, Operations
from alembic.operations.ops import (
    AddColumnOp,
    AddConstraintOp,
    CreateIndexOp,
    CreateTableOp,
    DropTableOp,
    RenameTableOp,
)
from alembic.runtime.migration import MigrationStep, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Constraint

from codemation.backend.migrations import revisions
from codemation.backend.migrations.additions import Made
from codemation.backend.migrations.revisions import BASE, VERSION_TABLE, Revision

OPTIONS: Final[dict[str, Any]] = {"version_table": VERSION_TABLE, "transactional_ddl": True}


class Scripts:
    """The scripts of the history, loaded by Alembic, which apply revisions and take them back, one at a time."""

    def __init__(self) -> None:
        self._scripts = ScriptDirectory(os.path.dirname(revisions.FOLDER), version_locations=[revisions.FOLDER])

    def upgrade(self, connection: Connection, revision: Revision) -> None:
        """Apply `revision` within the transaction of `connection`."""
        _run(MigrationContext.configure(connection, opts={**OPTIONS, "fn": self._fn(revision, up=True)}))

    def downgrade(self, connection: Connection, revision: Revision) -> None:
        """Take `revision` back within the transaction of `connection`."""
        _run(MigrationContext.configure(connection, opts={**OPTIONS, "fn": self._fn(revision, up=False)}))

    def upgrade_sql(self, dialect: str, revision: Revision, before: str | None) -> list[str]:
        """The statements that apply `revision`, each as Alembic writes it to a file: with a semicolon, or a comment."""
        return self._sql(dialect, before or BASE, self._fn(revision, up=True))

    def downgrade_sql(self, dialect: str, revision: Revision) -> list[str]:
        """The statements that take `revision` back, as `upgrade_sql`."""
        return self._sql(dialect, revision.id, self._fn(revision, up=False))

    def dropped(self, dialect: str, revision: Revision) -> tuple[str, ...]:
        """The tables that go with `revision`; not those that are only made anew."""
        return tuple(self._recorded(dialect, revision, up=False).dropped)

    def made(self, dialect: str, applied: Iterable[Revision]) -> Made:
        """What these revisions make, also what a later one of them drops."""
        columns: dict[str, set[str]] = {}
        names: set[str] = set()
        for revision in applied:
            recorder = self._recorded(dialect, revision, up=True)
            names |= recorder.names
            for table, column in recorder.columns:
                columns.setdefault(table, set()).add(column)
        return Made(columns, names)

    def _recorded(self, dialect: str, revision: Revision, *, up: bool) -> _Recorder:
        context = MigrationContext.configure(
            dialect_name=dialect, opts={"as_sql": True, "output_buffer": io.StringIO()}
        )
        recorder = _Recorder(context)
        self._step(revision, up=up).migration_fn(op=recorder)
        return recorder

    def _sql(self, dialect: str, start: str, fn: Any) -> list[str]:
        buffer = _Statements()
        opts = {**OPTIONS, "fn": fn, "as_sql": True, "literal_binds": True, "output_buffer": buffer}
        _run(MigrationContext.configure(dialect_name=dialect, opts={**opts, "starting_rev": start}))
        return buffer.written

    def _fn(self, revision: Revision, *, up: bool) -> Any:
        step = self._step(revision, up=up)
        return lambda _heads, _context: [step]

    def _step(self, revision: Revision, *, up: bool) -> RevisionStep:
        script = self._scripts.get_revision(revision.id)
        make = MigrationStep.upgrade_from_script if up else MigrationStep.downgrade_from_script
        return make(self._scripts.revision_map, script)


class _Statements(io.StringIO):
    """Keeps apart what Alembic writes: each statement at once, with two line feeds."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def write(self, text: str) -> int:
        self.written.append(text.removesuffix("\n\n"))
        return len(text)


class _Recorder(Operations):
    """Executes nothing, and remembers what would be made, and which tables dropped."""

    def __init__(self, context: MigrationContext) -> None:
        super().__init__(context)
        self.dropped: list[str] = []
        self.columns: list[tuple[str, str]] = []
        self.names: set[str] = set()
        self._renamed: set[str | None] = set()

    @contextmanager
    def batch_alter_table(self, table_name: str, *_: Any, **_options: Any) -> Iterator[Any]:
        """As Alembic's, but that nothing is looked up."""
        yield _BatchRecorder(self, table_name)

    def invoke(self, operation: MigrateOperation) -> Any:
        match operation:
            case RenameTableOp():
                self._renamed.add(operation.new_table_name)
            case DropTableOp() if operation.table_name not in self._renamed:
                self.dropped.append(operation.table_name)
            case CreateTableOp():
                columns = [it.name for it in operation.columns if isinstance(it, Column)]
                self.columns += [(operation.table_name, name) for name in columns]
                self.names |= {str(it.name) for it in operation.columns if isinstance(it, Constraint)}
            case AddColumnOp():
                self.columns.append((operation.table_name, operation.column.name))
            case CreateIndexOp():
                self.names.add(str(operation.index_name))
            case AddConstraintOp():
                self.names.add(str(operation.to_constraint().name))
            case _:
                pass


class _BatchRecorder(BatchOperations):
    """Executes nothing: tells a recorder."""

    def __init__(self, recorder: _Recorder, table: str) -> None:
        impl: Any = SimpleNamespace(table_name=table, schema=None)
        super().__init__(recorder.migration_context, impl=impl)
        self._recorder = recorder

    def invoke(self, operation: MigrateOperation) -> Any:
        self._recorder.invoke(operation)


def _run(context: MigrationContext) -> None:
    # The operations are handed to the script, so that `alembic.op` need not be installed.
    context.run_migrations(op=Operations(context))
