"""CM412: a managed host without a source of workflows."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.keys import AUTH_KIND, DIRECTORIES


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report `managed` where no folder of workflows is stated."""
    kind, folders = model.decision(AUTH_KIND), model.decision(DIRECTORIES)
    if kind.value != "managed" or kind.place is None or folders.state == "rejected" or folders.value:
        return
    place = folders.place
    yield RULE.at(
        model,
        model.origin(kind.place),
        f"{model.said(kind.place)} is managed, but "
        + (f"{model.said(place)} is empty" if place else "`workflowDiscovery.directories` is not stated"),
        'name the folders of the workflows, such as directories = ["src/workflows"] under [workflowDiscovery]',
        key=model.name(kind.place),
        related=((f"`{model.name(place)}` is here", model.origin(place)),) if place else (),
    )


RULE = Rule(
    "CM412",
    "managed-needs-workflows",
    "error",
    "a managed host without a source of workflows",
    """\
On a managed host nobody adds workflows by hand: it runs those that it finds. Without a folder to
look in it would run nothing.

Example:

    [app.auth]
    kind = "managed"

Instead: also

    [workflowDiscovery]
    directories = ["src/workflows"]
""",
    needs="sources",
    about=("runtime.auth",),
)
