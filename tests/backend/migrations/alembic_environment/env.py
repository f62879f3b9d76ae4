"""An environment for pytest-alembic: the package has none of its own."""

from __future__ import annotations

from alembic import context
from alembic.operations import Operations

from codemation.backend.migrations.revisions import VERSION_TABLE
from codemation.backend.tables import metadata
from codemation.backend.tables.bookkeeping import bookkeeping

with context.config.attributes["connection"].connect() as connection:
    if connection.dialect.name == "sqlite":
        # As our own runner does: within a transaction it would do nothing.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=[metadata, bookkeeping],
        version_table=VERSION_TABLE,
        transactional_ddl=True,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations(op=Operations(context.get_context()))
