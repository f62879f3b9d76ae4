"""From a key or a variable to the place that decides, and to all places that have a say."""

from __future__ import annotations

from collections.abc import Iterable

from codemation.explain.candidates import Resolved
from codemation.explain.trace import Subject
from codemation.lsp.analysis import Analysis
from codemation.lsp.cursor import Stated, assigned_at, stated_at, touched
from codemation.lsp.text import Link, Spot
from codemation.origin import InferredOrigin, Origin
from codemation.settings.catalogue import dotted


def definition(analysis: Analysis, path: str, spot: Spot) -> list[Link]:
    """Where what is in force is written; for what is inferred, where that is written which it follows from."""
    if path == analysis.config:
        stated = stated_at(analysis, spot)
        named = _named_variable(analysis, stated) if stated else None
        if named is not None:
            return _links(analysis, [named])
    return _links(analysis, [origin for one in _about(analysis, path, spot) for origin in _deciding(analysis, one)])


def references(analysis: Analysis, path: str, spot: Spot) -> list[Link]:
    """Wherever something is written that has a say, whether it decides or not."""
    about = _about(analysis, path, spot)
    return _links(analysis, [one.origin for resolved in about for one in resolved.candidates])


def _about(analysis: Analysis, path: str, spot: Spot) -> list[Resolved]:
    """The settings that a place is about."""
    if path == analysis.config:
        stated = stated_at(analysis, spot)
        return [subject.resolved() for subject in stated.subjects] if stated else []
    assigned = assigned_at(analysis, path, spot)
    return list(touched(analysis, assigned.name)) if assigned and assigned.file else []


def _named_variable(analysis: Analysis, stated: Stated) -> Origin | None:
    """Where a variable is set that an item of a value names (`clientSecretEnv`)."""
    if stated.field is None or not stated.field.name.endswith("Env"):
        return None
    value: object = analysis.model.source.data
    for part in (*stated.path, *stated.inner):
        inside = (isinstance(value, dict) and part in value) or (isinstance(value, list) and isinstance(part, int))
        value = value[part] if inside else None  # type: ignore[index]
    return analysis.model.variable_origin(value) if isinstance(value, str) else None


def _deciding(analysis: Analysis, resolved: Resolved) -> list[Origin]:
    winner = resolved.winner
    if winner is None:
        return []
    if not isinstance(winner.origin, InferredOrigin):
        return [winner.origin]
    model = analysis.model
    followed = [
        Subject(model, setting, None).resolved().winner
        for setting in model.catalogue.hosts
        if dotted(setting.runtime) in winner.origin.sources
    ]
    return [one.origin for one in followed if one is not None]


def _links(analysis: Analysis, origins: Iterable[Origin]) -> list[Link]:
    """The places in files, each once."""
    return list(dict.fromkeys(link for one in origins if (link := analysis.link_to(one)) is not None))
