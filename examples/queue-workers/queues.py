"""What the host and its workers have in common: the boot, and the queues that the runtime form names."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeAlias

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

import codemation


class Queues(NamedTuple):
    """The names of the queues, and what BullMQ is told for each of them: where Redis is, and the prefix of its keys.

    BullMQ for Node.js takes the same two words: `new Worker(name, …, { connection, prefix })`.
    """

    names: tuple[str, ...]
    options: dict[str, Any]


class NoQueuesError(Exception):
    """The runtime form names no queues."""


class NoRedisError(Exception):
    """Redis does not answer."""


FOLDER = os.path.dirname(os.path.abspath(__file__))
Part: TypeAlias = Callable[[codemation.AsyncHost, Queues], Awaitable[None]]


async def booted(part: Part) -> int:
    """Boot, look for the queues, and do `part`; the exit code is the command line's."""
    try:
        # The environment is the process's, over a .env in this folder. Any number of processes may boot at once.
        async with codemation.boot_async(FOLDER) as host:
            await part(host, await queues(host.runtime))
    except (codemation.ConfigError, NoQueuesError) as error:
        print(error, file=sys.stderr)
        return 1
    except (codemation.BackendError, NoRedisError) as error:
        print(error, file=sys.stderr)
        return 3
    except (DBAPIError, RedisError) as error:  # not all of its text: statements and what is in them
        print(
            f"error: lost the {'database' if isinstance(error, DBAPIError) else 'queues'}: {type(error).__name__}",
            file=sys.stderr,
        )
        return 3
    return 0


async def queues(runtime: codemation.Runtime) -> Queues:
    """The queues of the runtime form, in a Redis that answers.

    Raises:
        NoQueuesError: the scheduler is another one, or has no queues.
        NoRedisError: Redis does not answer, or refuses.

    """
    scheduler, url = runtime.scheduler, runtime.event_bus.redis_url
    if scheduler.kind != "bullmq" or url is None:
        message = f"error: the scheduler is {scheduler.kind}: there are no queues\n  help: unset CODEMATION_SCHEDULER"
        raise NoQueuesError(message)
    if not scheduler.worker_queues:
        message = "error: no queue has a name\n  help: state workerQueues under [app.scheduler]"
        raise NoQueuesError(message)
    await answers(url, runtime.to_dict()["runtime"]["eventBus"]["redisUrl"])
    return Queues(scheduler.worker_queues, {"connection": url, "prefix": scheduler.queue_prefix or "bull"})


async def answers(url: str, shown: str) -> None:
    """Ask Redis once: BullMQ itself would try for minutes. `shown` is the URL without its password.

    Raises:
        NoRedisError: it does not answer, or refuses.

    """
    try:
        async with Redis.from_url(url, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
            await client.ping()
    except (RedisError, OSError, TypeError) as error:  # TypeError: a parameter of the URL that is another client's
        message = (
            f"error: Redis {shown} does not answer\n  {type(error).__name__}: {error}\n  help: `codemation doctor`"
        )
        raise NoRedisError(message) from None
