"""CM303: the same setting in `runtime` and `app` with different values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codemation.diagnostics import Diagnostic
from codemation.facts import Facts
from codemation.precedence import Place
from codemation.resolve import Rejected
from codemation.rules.rule import Rule
from codemation.setting import Setting


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Compare the two forms, setting by setting, in the runtime form's vocabulary."""
    if "runtime" not in facts.source.data:
        return
    for setting in facts.catalogue.hosts:
        if setting.app:
            pair = (Place("app", setting.app, app_form=True), Place("runtime", setting.runtime))
            offers = (facts.offered(pair[0]), facts.offered(pair[1]))
            yield from _compare(facts, setting, pair, offers, None)
    for workflow, tables in facts.layers.policies.items():
        for setting in facts.catalogue.policies:
            if setting.app:
                pair = (Place("app", setting.app, app_form=True), Place("runtime", setting.runtime))
                offers = (tables["app"].get(setting.name), tables["runtime"].get(setting.name))
                yield from _compare(facts, setting, pair, offers, workflow)


def _compare(
    facts: Facts, setting: Setting, pair: tuple[Place, Place], offers: tuple[Any, Any], workflow: str | None
) -> Iterator[Diagnostic]:
    if any(offer is None or isinstance(offer, Rejected) for offer in offers):
        return
    lower = setting.type.lower
    app, runtime = (
        _comparable(facts, setting, value) for value in (lower(offers[0]) if lower else offers[0], offers[1])
    )
    if app == runtime:
        return
    above, below = (facts.name(place, workflow) for place in pair)
    yield RULE.at(
        facts,
        facts.origin(pair[1], workflow),
        f"`{below}` is shadowed by `{above}`, which says something else",
        f"the app form outranks the runtime form: take `{below}` out, or make the two agree",
        key=below,
        on_key=True,
        related=((f"`{above}` is here", facts.origin(pair[0], workflow)),),
        harmless=setting.type.harmless,
    )


def _comparable(facts: Facts, setting: Setting, value: Any) -> Any:
    value = setting.type.rooted(value, facts.project.root)
    return tuple(value) if isinstance(value, list) else value


RULE = Rule(
    "CM303",
    "shadowed-by-app-form",
    "warning",
    "the same setting in `runtime` and `app` with different values",
    """\
The file states one setting twice, in both of its forms, and the two differ. The app form decides;
what stands under `runtime` misleads whoever reads it.

Example:

    [app.retention]
    runSeconds = 3600

    [runtime.retention]
    runSeconds = 7200

Instead: state it once, under `app`.
""",
)
