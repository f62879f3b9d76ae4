"""What a new project is to state, and what not, in the words of the app form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from codemation.settings.catalogue import CATALOGUE
from codemation.settings.setting import Setting

ENV_FILE: Final = ".env"
Path = tuple[str, ...]

KIND: Final[Path] = ("app", "database", "kind")
URL: Final[Path] = ("app", "database", "url")
SQLITE_PATH: Final[Path] = ("app", "database", "sqliteFilePath")
SCHEDULER: Final[Path] = ("app", "scheduler", "kind")
REDIS_URL: Final[Path] = ("app", "scheduler", "redisUrl")
SCHEMES: Final = {URL: ("postgresql://", "postgres://"), REDIS_URL: ("redis://", "rediss://")}
"""The URLs, each with how it may begin."""

OF_SQLITE: Final = ("file:", "sqlite:")
"""How other programs' URLs of SQLite begin: who has one means no PostgreSQL."""


class Stated(NamedTuple):
    """A value for a key of the app form, and where it is from (`.env:3`)."""

    value: Any
    place: str


class LeftOut(NamedTuple):
    """What is not stated: a key of the app form, or a whole file; why not, and where it is said.

    `code` is that of the rule against it.
    """

    what: str
    reason: str
    code: str | None = None
    place: str | None = None


class Surroundings(NamedTuple):
    """What a project is to state, by the app form's keys; and the variables that hold its URLs, by the URL's key."""

    stated: Mapping[Path, Stated]
    variables: Mapping[Path, Stated]
    left_out: tuple[LeftOut, ...] = ()

    def without(self, path: Path, why: LeftOut) -> Surroundings:
        """The same, but for what is said of one key (which may be one that names a variable)."""
        return Surroundings(
            {key: said for key, said in self.stated.items() if key != path},
            {key: said for key, said in self.variables.items() if setting_at(key).reference != path},
            (*self.left_out, why),
        )


NOTHING: Final = Surroundings({}, {})
"""A folder in which nothing stands."""


def setting_at(path: Path) -> Setting:
    """The setting of a key of the app form that there surely is."""
    leaf = CATALOGUE.leaf(path)
    assert leaf is not None, path  # noqa: S101
    return leaf.setting


def can_be_named(path: Path, name: str) -> bool:
    """Whether the key beside a URL's can name a variable of this name."""
    reference = setting_at(path).reference
    return reference is not None and setting_at(reference).type.accepts(name)


def is_retention(setting: Setting) -> bool:
    """Whether rows are deleted by a setting: the host's, or a workflow's."""
    return setting.runtime in CATALOGUE.retention or setting.runtime in CATALOGUE.policy_keys
