"""Which database is in force, and why: the first thing to know before anything is done to one."""

from __future__ import annotations

from collections.abc import Callable

from codemation.origin import written_at
from codemation.resolution.decision import Decision
from codemation.resolution.semantic_model import SemanticModel
from codemation.runtime.naming import database_name
from codemation.settings.keys import KIND, REDIS_URL, SQLITE_PATH, URL


def which_database(
    model: SemanticModel, shown: Callable[[str], str], *, relative: bool = False
) -> tuple[str, str] | None:
    """The database by name, and who says so: `("PostgreSQL db.example.com/app", "from DATABASE_URL (.env:3)")`.

    `shown` says how a file is called; a SQLite file's path is whole unless `relative`. `None` where it
    could not be decided.
    """
    kind = model.decision(KIND)
    if kind.state != "won":
        return None
    place = model.decision(URL if kind.value == "postgresql" else SQLITE_PATH)
    if place.state == "unset" and kind.value == "postgresql":
        return "PostgreSQL without a URL", f"from {_source(model, kind, shown)}"
    if place.state != "won":
        return None
    if kind.value == "postgresql":
        return database_name(kind.value, place.value, None), f"from {_source(model, place, shown)}"
    setting = model.catalogue.by_key[SQLITE_PATH]
    path = setting.type.rooted(place.value, model.project.root)
    path = shown(path) if relative else path
    # What says that it is SQLite, and where the file is.
    decided = [decision for decision in (kind, place) if decision.place is not None]
    why = " and ".join(_source(model, decision, shown) for decision in decided)
    return database_name("sqlite", None, path), f"from {why}" if why else "by default"


def sqlite_file(model: SemanticModel, shown: Callable[[str], str]) -> tuple[str, str]:
    """Where SQLite's file is, or would be while PostgreSQL is in force, absolute; and who says so. `shown` as above."""
    setting, decision = model.catalogue.by_key[SQLITE_PATH], model.decision(SQLITE_PATH)
    stated = decision.value is not None
    path = setting.type.rooted(decision.value if stated else setting.default, model.project.root)
    return path, f"from {_source(model, decision, shown)}" if stated and decision.place else "by default"


def redis_source(model: SemanticModel, shown: Callable[[str], str]) -> str | None:
    """Who says where Redis is: `REDIS_URL (.env:3)`; `None` where nobody does. `shown` as `which_database`."""
    place = model.decision(REDIS_URL)
    return _source(model, place, shown) if place.state == "won" else None


def _source(model: SemanticModel, decision: Decision, shown: Callable[[str], str]) -> str:
    place = decision.place
    if place is None:
        return "the default"
    if place.source == "override":
        return f"the override {model.name(place)}"
    return f"{model.name(place)} ({written_at(model.origin(place), shown)})"
