"""CM509: Redis does not answer, or refuses the user."""

from __future__ import annotations

from codemation.rules.rule import Rule

RULE = Rule(
    "CM509",
    "redis-unreachable",
    "error",
    "Redis does not answer, or refuses the user",
    """\
Queues and events go through Redis: without it no worker gets work. No connection to the host or
socket in the URL came about, its certificate is not trusted (`rediss`), the user or the password is
refused, or what answers is not Redis.

Example:

    $ REDIS_URL=redis://localhost:6380 codemation doctor

Instead: start Redis, or correct the URL. `rediss://` is for a server that speaks TLS, `redis://` for
one that does not.
""",
)
