"""What is due: the rows of each table, in shares whose rows have one policy.

A share is one workflow's rows (of one status, where the status decides), or all of a table that knows no workflows. The
oldest row of each is found by an index, so that looking costs nothing for what is kept, however much that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Table, Text, bindparam, text

from codemation.backend.retention.policies import Policies
from codemation.backend.tables import (
    ByStatus,
    Expires,
    Kept,
    Lifetime,
    PartOf,
    Policy,
    Stored,
    Unreferenced,
    UtcDateTime,
    lifetime,
    metadata,
)

WORKFLOW = "workflow_id"
"""The column of a table that knows workflows."""


class Share(NamedTuple):
    """Rows of one table with one policy, of which at least the oldest is due.

    `workflow` and `status` are `None` where they do not matter. `setting` is the policy's, `None` for what expires by
    itself; `seconds` is how long they are kept. Rows with an earlier moment than `cutoff` are due; `oldest` has the
    earliest.
    """

    table: Table
    workflow: str | None
    status: str | None
    setting: str | None
    seconds: int
    cutoff: datetime
    oldest: datetime

    @property
    def column(self) -> str:
        """The column with the moment that counts."""
        return column_of(lifetime(self.table))

    @property
    def overdue(self) -> timedelta:
        """How long the oldest row has been due."""
        return self.cutoff - self.oldest


def column_of(how: Lifetime) -> str:
    """The column with the moment that counts, of what does not live for ever or with its owner."""
    assert not isinstance(how, Kept | PartOf)  # noqa: S101  (neither is ever due by itself)
    return how.column


def pruned_tables() -> list[Table]:
    """The tables whose rows are ever due by themselves, in the order in which they are to go.

    What expires and telemetry first, then what stands for stored things, then their owners, then what these refer to.
    """
    ranks: dict[type[Lifetime], int] = {Expires: 0, Policy: 1, Stored: 2, ByStatus: 3, Unreferenced: 4}
    found = [table for table in metadata.sorted_tables if type(lifetime(table)) in ranks]
    return sorted(found, key=lambda table: ranks[type(lifetime(table))])


def due_shares(connection: Connection, policies: Policies, tables: list[Table] | None = None) -> list[Share]:
    """Every share of which anything is due; one statement for each table. Begins a transaction where none is open.

    Raises:
        sqlalchemy.exc.DBAPIError: a table cannot be read.

    """
    wanted = pruned_tables() if tables is None else tables
    return [share for table in wanted for share in _due_in(connection, table, policies)]


def _due_in(connection: Connection, table: Table, policies: Policies) -> Iterator[Share]:
    how = lifetime(table)
    latest = policies.now if isinstance(how, Expires) else _latest(how, policies)
    if latest is None:
        return
    for workflow, status, oldest in _oldest(connection, table, latest):
        if isinstance(how, Expires):
            setting, seconds = None, 0
        else:
            decided = policies.setting(settings_of(how, status), workflow)
            if decided is None:
                continue
            setting, seconds = decided
        cutoff = policies.cutoff(seconds)
        if oldest < cutoff:
            yield Share(table, workflow, status, setting, seconds, cutoff, oldest)


def settings_of(how: Lifetime, status: str | None) -> tuple[str, ...]:
    """The settings whose longest decides."""
    if isinstance(how, ByStatus):
        assert status is not None  # noqa: S101  (shares of such a table have one)
        return (how.settings[status],)
    return how.settings if isinstance(how, Policy | Stored | Unreferenced) else ()


def _latest(how: Lifetime, policies: Policies) -> datetime | None:
    if isinstance(how, ByStatus):
        found = [policies.latest_cutoff((setting,)) for setting in set(how.settings.values())]
        return max((one for one in found if one is not None), default=None)
    return policies.latest_cutoff(settings_of(how, None))


def _oldest(
    connection: Connection, table: Table, latest: datetime
) -> Iterator[tuple[str | None, str | None, datetime]]:
    """The earliest moment before `latest` of each workflow and status that has one."""
    how, column = lifetime(table), column_of(lifetime(table))
    name, moment = quoted(connection, table), f"t.{column}"
    statuses = list(how.settings) if isinstance(how, ByStatus) else []
    earlier = f"{moment} < :latest{extra_condition(connection, table, 't')}"
    if WORKFLOW not in table.c:
        statement = f"SELECT NULL AS workflow, NULL AS status, min({moment}) AS oldest FROM {name} AS t WHERE {earlier}"  # noqa: S608
    else:
        # A loose scan: one look-up for each workflow, whatever it keeps.
        by_status, status = "", "NULL"
        if statuses:
            union = " UNION ALL ".join(f"SELECT :status{number} AS status" for number in range(len(statuses)))
            by_status, status = f" CROSS JOIN ({union}) AS s", "CAST(s.status AS text)"
            earlier = f"t.status = s.status AND {earlier}"
        statement = f"""
            WITH RECURSIVE w (id) AS (
                SELECT (SELECT {WORKFLOW} FROM {name} ORDER BY {WORKFLOW} LIMIT 1)
                UNION ALL
                SELECT (SELECT {WORKFLOW} FROM {name} AS t WHERE t.{WORKFLOW} > w.id ORDER BY {WORKFLOW} LIMIT 1)
                FROM w WHERE w.id IS NOT NULL
            )
            SELECT w.id AS workflow, {status} AS status, (
                SELECT {moment} FROM {name} AS t WHERE t.{WORKFLOW} = w.id AND {earlier} ORDER BY {moment} LIMIT 1
            ) AS oldest
            FROM w{by_status} WHERE w.id IS NOT NULL
        """  # noqa: S608
    found = text(statement).bindparams(
        bindparam("latest", latest, UtcDateTime()),
        *(bindparam(f"status{number}", one, Text()) for number, one in enumerate(statuses)),
    )
    rows = connection.execute(found.columns(workflow=Text(), status=Text(), oldest=UtcDateTime())).all()
    return ((row.workflow, row.status, row.oldest) for row in rows if row.oldest is not None)


def quoted(connection: Connection, table: Table) -> str:
    """The table's name as its engine wants it."""
    return connection.dialect.identifier_preparer.format_table(table)


def extra_condition(connection: Connection, table: Table, alias: str) -> str:
    """What must hold of a due row beside its moment: ` AND …`, or nothing. The row is called `alias`."""
    how = lifetime(table)
    if isinstance(how, Stored):
        owner = metadata.tables[how.owner]
        (key,) = [key for key in table.foreign_keys if key.column.table is owner]
        over = lifetime(owner)
        assert isinstance(over, ByStatus)  # noqa: S101  (as `Stored` demands)
        statuses = ", ".join(f"'{status}'" for status in over.settings)
        return (
            f" AND EXISTS (SELECT 1 FROM {quoted(connection, owner)} AS o"  # noqa: S608
            f" WHERE o.{key.column.name} = {alias}.{key.parent.name} AND o.status IN ({statuses}))"
        )
    if isinstance(how, Unreferenced):
        (column,) = table.primary_key.columns
        (key,) = [key for key in metadata.tables[how.by].foreign_keys if key.column is column]
        moment, own = how.column, column.name
        return (
            f" AND NOT EXISTS (SELECT 1 FROM {quoted(connection, key.parent.table)} AS r"  # noqa: S608
            f" WHERE r.{key.parent.name} = {alias}.{own})"
            f" AND EXISTS (SELECT 1 FROM {quoted(connection, table)} AS n WHERE n.{WORKFLOW} = {alias}.{WORKFLOW}"
            f" AND (n.{moment} > {alias}.{moment} OR (n.{moment} = {alias}.{moment} AND n.{own} > {alias}.{own})))"
        )
    return ""
