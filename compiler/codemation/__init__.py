"""codemation: the compiler and validator for `codemation.toml`.

`compile` decides every setting and never raises for a bad configuration; `load` returns the runtime form or raises
`ConfigError` with every diagnostic; `boot` and `boot_async` also open the database and migrate it, and raise a
`BackendError` where that fails; `prune` deletes what retention says is due, `copy` moves on from SQLite to PostgreSQL.
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
    from codemation.host import Host, boot, boot_async
    from codemation.pipeline import Compilation, compile, load  # noqa: A004  (the public name)
    from codemation.runtime.form import Runtime

__all__ = [
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
    "retention_lag",
    "retention_lag_async",
    "retention_loop",
    "tables",
]

_HOMES = {
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
    "retention_lag": "backend.retention.due",
    "retention_lag_async": "backend.retention.due",
    "retention_loop": "backend.retention.loop",
    "tables": "backend.tables",
}

_MODULES = {"tables"}
"""Public names that are modules themselves."""


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
    return sorted({*globals(), *__all__})
