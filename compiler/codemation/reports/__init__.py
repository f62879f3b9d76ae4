"""Reports render diagnostics: the same data as text, JSON, SARIF 2.1.0 or GitHub annotations.

All are pure and byte-deterministic. A renderer is imported when it is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, assert_never

from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.origin import DefaultOrigin, EnvironmentOrigin, FileOrigin, InferredOrigin, Origin, OverrideOrigin, Span
from codemation.redaction import redact

if TYPE_CHECKING:
    from codemation.pipeline import Compilation
    from codemation.terminal import Terminal

Format = Literal["text", "json", "sarif", "github"]


class Sources:
    """What renderers need beside the diagnostics: how files are called, and where in them origins are."""

    def __init__(self, facts: Facts, cwd: str) -> None:
        self.facts = facts
        self.root = facts.project.root
        self.cwd = cwd

    @classmethod
    def of(cls, compilation: Compilation, cwd: str) -> Sources:
        """The sources of a compilation, for people whose working directory is `cwd` (absolute)."""
        return cls(compilation.facts, cwd)

    def shown(self, file: str) -> str:
        """A file as people and tools find it: relative to the working directory where it lies inside, else absolute."""
        path = os.path.normpath(os.path.join(self.root, file))
        inside = os.path.join(self.cwd, "")
        return redact(path).removeprefix(redact(inside))

    def spot(self, origin: Origin | None) -> tuple[str | None, Span | None]:
        """The file and the span of an origin; the key's span, for this is asked about other places than the fault."""
        if isinstance(origin, FileOrigin):
            return origin.file, origin.key_span or origin.value_span
        if isinstance(origin, EnvironmentOrigin) and origin.file is not None:
            return origin.file, self.facts.environment.span(origin)
        return None, None

    def place(self, origin: Origin) -> str:
        """An origin in words: `codemation.toml:3:8`, `.env:7`, `the process environment`."""
        match origin:
            case FileOrigin(file):
                _, span = self.spot(origin)
                return self.shown(file) + (f":{span.start.line}:{span.start.column}" if span else "")
            case EnvironmentOrigin(_, file, line):
                if file is None:
                    return "the process environment"
                return self.shown(file) + (f":{line}" if line is not None else "")
            case OverrideOrigin():
                return "an override"
            case InferredOrigin(rule):
                return f"inferred: {rule}"
            case DefaultOrigin():
                return "the default"


def render(format: Format, diagnostics: Sequence[Diagnostic], sources: Sources, terminal: Terminal) -> str:  # noqa: A002
    """Render diagnostics, in the order given; `terminal` matters to text only. Whole lines."""
    if format == "text":
        from codemation.reports.text import render_text  # noqa: PLC0415

        return render_text(diagnostics, sources, terminal)
    if format == "json":
        from codemation.reports.json import render_json  # noqa: PLC0415

        return render_json(diagnostics)
    if format == "sarif":
        from codemation.reports.sarif import render_sarif  # noqa: PLC0415

        return render_sarif(diagnostics, sources)
    if format == "github":
        from codemation.reports.github import render_github  # noqa: PLC0415

        return render_github(diagnostics, sources)
    assert_never(format)
