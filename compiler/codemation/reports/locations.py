"""How places are called in reports."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from codemation.origin import InferredOrigin, Origin, OverrideOrigin, written_at
from codemation.resolution.semantic_model import SemanticModel
from codemation.text.redaction import redact_argument

WORKSPACE: Final = "GITHUB_WORKSPACE"
"""The variable that says, within GitHub Actions, where the repository is."""
FOR_CODE_HOSTS: Final = frozenset({"github", "sarif"})
"""The formats whose files a code host looks for from the top of the repository."""


def repository(format: str, environ: Mapping[str, str]) -> str | None:  # noqa: A002
    """The folder that a report of this format calls files from; `None` where that is the working directory."""
    folder = environ.get(WORKSPACE, "") if format in FOR_CODE_HOSTS else ""
    return folder if os.path.isabs(folder) else None


class Locations:
    """How files and origins are called for people whose working directory is `cwd` (absolute).

    What lies in `top`, where there is one, is called from there, wherever the working directory is.
    """

    def __init__(self, model: SemanticModel, cwd: str, top: str | None = None) -> None:
        self.model = model
        self.root = model.project.root
        self.cwd = cwd
        self._top = top and os.path.realpath(top)
        self._names: dict[str, str] = {}

    def shown(self, file: str) -> str:
        """A file as people and tools find it: relative to the working directory where it lies inside, else absolute."""
        name = self._names.get(file)
        if name is None:
            path = os.path.normpath(os.path.join(self.root, file))
            name = self._names[file] = self._from_top(path) or _within(path, self.cwd)
        return name

    def _from_top(self, path: str) -> str | None:
        """A file as it is called from the top folder; `None` for one that is not in it."""
        if self._top is None:
            return None
        # The file may be a link; of the folders above it those that are do not count.
        path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        return _within(path, self._top) if path.startswith(os.path.join(self._top, "")) else None

    def text(self, origin: Origin) -> str:
        """An origin in words: `codemation.toml:3:8`, `.env:7`, `process environment`, `an override`."""
        place = written_at(origin, self.shown)
        if place is not None:
            return place
        if isinstance(origin, InferredOrigin):
            return f"inferred: {origin.rule}"
        return "an override" if isinstance(origin, OverrideOrigin) else "the default"


def _within(path: str, folder: str) -> str:
    """A path relative to a folder where it lies inside; without credentials: a URL may have been taken for a path."""
    return redact_argument(path).removeprefix(redact_argument(os.path.join(folder, "")))
