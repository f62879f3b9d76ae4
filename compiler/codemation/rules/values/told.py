"""The faults of the file's shape as diagnostics, each by the rule of its code."""

from __future__ import annotations

from codemation.diagnostics import Diagnostic
from codemation.resolution.repairs import fix_of
from codemation.resolution.semantic_model import SemanticModel
from codemation.resolution.validation import Fault
from codemation.rules import rule_of
from codemation.settings.catalogue import dotted


def fault_told(model: SemanticModel, fault: Fault) -> Diagnostic:
    """The diagnostic of a fault of the file's shape."""
    key, origin = dotted(fault.path), model.source.origin
    return rule_of(fault.code).at(
        model,
        origin(fault.path, key, fault.mark),
        f"`{key}` {fault.text}",
        fault.help,
        key=key,
        related=tuple([(f"`{dotted(path)}` is here", origin(path, dotted(path))) for path in fault.related]),
        harmless=fault.harmless,
        fix=fix_of(model.source, fault.path, fault.repair) if fault.repair else None,
    )
