"""The projects that an editor has open: which file belongs to which, and what is in force there now."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Final

from codemation.lsp.analysis import Analysis
from codemation.lsp.options import Options
from codemation.lsp.text import Encoding
from codemation.pipeline import ENV_FILE, compile_inputs, input_paths, read_inputs
from codemation.sources.project import CONFIG_NAME
from codemation.sources.toml import TomlSource
from codemation.text.redaction import Unshown

_HALF: Final = re.compile("[\ud800-\udfff]")
"""Half of a character of UTF-16: what an editor may hold, and no file can."""


class Projects(Unshown):
    """What is open, by absolute path, and the settings of each folder of the workspace.

    The answers are made when they are asked for, and hold until something changes.
    """

    def __init__(self) -> None:
        self.encoding: Encoding = "utf-16"
        self.options = Options()
        self.folders: dict[str, Options] = {}
        self.texts: dict[str, str] = {}
        self._analyses: dict[str, Analysis] = {}
        self._sources: dict[str, TomlSource] = {}

    def open(self, path: str, text: str) -> None:
        """A file is open, with this text; half a character is what it is once it is saved, and as wide."""
        self.texts[path] = _HALF.sub("\ufffd", text)
        self.changed()

    def close(self, path: str) -> None:
        """A file is open no longer: what counts is what is saved."""
        self.texts.pop(path, None)
        self.changed()

    def changed(self) -> None:
        """Something is not as it was: a text, a file, a setting."""
        self._analyses.clear()

    def options_of(self, root: str) -> Options:
        """The settings of a project: those of the nearest folder of the workspace around it."""
        around = [folder for folder in self.folders if root == folder or root.startswith(os.path.join(folder, ""))]
        return self.folders[max(around, key=len)] if around else self.options

    def root_of(self, path: str) -> str | None:
        """The root of the project that a file belongs to; `None` where it is no file of ours."""
        folder, name = os.path.split(path)
        if name == CONFIG_NAME:
            return folder
        if name == ENV_FILE or name.startswith(f"{ENV_FILE}."):
            return self._around(folder)
        roots = {os.path.dirname(other) for other in self.texts if os.path.basename(other) == CONFIG_NAME}
        return next((root for root in sorted(roots) if path in self.env_files(root)), None)

    def _around(self, folder: str) -> str | None:
        """The nearest folder, this one or above, that has a configuration, saved or not."""
        while True:
            config = os.path.join(folder, CONFIG_NAME)
            if config in self.texts or os.path.lexists(config):
                return folder
            above = os.path.dirname(folder)
            if above == folder:
                return None
            folder = above

    def roots(self) -> list[str]:
        """The roots of all projects of which a file is open."""
        return sorted({root for path in self.texts if (root := self.root_of(path)) is not None})

    def analysis(self, path: str) -> Analysis | None:
        """What is known of a file's project; `None` for a file of none."""
        root = self.root_of(path)
        return None if root is None else self.project(root)

    def project(self, root: str) -> Analysis:
        """What is known of a project."""
        found = self._analyses.get(root)
        if found is None:
            arguments = self._arguments(root)
            inputs = read_inputs(root, unsaved=self.texts, **arguments)
            if root in self._sources:
                inputs.source.follow(self._sources[root])
            self._sources[root] = inputs.source
            compilation = compile_inputs(inputs, {})
            found = Analysis(compilation, self.texts, self.encoding, self.options_of(root))
            self._analyses[root] = found
        return found

    def env_files(self, root: str) -> tuple[str, ...]:
        """The env files of a project, there or not: absolute paths."""
        return input_paths(root, **self._arguments(root))[1]

    def looked_at(self) -> tuple[str, ...]:
        """Every file that decides something in a project that is open: absolute paths."""
        paths: dict[str, None] = {}
        for root in self.roots():
            paths[os.path.join(root, CONFIG_NAME)] = None
            paths.update(dict.fromkeys(self.env_files(root)))
            paths.update(dict.fromkeys(filter(None, self.project(root).model.environment.paths())))
        return tuple(paths)

    def _arguments(self, root: str) -> dict[str, Any]:
        options = self.options_of(root)
        files = None if options.env_files is None else [os.path.join(root, name) for name in options.env_files]
        env: Mapping[str, str] | None = {} if options.no_env else None
        return {"env": env, "env_files": files}
