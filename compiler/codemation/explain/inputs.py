"""What was looked at, and what was not: the last line of `codemation check`."""

from __future__ import annotations

import os

from codemation.explain.database import which_database
from codemation.reports.locations import Locations
from codemation.sources.project import CONFIG_NAME
from codemation.text.patterns import lazy

_LOOKS_LIKE_ENV = lazy(r"\.env(?:\.[\w-]+)+")
_TEMPLATES = frozenset({"example", "sample", "template", "dist", "defaults", "schema"})


def checked(locations: Locations, *, upward: bool) -> str:
    """The file and the env files that were read, those beside it that were not, and the database that results.

    `upward` tells that the file was looked for in the folders above, too.
    """
    model = locations.model
    found = None if model.project.missing_root else which_database(model, locations.shown, relative=True)
    database = " ".join(found) if found else "the database is not decided"
    return f"checked {files(locations, upward=upward)}: {database}"


def files(locations: Locations, *, upward: bool) -> str:
    """The file and the env files that were read, and those beside it that were not; `upward` as `checked`."""
    model = locations.model
    if model.source.present:
        file = locations.shown(model.source.name)
    else:
        here = locations.root == locations.cwd
        where = "here" if here else f"in {locations.shown(locations.root)}"
        file = f"no {CONFIG_NAME} (there is none {where}{' or above' if upward else ''})"
    read = [locations.shown(file.name) for file in model.environment.files if not file.unreadable]
    unread = [locations.shown(name) for name in _unread(locations)]
    but = f" (not read: {', '.join(unread)})" if unread else ""
    return f"{file} and {', '.join(read) or 'no env file'}{but}"


def _unread(locations: Locations) -> list[str]:
    """Env files in the root that nobody named: other tools read those."""
    root = locations.root
    try:
        names = sorted(os.listdir(root))
    except OSError:
        return []
    read = {os.path.normpath(os.path.join(root, file.name)) for file in locations.model.environment.files}
    return [
        name
        for name in names
        if _LOOKS_LIKE_ENV.fullmatch(name)
        and _TEMPLATES.isdisjoint(name.split("."))
        and os.path.join(root, name) not in read
    ]
