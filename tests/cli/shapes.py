"""The shapes of JSON outputs as the specification writes them, and a configuration that shows much of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cli.running import write

POSITION = {"line": int, "column": int}
SPAN = {"start": POSITION, "end": POSITION}
NULL = type(None)
ORIGINS: dict[str, dict[str, Any]] = {
    "override": {"kind": str, "key": str},
    "environment": {
        "kind": str,
        "variable": (str, NULL),
        "file": (str, NULL),
        "line": (int, NULL),
        "secretFile": (str, NULL),
    },
    "file": {"kind": str, "file": str, "key": (str, NULL), "keySpan": (SPAN, NULL), "valueSpan": (SPAN, NULL)},
    "inferred": {"kind": str, "rule": str, "from": list},
    "default": {"kind": str},
}
DIAGNOSTIC: dict[str, Any] = {
    "code": str,
    "slug": str,
    "severity": str,
    "message": str,
    "help": str,
    "fixes": [{"title": str, "edits": [{"span": SPAN, "text": str}]}],
    "key": (str, NULL),
    "file": (str, NULL),
    "span": (SPAN, NULL),
    "origin": (ORIGINS, NULL),
    "related": [{"message": str, "origin": ORIGINS}],
}
OF_PROJECT: dict[str, Any] = {**DIAGNOSTIC, "project": int}
PROJECT: dict[str, Any] = {
    "root": str,
    "config": (str, NULL),
    "envFiles": list,
    "errors": int,
    "warnings": int,
    "repairable": int,
    "repaired": int,
}
SETTING: dict[str, Any] = {
    "key": str,
    "appKey": (str, NULL),
    "value": object,
    "status": str,
    "candidates": [{"source": str, "origin": ORIGINS, "value": object, "status": str, "reason": str}],
}


def assert_shape(data: Any, shape: Any) -> None:
    """`data` has exactly the keys of `shape`, in its order, and values of its types."""
    if isinstance(shape, tuple):
        if data is not None:
            one = [option for option in shape if option is not NULL]
            assert_shape(data, one[0])
        else:
            assert NULL in shape
    elif shape is ORIGINS:
        assert_shape(data, ORIGINS[data["kind"]])
    elif isinstance(shape, dict):
        assert list(data) == list(shape)
        for key, inner in shape.items():
            assert_shape(data[key], inner)
    elif isinstance(shape, list):
        assert isinstance(data, list)
        for item in data:
            assert_shape(item, shape[0])
    else:
        assert isinstance(data, shape)
        assert shape is object or type(data) is shape


def eventful() -> list[str]:
    """A project in which a diagnostic of every kind of origin is found; the options that complete it."""
    write(
        '[app.database]\nkind = "mysql"\nunknown = 1\n[app.retention]\nrunSeconds = 700000\ntelemetrySpanSeconds = 5\n'
        '[runtime.retention]\nrunSeconds = 6\n[workflows."a.b".prunePolicy]\nrunSeconds = 5\n'
    )
    Path(".env").write_text("CODEMATION_SCHEDULER=inline\nbroken\n")
    return ["--env", "CODEMATION_EVENT_BUS=x", "--set", "app.databse.kind=x", "--env", "REDIS_URL=redis://h"]
