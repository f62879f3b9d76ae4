"""Diagnostics, origins and spans as plain data: what all machine-readable output shares."""

from __future__ import annotations

from typing import Any

from codemation.diagnostics import Diagnostic
from codemation.origin import DefaultOrigin, EnvironmentOrigin, FileOrigin, InferredOrigin, Origin, OverrideOrigin, Span
from codemation.text.redaction import redact


def span_data(span: Span | None) -> dict[str, Any] | None:
    """A span as spec section 6 writes it; `None` stays `None`."""
    if span is None:
        return None
    return {
        "start": {"line": span.start.line, "column": span.start.column},
        "end": {"line": span.end.line, "column": span.end.column},
    }


def origin_data(origin: Origin) -> dict[str, Any]:
    """An origin as spec section 6 writes it."""
    match origin:
        case OverrideOrigin(key):
            return {"kind": "override", "key": redact(key)}
        case EnvironmentOrigin(variable, file, line, secret_file):
            return {
                "kind": "environment",
                "variable": redact(variable) or None,
                "file": file,
                "line": line,
                "secretFile": None if secret_file is None else redact(secret_file),
            }
        case FileOrigin(file, key, key_span, value_span):
            # A key is its author's text, and may be a URL that landed on the wrong side of the `=`.
            return {
                "kind": "file",
                "file": file,
                "key": redact(key) or None,
                "keySpan": span_data(key_span),
                "valueSpan": span_data(value_span),
            }
        case InferredOrigin(rule, locations):
            return {"kind": "inferred", "rule": rule, "from": list(locations)}
        case DefaultOrigin():
            return {"kind": "default"}


def diagnostic_data(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as spec section 6 writes it; what does not apply is `None`."""
    return {
        "code": diagnostic.code,
        "slug": diagnostic.slug,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "fixes": [
            {
                "title": fix.title,
                "edits": [{"span": span_data(edit.span), "text": edit.text} for edit in fix.edits],
            }
            for fix in diagnostic.fixes
        ],
        "key": diagnostic.key,
        "file": diagnostic.file,
        "span": span_data(diagnostic.span),
        "origin": None if diagnostic.origin is None else origin_data(diagnostic.origin),
        "related": [
            {"message": related.message, "origin": origin_data(related.origin)} for related in diagnostic.related
        ],
    }
