"""codemation: the compiler and validator for `codemation.toml`.

Configuration:

- `compile(root)` decides every setting and never raises for a bad
  configuration: a `Compilation` with `.runtime`, `.diagnostics`, `.trace`.
- `load(root)` returns the runtime form (`Runtime`), or raises
  `ConfigError` with every `Diagnostic`.
- `render(diagnostics)` gives the text that `codemation check` prints.

A host:

- `with boot(root) as host:` compiles, opens the database and migrates it,
  or raises a `ConfigError` or a `BackendError`: a `Host` with `.engine`,
  `.runtime` and `.warnings`.
- `async with boot_async(root) as host:` is for asyncio: an `AsyncHost`.
- `provision(runtime)` and `provision_async(runtime)` give the engine
  alone, which opens nothing by itself.
- `tables` holds the tables, as SQLAlchemy metadata.

Retention, and moving on:

- `prune(engine, runtime)` and `prune_async` delete what is due;
  `retention_loop` does so at an interval.
- `retention_lag` and `retention_lag_async` tell what is overdue.
- `keep_snapshot` keeps a workflow's snapshot that is about to be used.
- `copy` copies a SQLite database into PostgreSQL.

What a name needs is imported when the name is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from codemation._version import __version__

if TYPE_CHECKING:
    from codemation.backend import tables
    from codemation.backend.copy.copy import copy
    from codemation.backend.copy.errors import CopyRefusedError
    from codemation.backend.copy.result import Copied
    from codemation.backend.engine import provision, provision_async
    from codemation.backend.errors import BackendError
    from codemation.backend.retention.due import Lag, retention_lag, retention_lag_async
    from codemation.backend.retention.loop import RetentionTask, RetentionThread, retention_loop
    from codemation.backend.retention.prune import prune, prune_async
    from codemation.backend.retention.result import Pruned
    from codemation.backend.retention.snapshots import keep_snapshot
    from codemation.diagnostics import ConfigError, Diagnostic
    from codemation.host import AsyncHost, Host, boot, boot_async
    from codemation.pipeline import Compilation, compile, load, render  # noqa: A004  (the public name)
    from codemation.runtime.form import Runtime

__all__ = [
    "AsyncHost",
    "BackendError",
    "Compilation",
    "ConfigError",
    "Copied",
    "CopyRefusedError",
    "Diagnostic",
    "Host",
    "Lag",
    "Pruned",
    "RetentionTask",
    "RetentionThread",
    "Runtime",
    "__version__",
    "boot",
    "boot_async",
    "compile",
    "copy",
    "keep_snapshot",
    "load",
    "provision",
    "provision_async",
    "prune",
    "prune_async",
    "render",
    "retention_lag",
    "retention_lag_async",
    "retention_loop",
    "tables",
]

_HOMES = {
    "AsyncHost": "host",
    "BackendError": "backend.errors",
    "Compilation": "pipeline",
    "ConfigError": "diagnostics",
    "Copied": "backend.copy.result",
    "CopyRefusedError": "backend.copy.errors",
    "Diagnostic": "diagnostics",
    "Host": "host",
    "Lag": "backend.retention.due",
    "Pruned": "backend.retention.result",
    "RetentionTask": "backend.retention.loop",
    "RetentionThread": "backend.retention.loop",
    "Runtime": "runtime.form",
    "boot": "host",
    "boot_async": "host",
    "compile": "pipeline",
    "copy": "backend.copy.copy",
    "keep_snapshot": "backend.retention.snapshots",
    "load": "pipeline",
    "provision": "backend.engine",
    "provision_async": "backend.engine",
    "prune": "backend.retention.prune",
    "prune_async": "backend.retention.prune",
    "render": "pipeline",
    "retention_lag": "backend.retention.due",
    "retention_lag_async": "backend.retention.due",
    "retention_loop": "backend.retention.loop",
    "tables": "backend.tables",
}

_MODULES = {"tables"}
"""Public names that are modules themselves."""


if not TYPE_CHECKING:
    # Seen by a type checker it would make every name one of this package's.

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first used (PEP 562)."""
        if name not in _HOMES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        home = import_module(f"{__name__}.{_HOMES[name]}")
        value = home if name in _MODULES else getattr(home, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
