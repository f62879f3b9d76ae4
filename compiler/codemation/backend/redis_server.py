"""Redis: a connection to it, and what it says of itself. For `doctor`; nothing else of codemation talks to it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NamedTuple, TypeAlias
from urllib.parse import parse_qsl, unquote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    ClusterDownError,
    MasterDownError,
    MovedError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from codemation.backend.errors import BackendError
from codemation.backend.scrubbing import scrubbed
from codemation.text.patterns import lazy
from codemation.text.redaction import mask_url

if TYPE_CHECKING:
    from codemation.codes import Code

SECONDS: Final = 5.0
"""How long the server may take to accept a connection, and for each answer."""

Use: TypeAlias = Literal["queues", "events"]

_UNTRUSTED: Final = lazy(r"(?i)certificate verify failed: ([a-z -]+)")
_TAKEN: Final = frozenset({"db", "username", "password"})
_TAKEN_WITH_TLS: Final = _TAKEN | {
    *("ssl_ca_certs", "ssl_ca_data", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname"),
    *("ssl_ciphers", "ssl_keyfile", "ssl_password"),
}
"""The parameters of a URL that decide whether a server answers. All others are the host's client's own business."""


_FILES: Final = {"ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile"}


class RedisUnreachableError(BackendError):
    """Redis does not answer, or refuses the user."""

    code: ClassVar[Code] = "CM509"
    slug = "redis-unreachable"


class RefusedError(Exception):
    """The server answers, and refuses a command; the text is its answer, `kind` the word that it begins with."""

    def __init__(self, said: str, kind: str) -> None:
        super().__init__(said)
        self.kind = kind


class Server:
    """A server that answers: `reached` makes one. What it refuses to tell is `None`."""

    def __init__(self, url: str, client: Redis, use: Use, prefix: str) -> None:
        self.url = url
        self.use = use
        self.prefix = prefix
        self.lost = False
        self._client = client

    def run(self, *command: str) -> Any:
        """The server's answer to a command.

        Raises:
            RedisUnreachableError: the connection was lost.
            RefusedError: the server refuses the command.

        """
        failure: Exception
        try:
            return self._client.execute_command(*command)  # type: ignore[no-untyped-call]
        except ResponseError as error:
            failure = _refused(error, self.url)
        except (RedisError, OSError) as error:
            self.lost = True
            failure = _failure(error, self.url)
        # Out here, so that it does not even carry the original as its context.
        raise failure

    @cached_property
    def latency(self) -> float:
        """Seconds that one round trip takes on the open connection: the best of three."""
        times = []
        for _ in range(3):
            began = time.perf_counter()
            self.run("PING")
            times.append(time.perf_counter() - began)
        return min(times)

    @cached_property
    def info(self) -> Mapping[str, Any] | None:
        """What `INFO` says."""
        try:
            found: Mapping[str, Any] = self.run("INFO")
        except RefusedError:
            return None
        return found

    @cached_property
    def saves(self) -> str | None:
        """The setting `save`: when the server writes its data to disk; empty for never."""
        try:
            found = self.run("CONFIG", "GET", "save")
        except RefusedError:
            return None
        values = [value.decode() if isinstance(value, bytes) else str(value) for value in _values(found)]
        return values[0] if values else None


@contextmanager
def reached(url: str, use: Use, prefix: str) -> Iterator[Server]:
    """The server behind `url`, by one connection, for the time that the checks take; `prefix` is that of its keys.

    Raises:
        RedisUnreachableError: without the driver's error, which may quote the URL.

    """
    with _client(url) as client:
        yield Server(url, client, use, prefix)


def _client(url: str) -> Redis:
    """A client that has signed in."""
    try:
        # RESP 2, which every version and every proxy speaks. A retry would only make a wrong URL slower.
        client = Redis.from_url(
            _without_foreign_parameters(url),
            protocol=2,
            single_connection_client=True,
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        client.ping()
        return client  # noqa: TRY300  (nothing of it can fail)
    except (RedisError, OSError, ValueError) as error:
        failure = _failure(error, url)
    # Out here, so that it does not even carry the original as its context.
    raise failure


def parameters(url: str) -> tuple[list[str], list[str]]:
    """The names of a URL's parameters: those that are honoured here, and those that are left to the host's client."""
    base, _, query = url.partition("?")
    taken = _TAKEN_WITH_TLS if base.startswith("rediss:") else _TAKEN
    names = [unquote(part.partition("=")[0]) for part in query.split("&") if part]
    return [name for name in names if name in taken], [name for name in names if name not in taken]


def verifies(url: str) -> bool:
    """Whether a URL with TLS lets the server's certificate be looked at."""
    stated = dict(part.partition("=")[::2] for part in url.partition("?")[2].split("&"))
    return stated.get("ssl_cert_reqs", "required") not in {"none", "optional"}


_KINDS: Final = {
    NoPermissionError: "NOPERM",
    OutOfMemoryError: "OOM",
    ReadOnlyError: "READONLY",
    MasterDownError: "MASTERDOWN",
    ClusterDownError: "CLUSTERDOWN",
    MovedError: "MOVED",
}
"""redis-py takes the first word of what it knows, and makes a class of it."""

_IN_SCRIPT: Final = lazy(r"(?i)^Error running script.*@user_script: ?\d+: -?")


def _refused(error: ResponseError, url: str) -> RefusedError:
    said = _IN_SCRIPT.sub("", " ".join(str(error).split()))
    kind = next((word for known, word in _KINDS.items() if isinstance(error, known)), said.partition(" ")[0])
    return RefusedError(scrubbed(said, url), "NOPERM" if "user executing the script can't" in said else kind)


def _values(found: Mapping[Any, Any] | Sequence[Any]) -> list[Any]:
    """The values of an answer that is a dictionary, or one that lists names and values in turn."""
    return list(found.values()) if isinstance(found, Mapping) else list(found[1::2])


def _without_foreign_parameters(url: str) -> str:
    """The URL with what redis-py understands: it hands its classes whatever else is there, and they raise TypeError."""
    base, mark, query = url.partition("?")
    taken = _TAKEN_WITH_TLS if base.startswith("rediss:") else _TAKEN
    kept = "&".join(part for part in query.split("&") if part.partition("=")[0] in taken)
    return base + mark + kept


class _Reason(NamedTuple):
    """Why there is no connection: what redis-py or the server says, the sentence (`{}` is the URL), and what to do."""

    said: re.Pattern[str]
    says: str
    help: str


_NO_SUCH_USER: Final = _Reason(
    lazy(r"(?i)^(NOAUTH|WRONGPASS|NOPERM)|invalid username-password|Authentication required"),
    "the Redis server refuses the user of {}",
    "Check the user and the password in the URL.",
)
_REASONS: Final = (
    _NO_SUCH_USER,
    _Reason(
        lazy(r"(?i)has no permissions"),
        "the Redis server lets the user of {} do nothing",
        "Let the user do what BullMQ does: `ACL SETUSER … +@all -@dangerous +info ~bull:* &*`.",
    ),
    _Reason(
        lazy(r"(?i)certificate has expired|certificate is not yet valid"),
        "the certificate of the Redis server {} is not valid now",
        "Renew the server's certificate; if it is new, look at this machine's clock.",
    ),
    _Reason(
        lazy(r"(?i)(hostname|IP address) mismatch|certificate is not valid for"),
        "the certificate of the Redis server {} is another host's",
        "Name the host in the URL as the certificate does, or have a certificate made for that name.",
    ),
    _Reason(
        lazy(r"(?i)certificate verify failed"),
        "the Redis server {} does not answer: its certificate is not trusted",
        "Name the certificate of its authority (CA) with `?ssl_ca_certs=FILE`, or trust it system-wide; the host's "
        "client must trust it too.",
    ),
    _Reason(
        lazy(r"(?i)Certificate Requirements Flag"),
        "the URL {} has no `ssl_cert_reqs` that is one",
        "Write `required`, `optional` or `none`, in lower case, or leave it out: then it is `required`.",
    ),
    _Reason(
        lazy(r"max number of clients reached"),
        "the Redis server {} takes no more connections",
        "Raise its `maxclients`, or end what holds them.",
    ),
    _Reason(
        lazy(r"(?i)DB index.*out of range"),
        "the Redis server {} has no database of that number",
        "State one below its `databases` (16 unless configured), or leave the number out.",
    ),
    _Reason(
        lazy(r"(?i)^LOADING|loading the dataset"),
        "the Redis server {} is still loading its data",
        "Wait until it has read them.",
    ),
    _Reason(
        lazy(r"(?i)connecting to (unix socket|/).*(no such file|connection refused)"),
        "no Redis server listens at the socket {}",
        "Start it, or correct the path: its own is `unixsocket` in redis.conf; a container sees only what it mounts.",
    ),
    _Reason(
        lazy(r"(?i)connecting to (unix socket|/).*permission denied"),
        "this user may not use the socket {}",
        "Let the user who runs this use it: `unixsocketperm` and the socket's group in redis.conf.",
    ),
    _Reason(
        lazy(
            r"(?i)name or service not known|nodename nor servname|temporary failure in name resolution"
            r"|no address associated|getaddrinfo"
        ),
        "the host of {} has no address",
        "Check the host's name; between containers it is the service's name, and both need one network.",
    ),
    _Reason(
        lazy(r"(?i)connection refused"),
        "no Redis server listens at {}",
        "Check that it runs, and that the URL's host and port are its own.",
    ),
    _Reason(
        lazy(r"(?i)timeout|timed out|no route to host|network is unreachable"),
        "the Redis server {} does not answer in time",
        "Let this machine through the firewall between; `rediss://` is for a server that speaks TLS, and no other.",
    ),
)
"""The first that fits."""


def _missing_file(url: str) -> str | None:
    """The parameter of a URL that names a file which cannot be read."""
    stated = parse_qsl(url.partition("?")[2])
    return next((name for name, path in stated if name in _FILES and not os.access(path, os.R_OK)), None)


def _failure(error: Exception, url: str) -> RedisUnreachableError:
    lines = " ".join(str(error).split())
    shown = scrubbed(lines, url)
    told = f": {shown.rstrip('.')}" if shown else ""
    named = mask_url(url)
    if why := _UNTRUSTED.search(lines):
        told = f" ({why[1].strip()})"
    if missing := _missing_file(url):
        return RedisUnreachableError(
            f"the file that the URL {named} names as `{missing}` cannot be read",
            "Correct its path, or its mode; a container sees only what it mounts.",
        )
    reason = next((it for it in _REASONS if it.said.search(lines)), None)
    if isinstance(error, AuthenticationError):
        reason = _NO_SUCH_USER
    if reason is not None:
        return RedisUnreachableError(f"{reason.says.format(named)}{told}", reason.help)
    return RedisUnreachableError(
        f"the Redis server {named} does not answer{told}",
        "Check that it runs, and that the URL's host and port are right; `rediss://` is for one that speaks TLS.",
    )
