"""From decisions to the runtime form: paths become absolute, what does not apply is left out."""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

from codemation import runtime_form
from codemation.catalogue import Catalogue
from codemation.resolve import Decision, Resolution
from codemation.runtime_form import Runtime
from codemation.setting import Setting
from codemation.values import FilePath


def lower(catalogue: Catalogue, resolution: Resolution, root: str, form: ModuleType = runtime_form) -> Runtime:
    """Build the runtime form of a resolution without rejected decisions (spec section 4)."""
    tables: dict[str, dict[str, Any]] = {}
    for setting in catalogue.hosts:
        assert setting.runtime is not None
        decision = resolution.hosts[setting.runtime]
        table = tables.setdefault(setting.runtime[1], {})
        if decision.state == "won":
            table[setting.attribute] = in_force(setting, decision, root)
    sections = {
        attribute: getattr(form, name)(**tables[table]) for table, attribute, name in catalogue.runtime_tables if table in tables
    }
    workflows = {
        name: form.Workflow(
            prune_policy=form.PrunePolicy(**{s.attribute: decisions[s.name].value for s in catalogue.policies})
        )
        for name, decisions in resolution.policies.items()
    }
    runtime: Runtime = form.Runtime(**sections, workflows=workflows)
    return runtime


def in_force(setting: Setting, decision: Decision, root: str) -> Any:
    """The value as the runtime form has it: a path is absolute."""
    value = decision.value
    if isinstance(setting.type, FilePath) and value is not None:
        return os.path.normpath(os.path.join(root, value))
    return value
