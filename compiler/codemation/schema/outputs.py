"""JSON Schemas (draft-07) of what the commands print as JSON: a promise within a major version."""

from __future__ import annotations

from typing import Any

from codemation.schema.document import DRAFT
from codemation.text.json import json_text

TEXT = {"type": "string"}
OPTIONAL_TEXT = {"type": ["string", "null"]}
OPTIONAL_LINE = {"type": ["integer", "null"], "minimum": 1}
COUNT = {"type": "integer", "minimum": 0}
ANYTHING: dict[str, Any] = {}

STATUSES = ["won", "outranked", "blank", "rejected", "unused", "hidden", "unset"]
SOURCES = ["override", "environment", "app", "runtime", "inferred", "default"]
REVISION_STATES = ["applied", "altered", "unknown", "pending"]
CHECK_STATES = ["ok", "warning", "failed", "skipped"]
VARIABLE_STATUSES = ["set", "outranked", "unused", "invalid", "blank", "unset", "ignored"]


def record(properties: dict[str, Any], *, doc: str | None = None, optional: bool = False) -> dict[str, Any]:
    """An object that has these properties, and others that a later version may add; `optional`: or `null`."""
    schema: dict[str, Any] = {"type": ["object", "null"] if optional else "object"}
    if doc:
        schema["description"] = doc
    return {**schema, "properties": properties, "required": list(properties)}


def array(items: dict[str, Any]) -> dict[str, Any]:
    """The schema of an array whose items all fit `items`."""
    return {"type": "array", "items": items}


POSITION = record({"line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}})
SPAN = record({"start": POSITION, "end": POSITION}, doc="From 1, in Unicode characters; the end is exclusive.")
OPTIONAL_SPAN = record({"start": POSITION, "end": POSITION}, optional=True)

ORIGINS = [
    record({"kind": {"const": "override"}, "key": TEXT}),
    record(
        {
            "kind": {"const": "environment"},
            "variable": OPTIONAL_TEXT,
            "file": OPTIONAL_TEXT,
            "line": OPTIONAL_LINE,
            "secretFile": OPTIONAL_TEXT,
        }
    ),
    record(
        {
            "kind": {"const": "file"},
            "file": TEXT,
            "key": OPTIONAL_TEXT,
            "keySpan": OPTIONAL_SPAN,
            "valueSpan": OPTIONAL_SPAN,
        }
    ),
    record({"kind": {"const": "inferred"}, "rule": TEXT, "from": array(TEXT)}),
    record({"kind": {"const": "default"}}),
]
ORIGIN = {"anyOf": ORIGINS}

EDIT = record({"span": SPAN, "text": TEXT}, doc="What to write in place of the span; an empty span is an insertion.")

FIX = record(
    {"title": TEXT, "edits": array(EDIT)},
    doc="A repair that takes no guess: edits of the diagnostic's file that belong together.",
)

DIAGNOSTIC = record(
    {
        "code": {"type": "string", "pattern": "^CM[0-9]{3}$"},
        "slug": TEXT,
        "severity": {"enum": ["error", "warning"]},
        "message": TEXT,
        "help": TEXT,
        "fixes": array(FIX),
        "key": OPTIONAL_TEXT,
        "file": OPTIONAL_TEXT,
        "span": OPTIONAL_SPAN,
        "origin": {"anyOf": [*ORIGINS, {"type": "null"}]},
        "related": array(record({"message": TEXT, "origin": ORIGIN})),
    }
)

OF_PROJECT = record(
    {
        **DIAGNOSTIC["properties"],
        "project": {**COUNT, "description": "Its project: the position in `projects`, from 0."},
    }
)

CANDIDATE = record(
    {
        "source": {"enum": SOURCES},
        "origin": ORIGIN,
        "value": ANYTHING,
        "status": {"enum": STATUSES},
        "reason": TEXT,
    }
)

SETTING = record(
    {
        "key": TEXT,
        "appKey": OPTIONAL_TEXT,
        "value": ANYTHING,
        "status": {"enum": ["won", "rejected", "unused", "unset"]},
        "candidates": array(CANDIDATE),
    }
)

SIDE = record(
    {
        "value": ANYTHING,
        "status": TEXT,
        "source": {"enum": [*SOURCES, None]},
        "from": OPTIONAL_TEXT,
        "because": OPTIONAL_TEXT,
    },
)

DATABASE = record(
    {"kind": {"enum": ["sqlite", "postgresql"]}, "sqliteFilePath": OPTIONAL_TEXT, "url": OPTIONAL_TEXT, "why": TEXT}
)

ROWS: dict[str, Any] = {"type": "object", "description": "Rows by table.", "additionalProperties": COUNT}

REVISIONS = array(record({"revision": TEXT, "title": TEXT}))

FILE_SPACE = record({"bytes": COUNT, "freeBytes": COUNT}, doc="What SQLite's file takes.", optional=True)

PROJECT = {"root": TEXT, "config": OPTIONAL_TEXT, "envFiles": array(TEXT), "errors": COUNT, "warnings": COUNT}

CHECKED = record(
    {**PROJECT, "repairable": COUNT, "repaired": COUNT},
    doc="What was read of a project, how many of the diagnostics are its own, how many repairs `--fix` makes (some of "
    "them are only found after others), and how many it made before.",
)

SCHEMA_FILE = record(
    {
        "file": TEXT,
        "upToDate": {"type": "boolean"},
        "form": {**OPTIONAL_TEXT, "description": "The form whose schema it is, up to date or not; null for none."},
    }
)

OUTPUTS = {
    "check": record(
        {"projects": array(CHECKED), "diagnostics": array(OF_PROJECT), "errors": COUNT, "warnings": COUNT},
        doc="What `codemation check --format json` prints.",
    ),
    "explain": record(
        {"settings": array(SETTING), "diagnostics": array(DIAGNOSTIC)},
        doc="What `codemation compile --explain --format json` prints.",
    ),
    "env": record(
        {
            "variables": array(
                record(
                    {
                        "name": TEXT,
                        "settings": array(TEXT),
                        "default": ANYTHING,
                        "follows": array(TEXT),
                        "value": ANYTHING,
                        "setIn": OPTIONAL_TEXT,
                        "variable": record(
                            {
                                "value": ANYTHING,
                                "status": {"enum": VARIABLE_STATUSES},
                                "setIn": OPTIONAL_TEXT,
                                "hides": array(TEXT),
                            }
                        ),
                        "description": TEXT,
                    }
                )
            ),
            "ignored": array(record({"name": TEXT, "setIn": OPTIONAL_TEXT, "advice": TEXT})),
        },
        doc="What `codemation env --format json` prints.",
    ),
    "diff": record(
        {
            "sides": array(
                record(
                    {"name": TEXT, **PROJECT, "diagnostics": array(DIAGNOSTIC)}, doc="An environment, as it was read."
                )
            ),
            "differences": array(
                record(
                    {
                        "key": TEXT,
                        "appKey": OPTIONAL_TEXT,
                        "follows": {"type": "boolean"},
                        "secretDiffers": {"type": "boolean"},
                        "sides": array(SIDE),
                    },
                    doc="A setting by all sides; `follows`: from another difference; else see `because`.",
                )
            ),
        },
        doc="What `codemation diff --format json` prints.",
    ),
    "status": record(
        {
            "database": DATABASE,
            "revision": OPTIONAL_TEXT,
            "upToDate": {"type": "boolean"},
            "pending": REVISIONS,
            "overdue": array(
                record({"table": TEXT, "workflow": OPTIONAL_TEXT, "ageSeconds": COUNT, "overdueSeconds": COUNT})
            ),
        },
        doc="What `codemation db status --format json` prints.",
    ),
    "history": record(
        {
            "database": DATABASE,
            "revisions": array(
                record(
                    {
                        "revision": TEXT,
                        "title": OPTIONAL_TEXT,
                        "state": {"enum": REVISION_STATES},
                        "appliedAt": OPTIONAL_TEXT,
                        "durationMs": {"type": ["integer", "null"], "minimum": 0},
                        "programVersion": OPTIONAL_TEXT,
                        "checksum": OPTIONAL_TEXT,
                    }
                )
            ),
        },
        doc="What `codemation db history --format json` prints.",
    ),
    "migrate": record(
        {"database": DATABASE, "revision": OPTIONAL_TEXT, "applied": REVISIONS},
        doc="What `codemation db migrate --format json` prints: what it applied, and where the database then is.",
    ),
    "downgrade": record(
        {
            "database": DATABASE,
            "revision": OPTIONAL_TEXT,
            "takenBack": REVISIONS,
            "tables": ROWS,
            "rewritten": array(record({"change": TEXT, "rows": COUNT})),
            "additions": array(record({"kind": TEXT, "name": TEXT, "table": TEXT, "dropped": {"type": "boolean"}})),
        },
        doc="What `codemation db downgrade --yes --format json` prints; what went, and `rewritten`: rows that stayed.",
    ),
    "due": record(
        {
            "database": DATABASE,
            "due": array(
                record(
                    {
                        "table": TEXT,
                        "workflow": OPTIONAL_TEXT,
                        "setting": OPTIONAL_TEXT,
                        "seconds": COUNT,
                        "writtenAt": OPTIONAL_TEXT,
                        "rows": COUNT,
                        "bytes": COUNT,
                        "oldest": TEXT,
                        "overdueSeconds": COUNT,
                    }
                )
            ),
        },
        doc="What `codemation db prune --dry-run --format json` prints.",
    ),
    "copy": record(
        {
            "database": DATABASE,
            "source": DATABASE,
            "tables": array(record({"table": TEXT, "rows": COUNT, "checksum": TEXT})),
            "findings": array(
                record(
                    {
                        "table": TEXT,
                        "key": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
                        "column": TEXT,
                        "kind": TEXT,
                        "replaceable": {"type": "boolean"},
                    }
                )
            ),
            "copied": {"type": "boolean"},
            "seconds": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        },
        doc="What `codemation db copy --format json` prints; `findings` are what was not copied, or a substitute of.",
    ),
    "prune": record(
        {
            "database": DATABASE,
            "deleted": ROWS,
            "kept": ROWS,
            "end": {"enum": ["done", "time", "stopped", "busy"]},
            "seconds": {"type": "number", "minimum": 0},
            "unfreed": {"type": "boolean"},
        },
        doc="What `codemation db prune --format json` prints.",
    ),
    "compact": record(
        {
            "database": DATABASE,
            "method": {"enum": ["incremental", "rewrite", None]},
            "before": FILE_SPACE,
            "after": FILE_SPACE,
        },
        doc="What `codemation db compact --format json` prints; for PostgreSQL the last three are null.",
    ),
    "doctor": record(
        {
            "database": DATABASE,
            "checks": array(
                record(
                    {
                        "name": TEXT,
                        "state": {"enum": CHECK_STATES},
                        "message": TEXT,
                        "code": OPTIONAL_TEXT,
                        "help": OPTIONAL_TEXT,
                        "details": array(TEXT),
                    }
                )
            ),
            "failures": COUNT,
            "warnings": COUNT,
            "ok": {"type": "boolean"},
        },
        doc="What `codemation doctor --format json` prints.",
    ),
    "checks": record(
        {"checks": array(record({"name": TEXT, "parts": array(TEXT), "looksAt": TEXT, "page": TEXT}))},
        doc="What `codemation doctor --about [NAME] --format json` prints.",
    ),
    "init": record(
        {
            "root": TEXT,
            "stated": array(record({"key": TEXT, "value": ANYTHING, "place": OPTIONAL_TEXT})),
            "leftOut": array(record({"what": TEXT, "reason": TEXT, "code": OPTIONAL_TEXT, "place": OPTIONAL_TEXT})),
            "diagnostics": array(DIAGNOSTIC),
            "files": array(
                record({"path": TEXT, "outcome": {"enum": ["written", "kept", "added"]}, "lines": array(TEXT)})
            ),
        },
        doc="What `codemation init --format json` prints: what the new file states and what of the folder it does not, "
        "and what `check` says of it; `lines` are those that were added to a file.",
    ),
    "rule": record(
        {
            "rules": array(
                record(
                    {
                        "code": TEXT,
                        "slug": TEXT,
                        "severity": {"enum": ["error", "warning"]},
                        "summary": TEXT,
                        "page": TEXT,
                    }
                )
            )
        },
        doc="What `codemation rule --format json` prints.",
    ),
    "schema": record(
        {"form": TEXT, "files": array(SCHEMA_FILE)},
        doc="What `codemation schema --check FILE --format json` prints.",
    ),
}
"""The schema of each output. That of `compile --format json` is the runtime form's, in `schema/document.py`."""


def output_id(name: str) -> str:
    """How the schema of an output is called, in each version."""
    return f"urn:codemation:output:{name}"


def output_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of one command's output, `name` being a key of `OUTPUTS`.

    Raises:
        KeyError: no command has an output of that name.
    """
    return {"$schema": DRAFT, "$id": output_id(name), "title": f"codemation {name}", **OUTPUTS[name]}


def output_schema_text(name: str) -> str:
    """The same as text, as it is committed: two spaces, a line feed at the end; raises as `output_schema`."""
    return json_text(output_schema(name))
