"""codemation: the compiler and validator for `codemation.toml`.

`compile` decides every setting and never raises for a bad configuration; `load` returns the runtime form or raises
`ConfigError` with every diagnostic. What a name needs is imported when the name is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codemation.diagnostics import ConfigError, Diagnostic
    from codemation.pipeline import Compilation, compile, load  # noqa: A004  (the public name)
    from codemation.runtime_form import Runtime

__version__ = "0.1.0"

__all__ = ["Compilation", "ConfigError", "Diagnostic", "Runtime", "__version__", "compile", "load"]

_HOMES = {
    "Compilation": "pipeline",
    "ConfigError": "diagnostics",
    "Diagnostic": "diagnostics",
    "Runtime": "runtime_form",
    "compile": "pipeline",
    "load": "pipeline",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted({*globals(), *__all__})
