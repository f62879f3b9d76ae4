"""Checks of what Redis keeps: in memory, and on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from codemation.backend.doctor.check import Checks, Finding, failed, ok, warn
from codemation.backend.doctor.redis.server import asked
from codemation.text.amounts import size

if TYPE_CHECKING:
    from codemation.backend.redis_server import Server

CHECKS: Final = Checks()

FULL: Final = 0.8
"""The part of its memory from which on a server has little left: queues grow when workers stop."""


@CHECKS.add(
    "redis-eviction",
    "whether Redis may throw keys away when its memory is full (`maxmemory-policy`)",
    """\
With any policy but `noeviction` Redis removes keys of its own choice when memory runs out: jobs vanish,
and queues are left half-written. BullMQ's guide "Going to production" asks for `noeviction`.

    CONFIG SET maxmemory-policy noeviction

and the same in redis.conf, or where your provider has it.
""",
)
def eviction(server: Server) -> Finding:
    """By `INFO memory`."""
    policy = str(asked(server, "maxmemory_policy"))
    if policy == "noeviction" or server.use != "queues":
        return ok(policy)
    return warn(
        f"evicts keys ({policy}): jobs vanish when memory runs out",
        "Set `maxmemory-policy noeviction`.",
    )


@CHECKS.add(
    "redis-memory",
    "how much memory is left",
    """\
`used_memory` against `maxmemory`, or, where that is not set, against the memory of the machine. When it
is full, writes fail with `OOM command not allowed` (with `noeviction`) or keys vanish (with any other
policy). Raise `maxmemory`, let completed jobs be removed (`removeOnComplete`), or start more workers.
""",
)
def memory(server: Server) -> Finding:
    """By `INFO memory`."""
    used = int(asked(server, "used_memory"))
    limit = int(asked(server, "maxmemory", 0))
    most, name = (limit, "maxmemory") if limit else (int(asked(server, "total_system_memory", 0)), "the machine's")
    if not most:
        return ok(f"{size(used)} used")
    text = f"{size(used)} of {size(most)} used ({name})"
    advice = "Raise `maxmemory`, or let completed jobs be removed (`removeOnComplete`)."
    if limit and used >= limit:
        return failed(f"{text}: writes are refused, or keys evicted", advice)
    return warn(text, advice) if used >= FULL * most else ok(text)


@CHECKS.add(
    "redis-persistence",
    "whether jobs survive a restart of Redis",
    """\
Without persistence a restart of Redis loses every job that waits. `appendonly yes` loses a second at the
most, snapshots (`save`) what came after the last one. When the last attempt to save failed, Redis
refuses all writes (`MISCONF`), by its setting `stop-writes-on-bgsave-error`: mostly its disk is full.
""",
)
def persistence(server: Server) -> Finding:
    """By `INFO persistence`, and the setting `save`."""
    if asked(server, "rdb_last_bgsave_status", "ok") != "ok" or asked(server, "aof_last_write_status", "ok") != "ok":
        return failed("the last attempt to save failed: writes are refused", "Look after its disk, and into its log.")
    if int(asked(server, "aof_enabled", 0)):
        return ok("appends each change to a file (AOF)")
    if server.saves is None:
        return ok("no AOF; whether it takes snapshots the user may not ask")
    if server.saves:
        return ok("takes snapshots (RDB)")
    if server.use != "queues":
        return ok("none, and none is needed: it is not for queues")
    return warn("none: a restart of Redis loses every job that waits", "Set `appendonly yes` in redis.conf.")
