"""What the TypeScript host's file says of settings: for certain, or not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from codemation.cli.new_project import (
    KIND,
    OF_SQLITE,
    REDIS_URL,
    SCHEDULER,
    SCHEMES,
    SQLITE_PATH,
    URL,
    LeftOut,
    Path,
    can_be_named,
    is_retention,
    setting_at,
)
from codemation.explain.answer import spelled
from codemation.settings.catalogue import CATALOGUE, Table, dotted
from codemation.settings.renames import Suggestion
from codemation.settings.setting import ANY, Setting
from codemation.settings.suggestions import suggest_key
from codemation.sources import typescript
from codemation.sources.files import Unreadable, read_text
from codemation.sources.typescript import MOST_BYTES, NAMES, Node, Told, Untold, Variable, plain, read
from codemation.text.patterns import lazy
from codemation.text.redaction import names_a_secret, redact_value
from codemation.values.repair import Rewrite

FORMS: Final = ("app", "runtime")
"""The tables of the TypeScript host's configuration that may stand around any other, as they do here."""

_RETENTION: Final[Mapping[str, str]] = {
    "runDataRetentionSeconds": "runSeconds",
    "binaryRetentionSeconds": "binarySeconds",
    "telemetrySpanRetentionSeconds": "telemetrySpanSeconds",
    "telemetryArtifactRetentionSeconds": "telemetryArtifactSeconds",
    "telemetryMetricRetentionSeconds": "telemetryMetricSeconds",
}
_POLICY: Final = ("workflows", ANY, "prunePolicy")

NAMED_THERE: Final[Mapping[Path, Path]] = {
    ("databaseUrl",): URL,
    ("database", "filePath"): SQLITE_PATH,
    ("execution", "mode"): SCHEDULER,
    ("execution", "queuePrefix"): ("app", "scheduler", "queuePrefix"),
    ("execution", "workerQueues"): ("app", "scheduler", "workerQueues"),
    ("execution", "redisUrl"): REDIS_URL,
    ("execution", "redisUrlEnv"): ("app", "scheduler", "redisUrlEnv"),
    **{("retention", there): ("app", "retention", here) for there, here in _RETENTION.items()},
    **{(*_POLICY, there): (*_POLICY, here) for there, here in _RETENTION.items()},
}
"""Keys that are called otherwise there, where an application is defined, with the app form's."""

_AT_STAKE: Final[Mapping[Path, Path]] = {
    KIND[:-1]: KIND,
    ("app", "retention"): ("app", "retention", "runSeconds"),
}
"""Tables, each with the key in it that decides what becomes of the data."""

_LONGEST: Final = 1000
"""Letters of a text at most: more is no name, and no path."""

_NAMED: Final = lazy(r"([\w.\-]+)\s*[=:]")

Said = tuple[Path, Any, str]
"""A key of the app form, its value (or the `Variable` that holds it), and the place."""


def of_typescript(folder: str, left_out: list[LeftOut]) -> Iterator[Said]:
    """What the TypeScript host's file says for certain of settings; the rest that it says of them is left out."""
    for name in NAMES:
        text = read_text(os.path.join(folder, name), named=False, most=MOST_BYTES)
        if isinstance(text, Unreadable):
            if text.kind != "missing":
                left_out.append(LeftOut(name, f"it {text.reason}"))
            continue
        root, program = read(text), _Program(name)
        if isinstance(root, Untold):
            program.leave(name, root.why, root.line)
        else:
            said = list(program.table((), (), root))
            yield from said
            if not said and not program.left_out:
                program.leave(name, "it says nothing that can be told without running it")
        left_out += program.left_out


class _Program:
    """Reads the object that one file exports. Paths are those without the form around them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._settings = _settings()
        self._tables = _tables(self._settings)
        self.left_out: list[LeftOut] = []

    def leave(self, what: str, reason: str, line: int = 0, code: str | None = None) -> None:
        """Leave something out, and say why and where."""
        self.left_out.append(LeftOut(what, reason, code, self._place(line) if line else None))

    def _place(self, line: int) -> str:
        return f"{self._name}:{line}"

    def table(self, path: Path, form: Path, table: typescript.Table) -> Iterator[Said]:
        """What a table says that is one of ours."""
        for key, node in table.entries.items():
            if not path and not form and key in FORMS:
                yield from self._inner((key,), (), (key,), node)
            else:
                yield from self._entry((*path, key), form, node)
        ours = self._ours(path)
        until = _until(ours) if _AT_STAKE.get(ours, ("",))[-1] not in table.entries else ""
        for other in table.others:
            self.leave(dotted(ours) or self._name, f"{other.why}{until}", other.line)

    def _inner(self, ours: Path, path: Path, form: Path, node: Node) -> Iterator[Said]:
        if isinstance(node, typescript.Table):
            yield from self.table(path, form, node)
        else:
            why = node.why if isinstance(node, Untold) else "it is no table"
            self.leave(dotted(ours), f"{why}{_until(ours)}", node.line)

    def _entry(self, path: Path, form: Path, node: Node) -> Iterator[Said]:
        setting = self._settings.get(_general(path))
        if setting is not None:
            yield from self._setting(_specific(setting.app or setting.runtime, path), setting, node)
        elif _general(path) in self._tables:
            yield from self._inner(self._ours(path), path, form, node)
        else:
            yield from self._unknown(path, form, node)

    def _ours(self, path: Path) -> Path:
        """The table of the app form."""
        return _specific(self._tables.get(_general(path), ()), path)

    def _unknown(self, path: Path, form: Path, node: Node) -> Iterator[Said]:
        """What is no setting: it may be certain to be another, or known from elsewhere."""
        above = self._ours(path[:-1]) or form
        key, known = (*above, path[-1]), plain(node)
        value = None if isinstance(known, Untold) else known.value
        suggestion = self._suggestion(key, value, anything=len(path) > 1)
        if suggestion is None:
            return
        meant = CATALOGUE.node((*above, *suggestion.repair.to)) if suggestion.repair else None
        if isinstance(meant, Table) and suggestion.repair:
            ours = (*above, *suggestion.repair.to)
            yield from self._inner(ours, ours[ours[0] in FORMS :], form, node)
        elif meant is not None and not isinstance(meant, Table):
            setting = meant.setting
            yield from self._setting(_specific(setting.app or setting.runtime, path), setting, node)
        else:
            why = f"{known.why}: " if isinstance(known, Untold) else ""
            self.leave(dotted(key), why + suggestion.help, node.line)

    @staticmethod
    def _suggestion(key: Path, value: Any, *, anything: bool) -> Suggestion | None:
        """What to do about a key that is not known; `anything`: also of one that nobody knows."""
        from codemation.settings.elsewhere import instead_of_key  # noqa: PLC0415  (only for what is wrong)

        if not anything:
            return instead_of_key(CATALOGUE, key, value)
        around = CATALOGUE.node(key[:-1])
        siblings = tuple(around.children) if isinstance(around, Table) else ()
        return suggest_key(CATALOGUE, key, siblings, value)

    def _setting(self, path: Path, setting: Setting, node: Node) -> Iterator[Said]:
        """What is said of a setting, if that can be stated."""
        if isinstance(node, typescript.Table):
            node = plain(node)
        place = self._place(node.line)
        begins = node.begins if isinstance(node, Untold) else node.value
        if setting.app == URL and isinstance(begins, str) and begins.startswith(SCHEMES[URL]):
            yield KIND, "postgresql", place
        if isinstance(node, Untold):
            self.leave(dotted(path), f"{node.why}{_instead(setting)}{_until(path)}", node.line)
            return
        value = node.value
        if setting.refers_to is not None and isinstance(value, str):
            path, setting, value = setting_at(setting.refers_to).app, setting_at(setting.refers_to), Variable(value)
        value = self._fitting(path, setting, value, node)
        if value is not None:
            yield path, value, place

    def _fitting(self, path: Path, setting: Setting, value: Any, node: Told) -> Any:
        """The value that is stated, `None` where none should be."""
        if isinstance(value, Variable):
            if setting.app in SCHEMES and can_be_named(setting.app, value.name):
                return value
            self.leave(dotted(path), f"{_of_variable(setting, value.name)}{_until(path)}", node.line)
            return None
        if setting.secret or _may_be_secret(setting, value):
            of_sqlite = setting.app == URL and isinstance(value, str) and value.startswith(OF_SQLITE)
            reason = f"it is one of SQLite's; state `{dotted(SQLITE_PATH)}`" if of_sqlite else None
            self.leave(dotted(path), reason or f"it may hold a password{_instead(setting)}", node.line)
            return None
        problem = setting.type.problem(value)
        if problem is not None and isinstance(problem.repair, Rewrite) and not problem.path:
            return problem.repair.value
        if problem is not None:
            reason = f"it {problem.text}: {problem.help}{_until(path)}"
            self.leave(dotted((*path, *problem.path)), reason, node.line, problem.code)
            return None
        return value


def _settings() -> Mapping[Path, Setting]:
    """The settings by their keys in either form, without the table around them all."""
    declared = CATALOGUE.settings
    forms = [(path, setting) for setting in declared for path in (setting.runtime, setting.app) if path]
    references = {setting.reference: setting_at(setting.reference) for setting in declared if setting.reference}
    named = {**dict(forms), **references}
    return {
        **{path[path[0] in FORMS :]: setting for path, setting in named.items()},
        **{there: named[path] for there, path in NAMED_THERE.items()},
    }


def _tables(settings: Mapping[Path, Setting]) -> Mapping[Path, Path]:
    """The tables in which settings stand, as `_settings`, each as the app form has it."""
    found = dict[Path, Path]()
    for path, setting in settings.items():
        ours = setting.app or setting.runtime
        for length in range(1, len(path)):
            found.setdefault(path[:length], ours[: length - len(path)])
    return found


def _general(path: Path) -> Path:
    """A path with `ANY` for the name of a workflow."""
    return (path[0], ANY, *path[2:]) if path[:1] == ("workflows",) and len(path) > 1 else path


def _specific(path: Path, said: Path) -> Path:
    """A path with the name of the workflow that is spoken of."""
    return tuple(said[said.index("workflows") + 1] if part == ANY else part for part in path)


def _instead(setting: Setting) -> str:
    """Where a value that may be a secret belongs."""
    if setting.app in SCHEMES:
        return f"; put it into {setting.variable}"
    return "; state it without one" if setting.secret else ""


def _of_variable(setting: Setting, name: str) -> str:
    """Why a variable in the place of a value is not stated."""
    if setting.app in SCHEMES:
        return f"the variable has a name that no key can give{_instead(setting)}"
    if name in setting.variables:
        return f"it is the variable {name}, which is read here, too"
    instead = f"set {setting.variables[0]}, or state a value" if setting.variables else "state a value"
    shown = f" {name}" if lazy(r"[A-Za-z_]\w{0,63}").fullmatch(name) else ""
    return f"it is the variable{shown}, which is not read here; {instead}"


def _until(path: Path) -> str:
    """What holds where a key, or all of a table, is not stated and data are at stake."""
    key = _AT_STAKE.get(path, path)
    leaf = CATALOGUE.leaf(key)
    if leaf is None or leaf.setting.default is None:
        return ""
    default = spelled(leaf.setting.default)
    if key == KIND:
        return f"; unless a URL is set, {default} holds"
    if key != SQLITE_PATH and not is_retention(leaf.setting):
        return ""
    return f"; until {'it' if key == path else f'`{dotted(key)}`'} is stated, {default} holds"


def _may_be_secret(setting: Setting, value: Any) -> bool:
    """Whether a value is one that is not shown, has a part with a secret's name, or is too long to tell."""
    texts = list(_texts(value))
    if any(len(text) > _LONGEST for text in texts) or redact_value({setting.name: value}) != {setting.name: value}:
        return True
    return any(names_a_secret(named[1]) for text in texts for named in _NAMED.finditer(text))


def _texts(value: Any) -> Iterator[str]:
    """The texts in a value, at any depth."""
    if isinstance(value, str):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from _texts(item)
