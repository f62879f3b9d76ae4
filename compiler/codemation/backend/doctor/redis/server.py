"""Checks of a Redis server: whether it answers, what it is, and whether its user may do what a host does."""

from __future__ import annotations

import secrets
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from codemation.backend.doctor.check import Checks, Finding, NotToldError, failed, ok, warn
from codemation.text.amounts import milliseconds
from codemation.text.redaction import mask_url
from codemation.text.wording import quoted

if TYPE_CHECKING:
    from codemation.backend.redis_server import Server

CHECKS: Final = Checks()

LEAST: Final = (6, 2)
REFUSED: Final = (5, 0)
"""What BullMQ recommends at the least, and below what it refuses to work (`minimumVersion` and
`recommendedMinimumVersion` in its `src/classes/redis-connection.ts`)."""


@CHECKS.add(
    "redis",
    "whether Redis answers, and how fast",
    """\
A connection with the URL, its user and its password. The time is that of one round trip on the open
connection; a queue takes a few for every job. It is asked only where the scheduler is `bullmq` or the
event bus `redis`. `codemation rule CM509` tells what to do when it does not answer.
""",
)
def answers(server: Server) -> Finding:
    """It was reached, else nobody would ask."""
    return ok(f"{mask_url(server.url).partition('?')[0]} answers in {milliseconds(server.latency)}")


@CHECKS.add(
    "redis-version",
    "the version of Redis, against what BullMQ needs (6.2)",
    """\
BullMQ, which keeps the queues, recommends Redis 6.2 or newer and refuses to work below 5.0. Servers that
speak Redis' protocol (Valkey, KeyDB, Dragonfly) tell the version of Redis that they are like.
""",
)
def version(server: Server) -> Finding:
    """What the server's `INFO` says of its version."""
    told = str(asked(server, "redis_version"))
    number = tuple(int(part) for part in told.split(".")[:2] if part.isdigit())
    if server.use == "queues" and number < LEAST:
        advice = "Upgrade to Redis 7 or newer, or Valkey; BullMQ recommends 6.2 at the least."
        if number < REFUSED:
            return failed(f"Redis {told}: BullMQ refuses to work with it", advice)
        return warn(f"Redis {told}, which is older than BullMQ recommends", advice)
    mode = str(asked(server, "redis_mode", "standalone"))
    if mode == "sentinel":
        return failed(
            f"Redis {told}, a sentinel: it holds no data",
            "Name the master that it watches; its port is mostly 6379, a sentinel's 26379.",
        )
    if mode == "cluster" and server.use == "queues":
        return failed(
            f"Redis {told}, a node of a cluster: a queue's keys lie on others, too, and a plain client is sent away",
            "Name a Redis that is no cluster.",
        )
    return ok(f"Redis {told}")


@CHECKS.add(
    "redis-tls",
    "whether the connection to Redis is encrypted and verified",
    """\
`redis://` is plain text, the password too. `rediss://` is TLS, with the server's certificate verified
unless `?ssl_cert_reqs=none` says otherwise. What a socket or this machine's own addresses carry needs
neither.
""",
)
def tls(server: Server) -> Finding:
    """Whether the URL asks for TLS, and verifies who answers."""
    if server.url.startswith("unix:"):
        return ok("not needed: through a socket of this machine")
    if server.url.startswith("rediss:"):
        from codemation.backend.redis_server import verifies  # noqa: PLC0415  (redis: 100 ms)

        if verifies(server.url):
            return ok("encrypted, and the server's certificate is verified")
        return warn(
            "encrypted, but nobody checks who answers (ssl_cert_reqs)",
            "Leave `ssl_cert_reqs` out of the URL; `ssl_ca_certs=FILE` names the certificate of an authority.",
        )
    host = _host(server.url)
    if host == "localhost" or _is_loopback(host):
        return ok("not needed: the server is on this machine")
    return warn(f"not encrypted, and {host} is another machine", "Use `rediss://`, if the server speaks TLS.")


def _host(url: str) -> str:
    authority = url.partition("://")[2].partition("?")[0].partition("/")[0].rpartition("@")[2]
    return authority[1:].partition("]")[0] if authority.startswith("[") else authority.partition(":")[0]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@CHECKS.add(
    "redis-url",
    "which parameters of the URL are honoured here, and which are left to the host's client",
    """\
The database's number, user, password and the `ssl_…` parameters decide whether a server answers, and are
honoured here. Every other parameter (`family`, `tls`, `maxRetriesPerRequest`, …) belongs to the client
of the host; it is named, and not judged.
""",
)
def parameters(server: Server) -> Finding:
    """By name: values may be secrets."""
    from codemation.backend.redis_server import parameters as listed  # noqa: PLC0415  (redis: 100 ms)

    honoured, others = listed(server.url)
    parts = [
        f"{', '.join(map(quoted, names))} {what}"
        for names, what in ((honoured, "honoured here"), (others, "left to the host's client"))
        if names
    ]
    return ok("; ".join(parts) or "no parameters")


@CHECKS.add(
    "redis-rights",
    "whether the user may do what a host does: scripts, keys and channels of its prefix",
    """\
BullMQ does its work in Lua scripts (`EVALSHA`), over keys that begin with its prefix (`queuePrefix`, else
`bull`), waits with a blocking command and asks for the version (INFO); events are published to channels.
A user whose access control list (ACL) lacks one of these can sign in and do nothing. A script that
deletes a key which is not there is run, such a key is waited for, and a channel listened to.

    ACL SETUSER app on >PASSWORD ~bull:* &* +@all -@dangerous +info

Some providers have no `EVAL`, or another name for it (`rename-command`): queues need another server.
""",
)
def rights(server: Server) -> Finding:
    """By what has no effect."""
    from codemation.backend.redis_server import RefusedError  # noqa: PLC0415  (redis: 100 ms)

    name = f"{server.prefix}:codemation-doctor:{secrets.token_hex(4)}"
    queues: Commands = {
        "run scripts over the keys of its prefix": ("EVAL", "return redis.call('DEL', KEYS[1])", "1", name),
        "wait for a key": ("BZPOPMIN", name, "0.01"),
        "ask for the version": ("INFO", "server"),
    }
    events: Commands = {"listen to channels": ("SUBSCRIBE", name), "stop to listen": ("UNSUBSCRIBE", name)}
    for what, command in {**(queues if server.use == "queues" else {}), **events}.items():
        try:
            server.run(*command)
        except RefusedError as error:
            if error.kind in _TOLD_ELSEWHERE:
                raise NotToldError(_TOLD_ELSEWHERE[error.kind]) from None
            who = "the user may not" if error.kind == "NOPERM" else "a host cannot"
            return failed(f"{who} {what}: {error}", _advice(error.kind, server.prefix))
    return ok("the user may do what a host does")


Commands: TypeAlias = dict[str, tuple[str, ...]]

_TOLD_ELSEWHERE: Final = {
    "READONLY": "it cannot be tried on a replica: see redis-role",
    "MASTERDOWN": "it cannot be tried on a replica: see redis-role",
    "OOM": "it cannot be tried without memory: see redis-memory",
    "MISCONF": "it cannot be tried while no save succeeds: see redis-persistence",
    "CLUSTERDOWN": "it cannot be tried on a cluster: see redis-version",
    "MOVED": "it cannot be tried on a cluster: see redis-version",
}
_WITHOUT_RIGHT: Final = "Let the user do what BullMQ does: `ACL SETUSER … +@all -@dangerous +info ~{}:* &*`."
_ADVICE: Final = {
    "NOREPLICAS": "Start its replicas, or lower `min-replicas-to-write`: until then it takes no write.",
    "unknown": "The server has no such command, or another name for it: look for `rename-command` in redis.conf.",
}


def _advice(kind: str, prefix: str) -> str:
    return _ADVICE.get(kind) or _WITHOUT_RIGHT.format(prefix)


@CHECKS.add(
    "redis-role",
    "whether it is a master, which takes writes",
    """\
A replica can only be read (`READONLY You can't write against a read only replica`). After a failover the
URL may still name the one that was the master. Name the master, or an address that follows it.
""",
)
def role(server: Server) -> Finding:
    """What the server's `INFO` says of its role."""
    if asked(server, "role") == "master":
        return ok("a master")
    link = str(asked(server, "master_link_status", "unknown"))
    return failed(
        f"a replica, which can only be read (its link to the master is {link})",
        "Name the master in the URL, or an address that follows it.",
    )


def asked(server: Server, name: str, default: Any = None) -> Any:
    """One figure of `INFO`.

    Raises:
        NotToldError: the user may not ask, or the server does not say.

    """
    if server.info is None:
        message = "the user may not ask (INFO)"
        raise NotToldError(message)
    value = server.info.get(name, default)
    if value is None:
        message = f"the server does not say (INFO has no {name})"
        raise NotToldError(message)
    return value
