"""One project as it is now: what was compiled, and where everything stands for the editor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property

from msgspec.structs import replace

from codemation.diagnostics import Diagnostic
from codemation.lsp.options import Options
from codemation.lsp.text import Encoding, Link, Range, Spot, Text
from codemation.origin import EnvironmentOrigin, Origin, Span
from codemation.pipeline import Compilation, Inputs, compile_inputs
from codemation.rules import rule_of
from codemation.rules.misspelt_variable import PREFIX
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from codemation.sources.environment import COMPANION, EnvFile
from codemation.sources.project import CONFIG_NAME
from codemation.text.redaction import Unshown


class Analysis(Unshown):
    """A compilation with the texts that the editor has open (by absolute path)."""

    def __init__(
        self, compilation: Compilation, texts: Mapping[str, str], encoding: Encoding, options: Options
    ) -> None:
        self.compilation = compilation
        self.model = compilation.model
        self.options = options
        self.config = self.model.project.config or os.path.join(compilation.root, CONFIG_NAME)
        self.encoding = encoding
        self._open = dict(texts)
        self._texts: dict[str, Text] = {}

    def env_file(self, path: str) -> EnvFile | None:
        """The env file of this path, if it is one that counts."""
        return next((file for file in self.model.environment.files if file.path == path), None)

    def path_of(self, name: str) -> str:
        """The absolute path of a file by the name that origins give it."""
        if name == self.model.source.name:
            return self.config
        file = next((file for file in self.model.environment.files if file.name == name), None)
        return file.path if file else os.path.join(self.compilation.root, name)

    def text(self, path: str) -> Text:
        """The text of a file, as the editor has it, or as it was read."""
        found = self._texts.get(path)
        if found is None:
            toml = path == self.config
            file = None if toml else self.env_file(path)
            read = self.model.source.text if toml else file.text if file else ""
            found = self._texts[path] = Text(self._open.get(path, read), self.encoding, universal=not toml)
        return found

    def is_there(self, path: str) -> bool:
        """Whether an editor can show a file."""
        return path in self._open or os.path.isfile(path)

    def link(self, file: str | None, span: Span | None) -> Link | None:
        """A place by a file's name in origins; of a file without a place, its beginning."""
        if file is None:
            return None
        path = self.path_of(file)
        start = Range(Spot(0, 0), Spot(0, 0))
        return Link(path, start if span is None else self.text(path).range(span))

    def link_to(self, origin: Origin) -> Link | None:
        """Where an origin is written, its key rather than its value; `None` for what is in no file."""
        file, span = self.model.locate(origin, on_key=True)
        return self.link(file, span) if span is not None else None

    @cached_property
    def editors_own(self) -> frozenset[str]:
        """The variables of the editor's own process that might have a say."""
        model = self.model
        known = {*model.catalogue.variables, *HOST_VARIABLES, *SWITCHES, *filter(None, model.variables.values())}
        known |= {*model.provider_variables}
        return frozenset(
            name
            for name in model.environment.process
            if name.startswith(PREFIX) or name in known or name.removesuffix(COMPANION) in known
        )

    def leans(self, diagnostic: Diagnostic) -> bool:
        """Whether a diagnostic hangs on what the editor's process sets or does not set, where the host may differ."""
        if self.options.no_env:
            return False
        return rule_of(diagnostic.code).needs == "sources" or replace(diagnostic, fixes=()) not in self._without_process

    @cached_property
    def _without_process(self) -> frozenset[Diagnostic]:
        """What would be told if the process set nothing, but for repairs."""
        model = self.model
        if not self.editors_own:
            return frozenset(replace(one, fixes=()) for one in self.compilation.found)
        environment = model.environment.without(model.environment.process)
        found = compile_inputs(Inputs(model.project, model.source, environment), {}).found
        return frozenset(replace(one, fixes=()) for one in found)


def is_process(origin: Origin | None) -> bool:
    """Whether an origin is a variable that the process sets, or might."""
    return isinstance(origin, EnvironmentOrigin) and origin.file is None
