"""CM303: the same setting in `runtime` and `app` with different values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codemation.diagnostics import Diagnostic
from codemation.resolution.decision import Rejected
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.places import Place
from codemation.settings.setting import Setting


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Compare the two forms, setting by setting, in the runtime form's vocabulary."""
    if "runtime" not in model.source.data:
        return
    for setting in model.catalogue.hosts:
        if setting.app:
            pair = (Place("app", setting.app, app_form=True), Place("runtime", setting.runtime))
            offers = (model.offered(pair[0]), model.offered(pair[1]))
            yield from _compare(model, setting, pair, offers, None)
    for workflow in model.layers.policies.workflows:
        tables = model.layers.policies.of(workflow)
        for setting in model.catalogue.policies:
            if setting.app:
                pair = (Place("app", setting.app, app_form=True), Place("runtime", setting.runtime))
                offers = (tables["app"].get(setting.name), tables["runtime"].get(setting.name))
                yield from _compare(model, setting, pair, offers, workflow)


def _compare(
    model: SemanticModel, setting: Setting, pair: tuple[Place, Place], offers: tuple[Any, Any], workflow: str | None
) -> Iterator[Diagnostic]:
    if any(offer is None or isinstance(offer, Rejected) for offer in offers):
        return
    lower = setting.type.lower
    app, runtime = (
        _comparable(model, setting, value) for value in (lower(offers[0]) if lower else offers[0], offers[1])
    )
    if app == runtime:
        return
    above, below = (model.name(place, workflow) for place in pair)
    yield RULE.at(
        model,
        model.origin(pair[1], workflow),
        f"`{below}` is shadowed by `{above}`, which says something else",
        f"the app form outranks the runtime form: take `{below}` out, or make the two agree",
        key=below,
        related=((f"`{above}` is here", model.origin(pair[0], workflow)),),
        harmless=setting.type.harmless,
    )


def _comparable(model: SemanticModel, setting: Setting, value: Any) -> Any:
    value = setting.type.rooted(value, model.project.root)
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
    on_key=True,
)
