"""Diagnostics as SARIF 2.1.0, which code hosts and editors read.

Everything that a rule says of itself is in the log, so that a viewer needs neither this program nor the network.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from codemation._version import __version__
from codemation.codes import Code
from codemation.diagnostics import Diagnostic, Fix
from codemation.origin import EnvironmentOrigin, FileOrigin, Origin, Span
from codemation.reports.locations import Locations
from codemation.rules import all_rules
from codemation.rules.rule import Rule
from codemation.text.json import json_text
from codemation.text.redaction import redact

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

ROOT = "%SRCROOT%"
"""How SARIF calls the folder that relative paths start at."""


FINGERPRINT = "codemationKey/v1"
"""The name of our fingerprints, with the version of how they are made."""


def render_sarif(diagnostics: Sequence[Diagnostic], locations: Locations) -> str:
    """One log with one run: the rules, and a result for each diagnostic."""
    rules = all_rules()
    indices = {rule.code: index for index, rule in enumerate(rules)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "codemation",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(diagnostic, indices, locations) for diagnostic in diagnostics],
    }
    for result, fingerprint in zip(run["results"], _fingerprints(diagnostics), strict=True):
        result["partialFingerprints"] = {FINGERPRINT: fingerprint}
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    paragraph = " ".join(rule.page.split("\n\n")[0].split())
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.slug.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": paragraph},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(diagnostic: Diagnostic, indices: dict[Code, int], locations: Locations) -> dict[str, Any]:
    result: dict[str, Any] = {"ruleId": diagnostic.code}
    if diagnostic.code in indices:
        result["ruleIndex"] = indices[diagnostic.code]
    result["level"] = diagnostic.severity
    # Viewers show the message alone: what to do belongs to it.
    result["message"] = {"text": f"{diagnostic.message}\nhelp: {diagnostic.help}"}
    location = _location(diagnostic.file, diagnostic.span, diagnostic.key, diagnostic.origin, locations)
    if location:
        result["locations"] = [location]
    if diagnostic.related:
        result["relatedLocations"] = [
            {
                "id": position,
                **_related(related.origin, locations),
                "message": {"text": related.message},
            }
            for position, related in enumerate(diagnostic.related, 1)
        ]
    if diagnostic.fixes and diagnostic.file is not None:
        result["fixes"] = [_fix(fix, locations.shown(diagnostic.file)) for fix in diagnostic.fixes]
    return result


def _fix(fix: Fix, file: str) -> dict[str, Any]:
    """What viewers offer to do."""
    replacements = [{"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}} for edit in fix.edits]
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": _artifact(file), "replacements": replacements}],
    }


def _fingerprints(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    """What stays the same of each while lines move and words change: the rule, the file, the key, and which of these.

    By these a viewer knows a result again.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for diagnostic in diagnostics:
        subject = (diagnostic.code, diagnostic.file or "", diagnostic.key or "")
        seen[subject] += 1
        digest = hashlib.sha256("\0".join(subject).encode("utf-8", "surrogatepass")).hexdigest()
        yield f"{digest[:32]}:{seen[subject]}"


def _related(origin: Origin, locations: Locations) -> dict[str, Any]:
    file, span = locations.model.locate(origin, on_key=True)
    return _location(file, span, None, origin, locations)


def _location(
    file: str | None, span: Span | None, key: str | None, origin: Origin | None, locations: Locations
) -> dict[str, Any]:
    """A place: in a file, and (or only) by the name of the variable or key."""
    location: dict[str, Any] = {}
    if file is not None:
        physical: dict[str, Any] = {"artifactLocation": _artifact(locations.shown(file))}
        if span is not None:
            physical["region"] = _region(span)
        location["physicalLocation"] = physical
    if isinstance(origin, EnvironmentOrigin) and origin.variable:
        location["logicalLocations"] = [{"fullyQualifiedName": redact(origin.variable), "kind": "variable"}]
    elif name := key or (redact(origin.key) if isinstance(origin, FileOrigin) else ""):
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "property"}]
    return location


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.start.line,
        "startColumn": span.start.column,
        "endLine": span.end.line,
        "endColumn": span.end.column,
    }


def _artifact(path: str) -> dict[str, str]:
    encoded = quote(os.fsencode(path.replace(os.sep, "/")), safe="/")
    if os.path.isabs(path):
        return {"uri": "file://" + (encoded if encoded.startswith("/") else f"/{encoded}")}
    return {"uri": encoded, "uriBaseId": ROOT}
