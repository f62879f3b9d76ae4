"""How places are called in reports."""

from __future__ import annotations

import os

from codemation.origin import InferredOrigin, Origin, OverrideOrigin, written_at
from codemation.resolution.semantic_model import SemanticModel
from codemation.text.redaction import redact_argument


class Locations:
    """How files and origins are called for people whose working directory is `cwd` (absolute)."""

    def __init__(self, model: SemanticModel, cwd: str) -> None:
        self.model = model
        self.root = model.project.root
        self.cwd = cwd
        self._names: dict[str, str] = {}

    def shown(self, file: str) -> str:
        """A file as people and tools find it: relative to the working directory where it lies inside, else absolute."""
        name = self._names.get(file)
        if name is None:
            path = os.path.normpath(os.path.join(self.root, file))
            inside = os.path.join(self.cwd, "")
            name = self._names[file] = redact_argument(path).removeprefix(redact_argument(inside))
        return name

    def text(self, origin: Origin) -> str:
        """An origin in words: `codemation.toml:3:8`, `.env:7`, `process environment`, `an override`."""
        place = written_at(origin, self.shown)
        if place is not None:
            return place
        if isinstance(origin, InferredOrigin):
            return f"inferred: {origin.rule}"
        return "an override" if isinstance(origin, OverrideOrigin) else "the default"
