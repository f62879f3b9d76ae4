"""CM002: the configuration file is there but cannot be read as text."""

from __future__ import annotations

import os
from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import FileOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.sources.files import Hindrance
from codemation.sources.project import CONFIG_NAME
from codemation.text.redaction import redact

REMEDIES: dict[Hindrance, str] = {
    "directory": "move it away, or name a file with --config",
    "permission": "give this user permission to read it",
    "encoding": "save the file as UTF-8",
    "pipe": "move it away, or name it with --config, which reads pipes",
    "size": "a configuration is much smaller: name the right file",
    "broken link": "mend the link, or remove it",
    "other": "check the file",
}


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report a file without permission, a directory, or bytes that are not UTF-8."""
    unreadable = model.source.unreadable
    if unreadable and unreadable.kind != "missing":
        remedy = REMEDIES[unreadable.kind]
        if model.project.explicit and unreadable.kind == "directory":
            named = redact(os.path.join(model.project.named, CONFIG_NAME))
            remedy = f"name the project with --root {redact(model.project.named)}, or the file in it: {named}"
        origin = FileOrigin(model.source.name, "")
        yield RULE.at(model, origin, f"{model.source.name} {unreadable.reason}", remedy)


RULE = Rule(
    "CM002",
    "config-unreadable",
    "error",
    "the configuration file cannot be read",
    """\
`codemation.toml` exists, but this user may not read it, it is a directory, a pipe or a device, it is
larger than 16 MiB, or it is not UTF-8 (TOML files are always UTF-8; a byte order mark is accepted).
Nothing in it counts until it can be read. A pipe may be named with `--config`.

Example: a file saved as Latin-1 or UTF-16.

Instead: save it as UTF-8, or mend its permissions.
""",
    needs="nothing",
)
