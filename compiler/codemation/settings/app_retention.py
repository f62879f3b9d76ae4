"""How long data is kept: the settings of retention, of the host and of single workflows, as people write them."""

from __future__ import annotations

from codemation.settings.setting import Section, setting
from codemation.values import Duration

LONGEST_RETENTION = 3_153_600_000
"""Seconds: a hundred years of 365 days."""

DURATION = Duration(1, LONGEST_RETENTION, for_ever="longest")


class Retention(Section, app="app.retention", runtime="runtime.retention"):
    """How long data is kept, in seconds, for every workflow without a prune policy of its own."""

    run_seconds = setting(
        DURATION,
        variables="CODEMATION_RUN_RETENTION_DEFAULT_SECONDS",
        default=86_400,
        doc="How long a finished run is kept, unless it failed and `failedRunSeconds` says otherwise.",
        examples=(86_400,),
    )
    failed_run_seconds = setting(
        DURATION,
        variables="CODEMATION_FAILED_RUN_RETENTION_DEFAULT_SECONDS",
        inherits=("runtime.retention.runSeconds",),
        doc="How long a run that failed or was halted is kept.",
        examples=(604_800,),
    )
    audit_seconds = setting(
        Duration(1, LONGEST_RETENTION, for_ever="not stated"),
        variables="CODEMATION_AUDIT_RETENTION_DEFAULT_SECONDS",
        doc="How long audit events are kept; for ever where unset.",
        examples=(31_536_000,),
    )
    binary_seconds = setting(
        DURATION,
        variables="CODEMATION_BINARY_RETENTION_DEFAULT_SECONDS",
        inherits=("runtime.retention.runSeconds",),
        doc="How long a run's binaries are kept; they go with their run at the latest.",
        examples=(86_400,),
    )
    telemetry_artifact_seconds = setting(
        DURATION,
        variables="CODEMATION_TELEMETRY_ARTIFACT_RETENTION_DEFAULT_SECONDS",
        default=259_200,
        doc="How long the artifacts of trace spans are kept.",
        examples=(259_200,),
    )
    telemetry_span_seconds = setting(
        DURATION,
        variables="CODEMATION_TELEMETRY_SPAN_RETENTION_DEFAULT_SECONDS",
        default=604_800,
        doc="How long trace spans are kept.",
        examples=(604_800,),
    )
    telemetry_metric_seconds = setting(
        DURATION,
        variables="CODEMATION_TELEMETRY_METRIC_RETENTION_DEFAULT_SECONDS",
        default=2_592_000,
        doc="How long metric points are kept.",
        examples=(2_592_000,),
    )


class PrunePolicy(Section, app="workflows.*.prunePolicy", runtime="runtime.workflows.*.prunePolicy"):
    """How long this workflow's data is kept; what is not stated follows the host's retention."""

    run_seconds = setting(
        DURATION,
        inherits=("runtime.retention.runSeconds",),
        doc="How long this workflow's finished runs are kept, unless one failed and `failedRunSeconds` says otherwise.",
        examples=(3_600,),
    )
    failed_run_seconds = setting(
        DURATION,
        inherits=("runtime.workflows.*.prunePolicy.runSeconds",),
        unless_stated="runtime.retention.failedRunSeconds",
        doc="How long this workflow's runs are kept that failed or were halted.",
        examples=(86_400,),
    )
    binary_seconds = setting(
        DURATION,
        inherits=("runtime.retention.binarySeconds", "runtime.workflows.*.prunePolicy.runSeconds"),
        doc="How long the binaries of this workflow's runs are kept; the lesser of the host's value and `runSeconds`.",
        examples=(1_800,),
    )
    telemetry_artifact_seconds = setting(
        DURATION,
        inherits=("runtime.retention.telemetryArtifactSeconds",),
        doc="How long the artifacts of this workflow's spans are kept.",
        examples=(86_400,),
    )
    telemetry_span_seconds = setting(
        DURATION,
        inherits=("runtime.retention.telemetrySpanSeconds",),
        doc="How long this workflow's spans are kept.",
        examples=(172_800,),
    )
    telemetry_metric_seconds = setting(
        DURATION,
        inherits=("runtime.retention.telemetryMetricSeconds",),
        doc="How long this workflow's metric points are kept.",
        examples=(604_800,),
    )
