"""What one setting is: everything about it, said once, beside its name.

`setting()` declares; `Section` groups declarations that share a table; `catalogue.py` collects them. The schema, the
environment look-up, the shape check, the precedence, `--explain`, `codemation env` and the typed runtime form all read
what is declared here and add nothing of their own.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

from codemation.text.wording import camel_case
from codemation.values import ValueType

ANY = "*"
"""Stands in a path for a name that the author chooses (a workflow's id)."""


class Setting(Struct, frozen=True, kw_only=True):
    """One setting.

    `app` and `runtime` are its places in the two forms (tuples of keys, empty where it has none). `variables` are the
    environment variables that state it, the one that is looked at first in front. `default` is what holds when nobody
    says anything; `inherits` names the runtime keys whose least value holds instead, and `unless_stated` the one
    whose value holds in place of theirs where any source states it; `inference` names one of
    `resolution/inference.py`, `looks_at` the runtime keys that it decides from (decided before it), `looks_at_names`
    the app keys whose mere wording it minds. `implied_by` says what the mere presence of a neighbour means for this
    setting. `reference` is the app key that may name another variable in place of `variables`; `refers_to` is set on
    that key's own setting. `applies` lists pairs of (runtime key, value), any of which makes the setting count in the
    runtime form; empty: always. `tunes`: it only tunes what these values choose, so that stating it beside another is
    no mistake.
    """

    attribute: str
    name: str
    app: tuple[str, ...]
    runtime: tuple[str, ...]
    type: ValueType
    doc: str
    examples: tuple[Any, ...]
    secret: bool = False
    variables: tuple[str, ...] = ()
    default: Any = None
    inherits: tuple[tuple[str, ...], ...] = ()
    unless_stated: tuple[str, ...] | None = None
    inference: str | None = None
    looks_at: tuple[tuple[str, ...], ...] = ()
    looks_at_names: tuple[tuple[str, ...], ...] = ()
    implied_by: tuple[tuple[tuple[str, ...], Any], ...] = ()
    reference: tuple[str, ...] | None = None
    refers_to: tuple[str, ...] | None = None
    applies: tuple[tuple[tuple[str, ...], Any], ...] = ()
    tunes: bool = False

    @property
    def variable(self) -> str | None:
        """The variable that people know it by, where it has one."""
        return self.variables[-1] if self.variables else None


class Declaration:
    """What `setting()` returns: a setting that does not know its section or its name yet."""

    __slots__ = ("options", "type")

    def __init__(self, type_: ValueType, options: dict[str, Any]) -> None:
        self.type = type_
        self.options = options


def setting(
    type_: ValueType,
    *,
    doc: str,
    examples: tuple[Any, ...],
    variables: str = "",
    default: Any = None,
    secret: bool = False,
    app: str | None = "",
    runtime: str | None = "",
    inherits: tuple[str, ...] = (),
    unless_stated: str | None = None,
    inference: str | None = None,
    looks_at: tuple[str, ...] = (),
    looks_at_names: tuple[str, ...] = (),
    implied_by: tuple[tuple[str, Any], ...] = (),
    reference: str | None = None,
    refers_to: str | None = None,
    applies: tuple[tuple[str, Any], ...] = (),
    tunes: bool = False,
) -> Any:
    """Declare one setting beside its name, in a `Section`.

    The attribute's name in camelCase is the key. `app` and `runtime` default to the section's tables; a dotted path
    puts the setting elsewhere, `None` nowhere. `variables` are parted by blanks. Other settings (`inherits`,
    `unless_stated`, `implied_by`, `reference`, `applies`) are named by dotted path. See `Setting` for what each
    option means.
    """
    return Declaration(
        type_,
        {
            "doc": doc,
            "examples": examples,
            "variables": tuple(variables.split()),
            "default": default,
            "secret": secret,
            "app": app,
            "runtime": runtime,
            "inherits": tuple(split(path) for path in inherits),
            "unless_stated": split(unless_stated) if unless_stated else None,
            "inference": inference,
            "looks_at": tuple(split(path) for path in looks_at),
            "looks_at_names": tuple(split(path) for path in looks_at_names),
            "implied_by": tuple((split(path), value) for path, value in implied_by),
            "reference": split(reference) if reference else None,
            "refers_to": split(refers_to) if refers_to else None,
            "applies": tuple((split(path), value) for path, value in applies),
            "tunes": tunes,
        },
    )


class Section:
    """A table of settings: subclass it with `app=` and `runtime=` (dotted table paths), its docstring is its doc."""

    app: ClassVar[tuple[str, ...] | None] = None
    runtime: ClassVar[tuple[str, ...] | None] = None
    settings: ClassVar[tuple[Setting, ...]] = ()

    def __init_subclass__(cls, *, app: str | None = None, runtime: str | None = None) -> None:
        """Turn the declarations of the class body into settings that know their names and places."""
        cls.app = split(app) if app else None
        cls.runtime = split(runtime) if runtime else None
        cls.settings = tuple(
            _bind(name, declaration, cls.app, cls.runtime)
            for name, declaration in vars(cls).items()
            if isinstance(declaration, Declaration)
        )


def split(dotted: str) -> tuple[str, ...]:
    """The path of a dotted name that needs no quoting."""
    return tuple(dotted.split("."))


def snake_case(key: str) -> str:
    """`eventBus` as a Python name: `event_bus`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


def _bind(
    attribute: str, declaration: Declaration, app: tuple[str, ...] | None, runtime: tuple[str, ...] | None
) -> Setting:
    name = camel_case(attribute)
    options = declaration.options
    return Setting(
        attribute=attribute,
        name=name,
        type=declaration.type,
        **{**options, "app": _place(options["app"], app, name), "runtime": _place(options["runtime"], runtime, name)},
    )


def _place(said: str | None, table: tuple[str, ...] | None, name: str) -> tuple[str, ...]:
    if said is None or (not said and table is None):
        return ()
    return split(said) if said else (*table, name) if table else ()
