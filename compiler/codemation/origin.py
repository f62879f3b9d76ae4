"""A value and where it came from.

Everything here is plain, immutable data: a place in a file (`Span`) and a source (`Origin`). Nothing here reads,
decides or prints. A report may have hundreds of thousands of them, and none can be in a cycle: `gc=False`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

Source = Literal["override", "environment", "app", "runtime", "inferred", "default"]
"""The layers of the precedence, highest first."""

Path = tuple[str | int, ...]
"""A place in a TOML document: table keys as strings, array positions as integers from 0."""


class Position(Struct, frozen=True, order=True, gc=False):
    """A place in a text: `line` and `column` count from 1, columns in Unicode characters."""

    line: int
    column: int


class Span(Struct, frozen=True, order=True, gc=False):
    """A stretch of a text; `end` is exclusive."""

    start: Position
    end: Position


class OverrideOrigin(Struct, frozen=True, gc=False, tag_field="kind", tag="override"):
    """The caller said so: `--set` or `overrides=`, by this key."""

    key: str = ""


class EnvironmentOrigin(Struct, frozen=True, gc=False, tag_field="kind", tag="environment", rename="camel"):
    """An environment variable; `file` and `line` (from 1) are `None` for the process environment.

    `secret_file` is the path that a variable in `_FILE` names.
    """

    variable: str
    file: str | None = None
    line: int | None = None
    secret_file: str | None = None


class FileOrigin(Struct, frozen=True, gc=False, tag_field="kind", tag="file", rename="camel"):
    """A key in a TOML file; the spans are `None` where the key is not written."""

    file: str
    key: str
    key_span: Span | None = None
    value_span: Span | None = None


class InferredOrigin(Struct, frozen=True, gc=False, tag_field="kind", tag="inferred", rename={"sources": "from"}):
    """A rule decided, having looked at the settings `sources` (runtime keys)."""

    rule: str
    sources: tuple[str, ...]


class DefaultOrigin(Struct, frozen=True, gc=False, tag_field="kind", tag="default"):
    """The built-in value."""


Origin = OverrideOrigin | EnvironmentOrigin | FileOrigin | InferredOrigin | DefaultOrigin


def spot(file: str, span: Span | None = None) -> str:
    """A place as editors and terminals make links of it: `codemation.toml:3:8`."""
    return f"{file}:{span.start.line}:{span.start.column}" if span else file


def written_at(origin: Origin, shown: Callable[[str], str] = str) -> str | None:
    """Where an origin is written: `codemation.toml:3:8`, `.env:7`, `process environment`; `None`: nowhere.

    `shown` says how a file is called.
    """
    if isinstance(origin, FileOrigin):
        return spot(shown(origin.file), origin.key_span or origin.value_span)
    if isinstance(origin, EnvironmentOrigin):
        if origin.file is None:
            return "process environment"
        return shown(origin.file) + (f":{origin.line}" if origin.line else "")
    return None


def line_of(origin: Origin, shown: Callable[[str], str] = str) -> str | None:
    """Where an origin is written, as `written_at`, by the line alone: `codemation.toml:3`."""
    span = (origin.key_span or origin.value_span) if isinstance(origin, FileOrigin) else None
    if isinstance(origin, FileOrigin) and span is not None:
        return f"{shown(origin.file)}:{span.start.line}"
    return written_at(origin, shown)
