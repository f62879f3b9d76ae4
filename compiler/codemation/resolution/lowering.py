"""From decisions to the runtime form: paths become absolute, what does not apply is left out."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from msgspec import convert

from codemation.resolution.decision import Decision, Resolution
from codemation.runtime import form
from codemation.runtime.form import Runtime
from codemation.settings.catalogue import Catalogue
from codemation.settings.setting import Setting

TOP = 2
"""Parts in the key of a setting that stands in no table of its own: `runtime.frontendPort`."""


def lower(catalogue: Catalogue, resolution: Resolution, root: str, form: ModuleType = form) -> Runtime:
    """Build the runtime form of a resolution without rejected decisions (spec section 4)."""
    data: dict[str, Any] = {}
    for key, decision in resolution.hosts.items():
        if decision.state == "won":
            table = data if len(key) == TOP else data.get(key[1])
            if table is None:
                table = data[key[1]] = {}
            table[key[-1]] = decision.value
    for key, kind in catalogue.paths_by_key.items():
        if resolution.hosts[key].state == "won":
            table = data if len(key) == TOP else data[key[1]]
            table[key[-1]] = kind.rooted(table[key[-1]], root)
    data["workflows"] = {name: {"prunePolicy": policy} for name, policy in resolution.policies.items()}
    runtime: Runtime = convert(data, form.Runtime)
    return runtime


def in_force(setting: Setting, decision: Decision, root: str) -> Any:
    """The value as the runtime form has it: a path is absolute."""
    return None if decision.value is None else setting.type.rooted(decision.value, root)
