"""The whole way from sources to the runtime form, in one readable function."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from codemation.diagnostics import ConfigError, Diagnostic, Edit, count_errors, summary
from codemation.resolution.layers import build_layers
from codemation.resolution.lowering import lower
from codemation.resolution.precedence import resolve
from codemation.resolution.semantic_model import SemanticModel
from codemation.resolution.validation import NONE_JUDGED, Judged
from codemation.rules.found import Diagnostics
from codemation.rules.runner import run
from codemation.runtime.form import Runtime
from codemation.settings.catalogue import CATALOGUE, Catalogue
from codemation.settings.keys import Key
from codemation.sources.environment import EnvFile, Environment, read_env_file
from codemation.sources.overrides import Override, read_overrides
from codemation.sources.process import process_environment
from codemation.sources.project import CONFIG_NAME, Project, config_paths, find_project
from codemation.sources.toml import TomlSource, read_toml
from codemation.text.redaction import Unshown, redact
from codemation.text.terminal import NARROWEST, WIDEST, Terminal

if TYPE_CHECKING:
    from codemation.explain.candidates import Trace
    from codemation.fixing import Repaired
    from codemation.reports import Format

AnyPath = str | os.PathLike[str]

ENV_FILE = ".env"


class Compilation:
    """What compiling gave, good or bad.

    `runtime` is the runtime form, `None` if there is any error. `root` is the project root (absolute), `model` what
    rules and explanations are made from, `found` what rules found, with every repair that they offer.
    """

    def __init__(self, model: SemanticModel, found: tuple[Diagnostic, ...], runtime: Runtime | None) -> None:
        self.model = model
        self.found = found
        self.runtime = runtime
        self._trace: Trace | None = None
        self._repaired: Repaired | None = None
        self._after_repairs: Compilation | None = None
        self._diagnostics: tuple[Diagnostic, ...] | None = None

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything found, in the order of reports; its repairs are those that `check --fix` makes."""
        if self._diagnostics is None:
            offered = [one for one in self.found if one.fixes]
            self._diagnostics = self.repaired.told(self.found, self.model) if offered else self.found
        return self._diagnostics

    @property
    def repaired(self) -> Repaired:
        """What `check --fix` makes of the file; made when it is first asked for."""
        if self._repaired is None:
            from codemation.fixing import repaired  # noqa: PLC0415  (only for what is wrong)

            self._repaired = repaired(self.model, self.found, decide_edits)
        return self._repaired

    @property
    def after_repairs(self) -> Compilation:
        """What compiling gives after `check --fix`; made when it is first asked for."""
        if self._after_repairs is None:
            model = self.repaired.model
            self._after_repairs = self if model is self.model else _checked(model)
        return self._after_repairs

    @property
    def root(self) -> str:
        """The project root, absolute."""
        return self.model.project.root

    @property
    def trace(self) -> Trace:
        """Every setting with its candidates, secrets masked; made when it is first asked for."""
        if self._trace is None:
            from codemation.explain.trace import build_trace  # noqa: PLC0415  (only explanations need it)

            self._trace = build_trace(self.model)
        return self._trace

    def secret(self, name: str) -> str | None:
        """What the variable `name` holds, or the file that `name` with `_FILE` behind it names; `None` for nothing.

        For `AUTH_SECRET`, and for what a key such as `clientSecretEnv` names: those are checked wherever they stand.
        """
        statement = self.model.environment.secret(name)
        return statement.text if statement and statement.problem is None else None

    def __repr__(self) -> str:
        """A summary without any value."""
        errors = count_errors(self.found)
        return f"<Compilation of {redact(self.root)!r}: {errors} errors, {len(self.found) - errors} warnings>"


def compile(  # noqa: A001  (the public name)
    root: AnyPath | None = None,
    *,
    config: AnyPath | None = None,
    env: Mapping[str, str] | None = None,
    env_files: Sequence[AnyPath] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Compilation:
    """Compile a project. Never raises for a bad configuration: what is wrong is in `.diagnostics`.

    Args:
        root: the project root; `None` finds it from the working directory upward.
        config: the configuration file, if it is not `codemation.toml` in the root.
        env: the whole environment; `None` means the process environment, `{}` an empty one.
        env_files: env files, later ones over earlier ones, under `env`; `None` means the root's `.env` if `env` is
            `None`, else none; `()` means none.
        overrides: explicit values by app or runtime key, over everything else.
    """
    inputs = read_inputs(root, config=config, env=env, env_files=env_files)
    return compile_inputs(inputs, overrides or {})


class Inputs(Unshown, Struct):
    """What was read, before anything is decided."""

    project: Project
    source: TomlSource
    environment: Environment


def read_inputs(
    root: AnyPath | None = None,
    *,
    config: AnyPath | None = None,
    env: Mapping[str, str] | None = None,
    env_files: Sequence[AnyPath] | None = None,
    unsaved: Mapping[str, str] | None = None,
) -> Inputs:
    """Find the project and read its sources; the arguments are those of `compile`.

    `unsaved` are the texts that stand in place of files' (absolute paths), there or not: what an editor has open. For
    one only files are read, and no pipe that somebody named: it can be read once, and is waited for.
    """
    texts, pipes = unsaved or {}, unsaved is None
    project = find_project(root, config)
    if project.config is None and (file := os.path.join(project.root, CONFIG_NAME)) in texts:
        project = Project(project.root, file)
    name = project.display(project.config) if project.config and project.explicit else CONFIG_NAME
    if project.config is not None and project.config in texts:
        source = TomlSource(name, texts[project.config])
    else:
        source = read_toml(name, project.config, named=project.explicit and pipes)
    process = process_environment() if env is None else env
    files = _env_files(project, env, env_files, texts, pipes=pipes)
    environment = Environment(process, files, root=project.root, pipes=pipes)
    return Inputs(project, source, environment)


def input_paths(
    root: AnyPath | None = None,
    *,
    config: AnyPath | None = None,
    env: Mapping[str, str] | None = None,
    env_files: Sequence[AnyPath] | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where `read_inputs` looks for the configuration, and for env files, there or not: absolute paths."""
    project = find_project(root, config)
    return config_paths(root, config), tuple(_env_paths(project, env, env_files))


def compile_inputs(inputs: Inputs, overrides: Mapping[str, Any], catalogue: Catalogue = CATALOGUE) -> Compilation:
    """Compile what `read_inputs` read, with a caller's overrides by app or runtime key. Never raises."""
    return _checked(_decided(catalogue, inputs, read_overrides(catalogue, overrides)))


def compile_sources(
    catalogue: Catalogue, project: Project, source: TomlSource, environment: Environment, overrides: Mapping[str, Any]
) -> Compilation:
    """Compile sources that have been read: pure, and the same for every caller."""
    return compile_inputs(Inputs(project, source, environment), overrides, catalogue)


def compile_edits(model: SemanticModel, edits: Sequence[Edit]) -> Compilation:
    """Compile what a model was made from, its file edited."""
    return _checked(decide_edits(model, edits))


def decide_edits(model: SemanticModel, edits: Sequence[Edit]) -> SemanticModel:
    """Decide what a model decides, its file edited; nothing is checked."""
    inputs = Inputs(model.project, model.source.edited(edits), model.environment)
    return _decided(model.catalogue, inputs, model.overrides, model.offers.judged)


def _decided(
    catalogue: Catalogue, inputs: Inputs, overrides: tuple[Override, ...], judged: Mapping[Key, Judged] = NONE_JUDGED
) -> SemanticModel:
    """`judged` are the tables at fault of another text of the file."""
    source, environment = inputs.source, inputs.environment
    offers = build_layers(catalogue, source, environment, overrides, judged)
    resolution = resolve(catalogue, offers.layers)
    return SemanticModel(catalogue, inputs.project, source, environment, overrides, offers, resolution)


def _checked(model: SemanticModel) -> Compilation:
    diagnostics = run(model)
    failed = count_errors(diagnostics) > 0
    return Compilation(
        model, diagnostics, None if failed else lower(model.catalogue, model.resolution, model.project.root)
    )


def load(
    root: AnyPath | None = None,
    *,
    config: AnyPath | None = None,
    env: Mapping[str, str] | None = None,
    env_files: Sequence[AnyPath] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Runtime:
    """Compile a project and return its runtime form; the arguments are those of `compile`.

    Each warning goes to the logger `codemation`.

    Raises:
        ConfigError: the configuration is wrong; it carries every diagnostic.
    """
    return loaded(compile(root, config=config, env=env, env_files=env_files, overrides=overrides))


def loaded(compilation: Compilation) -> Runtime:
    """The runtime form of a compilation, whose warnings are logged.

    Raises:
        ConfigError: the configuration is wrong; it carries every diagnostic.
    """
    if compilation.runtime is None:
        raise ConfigError(compilation.diagnostics)
    if compilation.diagnostics:
        import logging  # noqa: PLC0415  (2 ms, and only where there is something to tell)

        logger = logging.getLogger("codemation")
        for diagnostic in compilation.diagnostics:
            logger.warning("%s", summary(diagnostic))
    return compilation.runtime


def render(
    diagnostics: Sequence[Diagnostic],
    *,
    format: Format = "text",  # noqa: A002
    color: bool = False,
    width: int = 80,
) -> str:
    """The text that `codemation check` prints for diagnostics: with the lines that they are about, secrets masked.

    `diagnostics` are a compilation's, a host's `warnings` or a `ConfigError`'s. Those that are chosen from among them
    (a list of the errors, say) no longer know the files: they are told with their places, and nothing is quoted.
    `format` is `"text"`, `"json"`, `"sarif"` or `"github"`; `color` and `width` (in columns, 40 to 120) are for text.
    Whole lines; files are named as seen from the working directory, in `"sarif"` and `"github"` as seen from the folder
    that `GITHUB_WORKSPACE` names where they lie in it.
    """
    from codemation.reports import Locations  # noqa: PLC0415  (only who prints needs them)
    from codemation.reports import render as rendered  # noqa: PLC0415  (only who prints needs them)
    from codemation.reports.locations import repository  # noqa: PLC0415  (only who prints needs them)

    terminal = Terminal(width=min(max(width, NARROWEST), WIDEST), colour=color)
    model = diagnostics.model if isinstance(diagnostics, Diagnostics) else _nothing_read().model
    locations = Locations(model, os.getcwd(), repository(format, process_environment()))
    return rendered(format, diagnostics, locations, terminal)


def _nothing_read() -> Compilation:
    return compile_inputs(Inputs(find_project(os.getcwd(), None), TomlSource(CONFIG_NAME, None), Environment({})), {})


def _env_files(
    project: Project,
    env: Mapping[str, str] | None,
    env_files: Sequence[AnyPath] | None,
    unsaved: Mapping[str, str],
    *,
    pipes: bool,
) -> tuple[EnvFile, ...]:
    paths, explicit = _env_paths(project, env, env_files), env_files is not None
    if not paths:
        return ()
    read = [
        read_env_file(
            project.display(path) if explicit else ENV_FILE,
            path,
            explicit=explicit,
            text=unsaved.get(path),
            pipes=pipes,
        )
        for path in paths
    ]
    return tuple([file for file in read if file])


def _env_paths(project: Project, env: Mapping[str, str] | None, env_files: Sequence[AnyPath] | None) -> list[str]:
    """The env files to read, where there is one."""
    if env_files is not None:
        return [os.path.abspath(name) for name in env_files]
    if env is not None or project.missing_root:
        return []
    return [os.path.join(project.root, ENV_FILE)]
