"""CM106: two keys that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import OverrideOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.catalogue import dotted
from codemation.settings.keys import Key
from codemation.sources.overrides import Override


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report overrides that state one setting twice, which leaves none in force; the file's are problems of tables."""
    owners: dict[Key, list[Override]] = {}
    for override in model.overrides:
        if override.leaf and not override.blank:
            for key in _decides(model, override):
                owners.setdefault(key, []).append(override)
    reported: set[tuple[str, ...]] = set()
    for key, stated in owners.items():
        names = tuple(override.key for override in stated)
        if len(names) > 1 and names not in reported:
            reported.add(names)
            *others, last = names
            listed = " and ".join(f"`{name}`" for name in others)
            yield RULE.at(
                model,
                OverrideOrigin(),
                f"the override `{last}` and the override {listed} both decide `{dotted(key)}`",
                "keep one of them",
                key=last,
            )


def _decides(model: SemanticModel, override: Override) -> Iterator[Key]:
    """The settings that an override decides, in the runtime form."""
    if override.leaf is None:
        return
    setting = override.leaf.setting
    if setting.refers_to:
        yield setting.refers_to
        return
    for known in model.catalogue.settings:
        place = known.app if override.leaf.app_form else known.runtime
        mine = setting.app if override.leaf.app_form else setting.runtime
        if place == mine and known.runtime:
            # The workflow's own name takes the place of the one that stands for any.
            yield tuple(override.path[-3] if part == "*" else part for part in known.runtime)


RULE = Rule(
    "CM106",
    "conflicting-keys",
    "error",
    "two keys that exclude each other",
    """\
`url` holds the URL itself and `urlEnv` the name of the variable that holds it; with both, one of
them would silently not count. The same goes for `redisUrl` and `redisUrlEnv`, for one log rule beside
`rules`, and for overrides that state one setting in both its forms.

Example:

    [app.database]
    url = "postgresql://db.example.com/codemation"
    urlEnv = "APP_DATABASE_URL"

Instead: keep the one that you mean.
""",
    needs="nothing",
    on_key=True,
)
