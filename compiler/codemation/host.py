"""A host's boot: compiled, provisioned, migrated.

With nothing pending that takes one read of the database, and Alembic is not imported.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import Engine

from codemation.backend.engine import provision, provision_async, typed_errors
from codemation.backend.errors import DatabaseNotReadyError
from codemation.backend.inspection import at_head, at_head_async
from codemation.backend.masking import masked_options
from codemation.backend.waiting import checked_wait, pauses, tell, until_ready
from codemation.pipeline import AnyPath, Compilation, compile, loaded  # noqa: A004  (the public name)
from codemation.runtime.form import Runtime
from codemation.settings.host_variables import SKIP_STARTUP_MIGRATIONS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from codemation.backend.retention.blobs import OnBinary

AnyEngine = TypeVar("AnyEngine", bound="Engine | AsyncEngine")


class _Booted(Generic[AnyEngine]):
    """What a boot gave, with whichever engine."""

    def __init__(self, engine: AnyEngine, compilation: Compilation, runtime: Runtime) -> None:
        self.engine: AnyEngine = engine
        self.runtime = runtime
        self.warnings = compilation.diagnostics
        self._compilation = compilation

    def secret(self, name: str) -> str | None:
        """What the variable `name` holds, or the file that `name` with `_FILE` behind it names; `None` for nothing.

        For `AUTH_SECRET`, and for what a key such as `clientSecretEnv` names.
        """
        return self._compilation.secret(name)

    def __repr__(self) -> str:
        """The host with its secrets masked."""
        return f"{type(self).__name__}(engine={self.engine!r}, runtime={self.runtime!r})"


class Host(_Booted[Engine]):
    """What `boot` gave: the engine, for a database that is up to date, and the runtime form that it was made from.

    `engine` is a `sqlalchemy.Engine`, `runtime` the `Runtime`, `warnings` the compilation's diagnostics.
    """


class AsyncHost(_Booted["AsyncEngine"]):
    """What `boot_async` gave: as `Host`, with an engine for asyncio.

    `engine` is a `sqlalchemy.ext.asyncio.AsyncEngine`.
    """


@contextmanager
def boot(  # noqa: PLR0913  (all of them have a default)
    root: AnyPath | None = None,
    *,
    config: AnyPath | None = None,
    env: Mapping[str, str] | None = None,
    env_files: Sequence[AnyPath] | None = None,
    overrides: Mapping[str, Any] | None = None,
    wait: float | None = None,
    read_only: bool = False,
    password: Callable[[], str] | None = None,
    engine_options: Mapping[str, Any] | None = None,
    prune_every: float | None = None,
    on_binary: OnBinary | None = None,
) -> Iterator[Host]:
    """Compile a project, open its database and migrate it; dispose of the engine at the end, also on an error.

    `CODEMATION_SKIP_STARTUP_MIGRATIONS=true` verifies that nothing is pending, and migrates nothing; so does
    `read_only`, for a host that only reads (from a replica, a read-only mount). `wait` is how many seconds to try
    again while the server does not answer yet (else `waitSeconds`), with a record of the logger `codemation` each time.
    With `prune_every` the host prunes itself, every so many seconds and until its end, as `retention_loop` does, whose
    is `on_binary`. The first arguments are those of `compile`, `password` and `engine_options` those of `provision`.

    Raises:
        ConfigError: the configuration is wrong; it carries every diagnostic.
        BackendError: the database cannot be reached or written, is not one that this program may migrate, or a revision
            failed; with migrations skipped also `MigrationsPendingError` (CM505). What `with` holds raises SQLAlchemy's
            errors.
        TypeError, ValueError: `wait` is no number of seconds; or an engine option as `provision` tells.
        ValueError: `prune_every` is no number of seconds more than 0, or stands beside `read_only`.

    """
    _refuse_pruning(prune_every, on_binary, read_only=read_only)
    wait, engine_options = checked_wait(wait), masked_options(engine_options)
    compilation, runtime, skip = _compiled(root, config, env, env_files, overrides)
    del env, overrides  # this frame may be shown with its variables
    engine = provision(runtime, read_only=read_only, password=password, engine_options=engine_options)
    try:
        with typed_errors(runtime):
            if not until_ready(partial(_looked, runtime, engine, reads=read_only), _patience(runtime, wait)):
                _bring_up_to_date(engine, Event(), verify_only=skip or read_only)
        with _pruning(engine, runtime, prune_every, on_binary):
            yield Host(engine, compilation, runtime)
    finally:
        engine.dispose()


@asynccontextmanager
async def boot_async(  # noqa: PLR0913  (all of them have a default)
    root: AnyPath | None = None,
    *,
    config: AnyPath | None = None,
    env: Mapping[str, str] | None = None,
    env_files: Sequence[AnyPath] | None = None,
    overrides: Mapping[str, Any] | None = None,
    wait: float | None = None,
    read_only: bool = False,
    password: Callable[[], str | Awaitable[str]] | None = None,
    engine_options: Mapping[str, Any] | None = None,
    prune_every: float | None = None,
    on_binary: OnBinary | None = None,
) -> AsyncIterator[AsyncHost]:
    """As `boot`, for asyncio.

    Migrating is done in a thread, with an engine of its own that gets the same `connect_args`. Where this is cancelled
    meanwhile, that thread finishes the revision that it is at, and no other.
    """
    _refuse_pruning(prune_every, on_binary, read_only=read_only)
    wait, engine_options = checked_wait(wait), masked_options(engine_options)
    compilation, runtime, skip = await asyncio.to_thread(_compiled, root, config, env, env_files, overrides)
    del env, overrides  # as in `boot`
    engine = provision_async(runtime, read_only=read_only, password=password, engine_options=engine_options)
    try:
        with typed_errors(runtime):
            if not await _looked_async(runtime, engine, _patience(runtime, wait), reads=read_only):
                again = partial(
                    provision,
                    runtime,
                    read_only=read_only,
                    password=_blocking(password, asyncio.get_running_loop()),
                    engine_options={"connect_args": engine_options.get("connect_args") or {}},
                )
                over = Event()
                try:
                    await asyncio.to_thread(_bring_up_to_date_alone, again, over, verify_only=skip or read_only)
                finally:
                    over.set()
                # Its own first connection: until then it does not know which file is its own.
                await at_head_async(engine, reads=read_only)
        async with _pruning_async(engine, runtime, prune_every, on_binary):
            yield AsyncHost(engine, compilation, runtime)
    finally:
        await engine.dispose()


@contextmanager
def _pruning(engine: Engine, runtime: Runtime, every: float | None, on_binary: OnBinary | None) -> Iterator[None]:
    if every is None:
        yield
        return
    from codemation.backend.retention.loop import retention_loop  # noqa: PLC0415  (only a host that prunes)

    with retention_loop(engine, runtime, every=every, on_binary=on_binary):
        yield


@asynccontextmanager
async def _pruning_async(
    engine: AsyncEngine, runtime: Runtime, every: float | None, on_binary: OnBinary | None
) -> AsyncIterator[None]:
    if every is None:
        yield
        return
    from codemation.backend.retention.loop import retention_loop  # noqa: PLC0415  (only a host that prunes)

    async with retention_loop(engine, runtime, every=every, on_binary=on_binary):
        yield


def _refuse_pruning(every: float | None, on_binary: OnBinary | None, *, read_only: bool) -> None:
    """Refuse what makes no sense before anything is opened."""
    if every is None and on_binary is not None:
        message = "on_binary is for a host that prunes: state prune_every, too"
    elif every is not None and read_only:
        message = "a host that only reads cannot prune: leave out prune_every, or read_only"
    elif every is not None and not 0 < every < float("inf"):
        message = "prune_every takes a number of seconds more than 0"
    else:
        return
    raise ValueError(message)


def _patience(runtime: Runtime, wait: float | None) -> float:
    return (runtime.database.wait_seconds or 0) if wait is None else wait


def _looked(runtime: Runtime, engine: Engine, *, reads: bool) -> bool:
    with typed_errors(runtime):
        return at_head(engine, reads=reads)


async def _looked_async(runtime: Runtime, engine: AsyncEngine, seconds: float, *, reads: bool) -> bool:
    """As `until_ready` with `_looked`, for asyncio."""
    for pause, left in pauses(seconds):
        try:
            with typed_errors(runtime):
                return await at_head_async(engine, reads=reads)
        except DatabaseNotReadyError as failure:
            tell(failure, left)
        await asyncio.sleep(pause)
    return await at_head_async(engine, reads=reads)


def _blocking(
    password: Callable[[], str | Awaitable[str]] | None, loop: asyncio.AbstractEventLoop
) -> Callable[[], str] | None:
    """The same for a thread that is not the event loop's."""
    if password is None:
        return None

    async def ask() -> str:
        given = password()
        return given if isinstance(given, str) else await given

    return lambda: asyncio.run_coroutine_threadsafe(ask(), loop).result()


def _compiled(
    root: AnyPath | None,
    config: AnyPath | None,
    env: Mapping[str, str] | None,
    env_files: Sequence[AnyPath] | None,
    overrides: Mapping[str, Any] | None,
) -> tuple[Compilation, Runtime, bool]:
    """The compilation, its runtime form, and whether migrations are to be skipped."""
    compilation = compile(root, config=config, env=env, env_files=env_files, overrides=overrides)
    runtime = loaded(compilation)
    text = compilation.model.environment.text(SKIP_STARTUP_MIGRATIONS.name)
    return compilation, runtime, bool(SKIP_STARTUP_MIGRATIONS.value(text))


def _bring_up_to_date(engine: Engine, over: Event, *, verify_only: bool) -> None:
    from codemation.backend.migrations import migrate  # noqa: PLC0415  (a boot at head does without)

    if verify_only:
        migrate.verify(engine)
    else:
        migrate.upgrade(engine, patience=migrate.Patience(over=over))


def _bring_up_to_date_alone(provision_again: Callable[[], Engine], over: Event, *, verify_only: bool) -> None:
    engine = provision_again()
    try:
        _bring_up_to_date(engine, over, verify_only=verify_only)
    finally:
        engine.dispose()
