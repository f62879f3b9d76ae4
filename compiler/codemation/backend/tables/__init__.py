"""The tables, as SQLAlchemy metadata: everything that a host stores, one module for each subject.

`metadata` holds them all; statements name a table by its attribute (`tables.runs`) or by `metadata.tables["runs"]`.
"""

from codemation.backend.tables.audit import audit_events
from codemation.backend.tables.base import Expires, Kept, Lifetime, PartOf, Policy, UtcDateTime, lifetime, metadata
from codemation.backend.tables.credentials import (
    credential_bindings,
    credential_instances,
    credential_oauth2_states,
    credential_oauth2_tokens,
    credential_secrets,
    credential_test_results,
)
from codemation.backend.tables.observability import metric_points, span_artifacts, spans, trace_contexts
from codemation.backend.tables.people import (
    auth_accounts,
    auth_invites,
    auth_sessions,
    auth_users,
    auth_verification_tokens,
)
from codemation.backend.tables.runs import (
    FINISHED,
    binaries,
    human_tasks,
    node_executions,
    runs,
    slot_projections,
    test_assertions,
    test_suite_runs,
    work_items,
)
from codemation.backend.tables.workflows import (
    debugger_overlays,
    trigger_setup_states,
    workflow_activations,
    workflow_snapshots,
)

__all__ = [
    "FINISHED",
    "Expires",
    "Kept",
    "Lifetime",
    "PartOf",
    "Policy",
    "UtcDateTime",
    "audit_events",
    "auth_accounts",
    "auth_invites",
    "auth_sessions",
    "auth_users",
    "auth_verification_tokens",
    "binaries",
    "credential_bindings",
    "credential_instances",
    "credential_oauth2_states",
    "credential_oauth2_tokens",
    "credential_secrets",
    "credential_test_results",
    "debugger_overlays",
    "human_tasks",
    "lifetime",
    "metadata",
    "metric_points",
    "node_executions",
    "runs",
    "slot_projections",
    "span_artifacts",
    "spans",
    "test_assertions",
    "test_suite_runs",
    "trace_contexts",
    "trigger_setup_states",
    "work_items",
    "workflow_activations",
    "workflow_snapshots",
]
