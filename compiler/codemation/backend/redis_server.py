"""Redis: does it answer, and is it fit for queues? For `doctor`; nothing else of codemation talks to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError, ResponseError
from redis.retry import Retry

from codemation.backend.errors import BackendError
from codemation.backend.scrubbing import scrubbed
from codemation.text.patterns import lazy
from codemation.text.redaction import mask_url

if TYPE_CHECKING:
    from codemation.codes import Code

SECONDS: Final = 5.0
"""How long the server may take to accept a connection, and for each answer."""


_UNTRUSTED: Final = lazy(r"(?i)certificate verify failed: ([a-z -]+)")
_TAKEN: Final = frozenset({"db", "username", "password"})
_TAKEN_WITH_TLS: Final = _TAKEN | {
    *("ssl_ca_certs", "ssl_ca_data", "ssl_ca_path", "ssl_cert_reqs", "ssl_certfile", "ssl_check_hostname"),
    *("ssl_ciphers", "ssl_keyfile", "ssl_password"),
}
"""The parameters of a URL that decide whether a server answers. All others are the host's client's own business."""


class RedisUnreachableError(BackendError):
    """Redis does not answer, or refuses the user."""

    code: ClassVar[Code] = "CM509"
    slug = "redis-unreachable"


class Answer(NamedTuple):
    """What a server says of itself; `None` where the user may not ask."""

    version: str | None
    eviction_policy: str | None


def ask(url: str) -> Answer:
    """What the server behind `url` answers.

    Raises:
        RedisUnreachableError: without the driver's error, which may quote the URL.

    """
    failure: BackendError | None = None
    try:
        # RESP 2, which every version and every proxy speaks. A retry would only make a wrong URL slower.
        client = Redis.from_url(
            _without_foreign_parameters(url),
            protocol=2,
            socket_connect_timeout=SECONDS,
            socket_timeout=SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        with client:
            client.ping()
            return _info(client)
    except (RedisError, OSError, ValueError) as error:
        failure = _failure(error, url)
    # Out here, so that it does not even carry the original as its context.
    raise failure


def _without_foreign_parameters(url: str) -> str:
    """The URL with what redis-py understands: it hands its classes whatever else is there, and they raise TypeError."""
    base, mark, query = url.partition("?")
    taken = _TAKEN_WITH_TLS if base.startswith("rediss:") else _TAKEN
    kept = "&".join(part for part in query.split("&") if part.partition("=")[0] in taken)
    return base + mark + kept


def _info(client: Redis) -> Answer:
    try:
        said = {**client.info("server"), **client.info("memory")}
    except ResponseError:  # an ACL
        return Answer(None, None)
    return Answer(*(str(said[name]) if name in said else None for name in ("redis_version", "maxmemory_policy")))


def _failure(error: Exception, url: str) -> RedisUnreachableError:
    lines = " ".join(str(error).split())
    shown = scrubbed(lines, url)
    told = f": {shown.rstrip('.')}" if shown else ""
    named = mask_url(url)
    if isinstance(error, AuthenticationError) or lines.startswith(("NOAUTH", "WRONGPASS", "NOPERM")):
        return RedisUnreachableError(
            f"the Redis server refuses the user of {named}{told}", "Check the user and the password in the URL."
        )
    if "certificate verify failed" in lines.lower():
        why = _UNTRUSTED.search(lines)
        told = f" ({why[1].strip()})" if why else ""
        return RedisUnreachableError(
            f"the Redis server {named} does not answer: its certificate is not trusted{told}",
            "Name the certificate of its authority (CA) with `?ssl_ca_certs=FILE`, or trust it system-wide; the host's "
            "client must trust it too.",
        )
    return RedisUnreachableError(
        f"the Redis server {named} does not answer{told}",
        "Check that it runs, and that the URL's host and port are right; `rediss://` is for one that speaks TLS.",
    )
