"""From decisions to the runtime form: paths become absolute, what does not apply is left out."""

from __future__ import annotations

from functools import cache
from types import ModuleType
from typing import Any

from msgspec import convert

from codemation import runtime_form
from codemation.catalogue import Catalogue
from codemation.precedence import Key
from codemation.resolve import Decision, Resolution, silent
from codemation.runtime_form import Runtime
from codemation.setting import Setting

TOP = 2
"""Parts in the key of a setting that stands in no table of its own: `runtime.frontendPort`."""


def lower(catalogue: Catalogue, resolution: Resolution, root: str, form: ModuleType = runtime_form) -> Runtime:
    """Build the runtime form of a resolution without rejected decisions (spec section 4)."""
    data: dict[str, Any] = {}
    hosts = resolution.hosts
    for key, setting in _worth_a_look(catalogue) if resolution.quiet else catalogue.keyed:
        decision = hosts[key]
        if decision.state == "won":
            value = setting.type.rooted(decision.value, root)
            if len(key) == TOP:
                data[key[-1]] = value
            else:
                data.setdefault(key[1], {})[key[-1]] = value
    data["workflows"] = {name: {"prunePolicy": policy} for name, policy in resolution.policies.items()}
    runtime: Runtime = convert(data, form.Runtime)
    return runtime


@cache
def _worth_a_look(catalogue: Catalogue) -> tuple[tuple[Key, Setting], ...]:
    """The settings that may have a value where nobody states any of the quiet ones."""
    unset = {key for key, decision in silent(catalogue)[0].items() if decision.state != "won"}
    return tuple((key, setting) for key, setting in catalogue.keyed if key not in unset)


def in_force(setting: Setting, decision: Decision, root: str) -> Any:
    """The value as the runtime form has it: a path is absolute."""
    return None if decision.value is None else setting.type.rooted(decision.value, root)
