"""CM412: a managed host without a source of workflows."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.facts import AUTH_KIND, DIRECTORIES, Facts
from codemation.rules.rule import Rule


def check(facts: Facts) -> Iterator[Diagnostic]:
    """Report `managed` where no folder of workflows is stated."""
    kind, folders = facts.decision(AUTH_KIND), facts.decision(DIRECTORIES)
    if kind.value != "managed" or kind.place is None or folders.state == "rejected" or folders.value:
        return
    place = folders.place
    yield RULE.at(
        facts,
        facts.origin(kind.place),
        f"{facts.said(kind.place)} is managed, but "
        + (f"{facts.said(place)} is empty" if place else "`workflowDiscovery.directories` is not stated"),
        'name the folders of the workflows, such as directories = ["src/workflows"] under [workflowDiscovery]',
        key=facts.name(kind.place),
        related=((f"`{facts.name(place)}` is here", facts.origin(place)),) if place else (),
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
)
