"""CM204: a variable in `_FILE` names a file that cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report each such variable: an error where it would decide, else a warning."""
    for fault in model.variable_faults:
        if fault.problem.code == RULE.code:
            yield RULE.at(
                model,
                model.variable_origin(fault.variable),
                f"`{fault.variable}` {fault.problem.text}",
                f"{fault.problem.help}, or unset {fault.variable}",
                key=fault.variable,
                severity=fault.severity,
            )


RULE = Rule(
    "CM204",
    "secret-file-unreadable",
    "error",
    "a variable in `_FILE` names a file that cannot be read",
    """\
A secret may stand in a file, as Docker and Kubernetes mount them: `DATABASE_URL_FILE` names the file
in place of `DATABASE_URL`, and so for `CODEMATION_DATABASE_URL`, `REDIS_URL`, `AUTH_SECRET` and
whatever variable a key such as `urlEnv` names. The file must be there, readable, UTF-8, not blank
and of at most 64 KiB; one that an env file names must be a regular file. A secret that is missing
must not quietly boot on SQLite: it counts as there, and is an error where it would have decided.

Example:

    DATABASE_URL_FILE=/run/secrets/database-url codemation compile

without that secret. Instead: mount it, or unset the variable.
""",
    needs="nothing",
)
