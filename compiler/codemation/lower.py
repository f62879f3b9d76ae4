"""From decisions to the runtime form: paths become absolute, what does not apply is left out."""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any

from msgspec import convert

from codemation import runtime_form
from codemation.catalogue import Catalogue
from codemation.resolve import Decision, Resolution
from codemation.runtime_form import Runtime
from codemation.setting import Setting
from codemation.values import FilePath


def lower(catalogue: Catalogue, resolution: Resolution, root: str, form: ModuleType = runtime_form) -> Runtime:
    """Build the runtime form of a resolution without rejected decisions (spec section 4)."""
    data: dict[str, dict[str, Any]] = {table: {} for table in catalogue.runtime_tables}
    for key, setting in catalogue.keyed:
        decision = resolution.hosts[key]
        if decision.state == "won":
            data[key[1]][setting.name] = in_force(setting, decision, root)
    data["workflows"] = {name: {"prunePolicy": policy} for name, policy in resolution.policies.items()}
    runtime: Runtime = convert(data, form.Runtime)
    return runtime


def in_force(setting: Setting, decision: Decision, root: str) -> Any:
    """The value as the runtime form has it: a path is absolute."""
    value = decision.value
    if isinstance(setting.type, FilePath) and value is not None:
        return os.path.normpath(os.path.join(root, value))
    return value
