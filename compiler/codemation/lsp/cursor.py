"""What stands at a place: a key of the file with its setting, or a variable of an env file."""

from __future__ import annotations

from msgspec import Struct

from codemation.explain.candidates import Trace
from codemation.explain.selection import select
from codemation.explain.trace import Subject
from codemation.lsp.analysis import Analysis
from codemation.lsp.text import Range, Spot
from codemation.origin import EnvironmentOrigin, Path
from codemation.settings.catalogue import Leaf
from codemation.settings.setting import ANY
from codemation.sources.environment import EnvFile, parse_env
from codemation.text.redaction import Unshown
from codemation.values.tables import Field


class Stated(Struct, frozen=True):
    """A key of a setting, or a place in its value: `path` is the key's, `inner` the place in the value.

    `subjects` are the settings that the key speaks of (one key of the app form may state two), also where it only names
    a variable for it; none where nothing is known of it at the moment.
    """

    path: Path
    inner: Path
    leaf: Leaf
    subjects: tuple[Subject, ...]
    range: Range

    @property
    def field(self) -> Field | None:
        """The key of an item, where the place is one of those."""
        names = [part for part in self.inner if isinstance(part, str)]
        fields = getattr(getattr(self.leaf.kind, "item", None), "fields", {})
        return fields.get(names[-1]) if names else None


class Assigned(Unshown, Struct, frozen=True):
    """A variable that an env file sets; `file` is how origins call that, `None` where it is none of those read."""

    name: str
    range: Range
    file: str | None


def stated_at(analysis: Analysis, spot: Spot) -> Stated | None:
    """The key, or the value, at a place of the file."""
    source = analysis.model.source
    text = analysis.text(analysis.config)
    found = source.spans.at(text.position(spot)) if source.text else None
    above = analysis.model.catalogue.leaf_above(found[0]) if found else None
    if found is None or above is None:
        return None
    path, span = found
    own, leaf = above
    return Stated(own, path[len(own) :], leaf, subjects_of(analysis, own, leaf), text.range(span))


def subjects_of(analysis: Analysis, path: Path, leaf: Leaf) -> tuple[Subject, ...]:
    """The settings that a key speaks of, as the trace explains them."""
    model, own = analysis.model, leaf.setting
    if ANY in leaf.path:
        workflow = str(path[leaf.path.index(ANY)])
        return (Subject(model, own, workflow),) if workflow in model.resolution.policies else ()
    if not own.runtime:
        about = [one for one in model.catalogue.hosts if one.reference == own.app]
    else:
        about = [one for one in model.catalogue.hosts if leaf.path in {one.app, one.runtime}]
    return tuple(Subject(model, setting, None) for setting in about)


def touched(analysis: Analysis, name: str) -> Trace:
    """The settings that look at a variable, explained; none where nothing does."""
    try:
        return select(analysis.model, [name])
    except LookupError:
        return ()


def assigned_at(analysis: Analysis, path: str, spot: Spot) -> Assigned | None:
    """The variable that a line of an env file sets."""
    counted = analysis.env_file(path)
    text = analysis.text(path)
    file: EnvFile = counted or parse_env(path, text.text)
    name = next((name for name, entry in file.entries.items() if entry.line == spot.line + 1), None)
    if name is None:
        return None
    own = analysis.model.environment.span(EnvironmentOrigin(name, file.name, spot.line + 1)) if counted else None
    start = max(text.line(spot.line).find(name), 0)
    range_ = text.range(own) if own else Range(Spot(spot.line, start), Spot(spot.line, start + len(name)))
    return Assigned(name, range_, file.name if counted else None)
