"""CM404: something is kept longer than what it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from codemation.diagnostics import Diagnostic
from codemation.resolution.decision import Decision
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.catalogue import dotted

RUN = ("runSeconds", "failedRunSeconds")
"""A run's time is the longer of these two."""

Pair = tuple[tuple[str, ...], tuple[str, ...], str]

PAIRS: tuple[Pair, ...] = (
    (RUN, ("telemetrySpanSeconds",), "runs outlive their spans"),
    (RUN, ("telemetryArtifactSeconds",), "runs outlive their artifacts"),
    (("telemetrySpanSeconds",), ("telemetryMetricSeconds",), "spans outlive their metrics"),
    (("telemetryArtifactSeconds",), ("telemetryMetricSeconds",), "artifacts outlive their metrics"),
    (("binarySeconds",), RUN, "binaries are to be kept longer than their run, and go with it"),
)
"""What should not be kept longer, than what, and what it means if it is; of several settings the longest counts."""

_COMPARED = tuple(dict.fromkeys(names for pair in PAIRS for names in pair[:2]))


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report each pair once for each level that states one of the two."""
    decided, policies = model.resolution.hosts, model.resolution.policies
    values = {key[-1]: decided[key].value for key in model.catalogue.retention}
    if _in_order([values, *policies.values()]):
        return
    host = {key[-1]: decided[key] for key in model.catalogue.retention}
    for pair in _out_of_order(values):
        yield from _report(model, host, None, pair)
    # Of thousands of workflows many keep the same times.
    known: dict[tuple[tuple[str, int], ...], list[Pair]] = {}
    for workflow, own in policies.items():
        # What is no time may be anything, a table for one.
        times = tuple([(name, time) for name, time in own.items() if type(time) is int])
        if times not in known:
            known[times] = _out_of_order(own)
        for pair in known[times]:
            yield from _report(model, model.policy(workflow), workflow, pair)


def _in_order(levels: list[Mapping[str, Any]]) -> bool:
    """Whether all pairs of all levels are surely the right way round: there may be thousands of workflows."""
    try:
        for level in levels:
            run, failed, binary = level["runSeconds"], level["failedRunSeconds"], level["binarySeconds"]
            spans, artifacts = level["telemetrySpanSeconds"], level["telemetryArtifactSeconds"]
            metrics = level["telemetryMetricSeconds"]
            if not (run <= spans <= metrics and run <= artifacts <= metrics):
                return False
            if failed > spans or failed > artifacts or (binary > run and binary > failed):
                return False
    except TypeError:
        return False  # Something is undecided.
    return True


def _out_of_order(values: Mapping[str, Any]) -> list[Pair]:
    """The pairs that are the wrong way round; what is undecided is in none."""
    longest: dict[tuple[str, ...], int] = {}
    for names in _COMPARED:
        times = [time for name in names if type(time := values[name]) is int]
        if len(times) == len(names):
            longest[names] = max(times)
    return [pair for pair in PAIRS if pair[0] in longest and longest[pair[0]] > longest.get(pair[1], longest[pair[0]])]


def _report(
    model: SemanticModel, decisions: Mapping[str, Decision], workflow: str | None, pair: Pair
) -> Iterator[Diagnostic]:
    longer = max(pair[1], key=lambda name: (decisions[name].value, decisions[name].place is not None))
    other = decisions[longer]
    exceeding = [name for name in pair[0] if decisions[name].value > other.value]
    # What this level states itself is what can be mended here.
    shorter = max(exceeding, key=lambda name: (decisions[name].place is not None, decisions[name].value))
    one = decisions[shorter]
    places = [place for place in (one.place, other.place) if place]
    if not places:
        return
    names = [model.name(place, workflow) for place in places]
    origins = [model.origin(place, workflow) for place in places]
    said = ", but ".join(_said(model, decision, name, workflow) for name, decision in ((shorter, one), (longer, other)))
    mended = [f"`{name}`" for name in exceeding if name == shorter or decisions[name].place]
    least = max(decisions[name].value for name in exceeding)
    yield RULE.at(
        model,
        origins[0],
        f"{pair[2]}: {said}",
        f"make {' and '.join(mended)} at most {other.value}, or `{longer}` at least {least}",
        key=names[0],
        related=tuple((f"`{name}` is here", origin) for name, origin in zip(names[1:], origins[1:], strict=True)),
    )


def _said(model: SemanticModel, decision: Decision, name: str, workflow: str | None) -> str:
    """One of the two, as its owner spells it, with its value in seconds."""
    if decision.place:
        return f"{model.said(decision.place, workflow)} is {decision.value}"
    level = ("app", "retention") if workflow is None else ("workflows", workflow, "prunePolicy")
    why = "by default" if decision.source == "default" else "as inherited"
    return f"`{dotted((*level, name))}` is {decision.value} {why}"


RULE = Rule(
    "CM404",
    "retention-order",
    "warning",
    "something is kept longer than what it belongs to",
    """\
A run is explained by its spans and artifacts, and these are counted in metrics: what is asked about
longest should be kept longest. Where runs outlive their spans, an old run can be opened but not
explained. Binaries always go with their run, so keeping them longer has no effect.

Example:

    [app.retention]
    runSeconds = 1209600

while spans are kept for 604800 seconds (7 days). The longer of `runSeconds` and `failedRunSeconds`
is a run's time. Instead: also raise `telemetrySpanSeconds` and
`telemetryArtifactSeconds`.
""",
    about=("runtime.retention", "runtime.workflows"),
)
