"""What was read before anything was connected to."""

from __future__ import annotations

from typing import Final

from codemation.backend.doctor.check import Checks, Finding, ok

CHECKS: Final = Checks()


@CHECKS.add(
    "configuration",
    "which files and variables led here",
    """\
The configuration file and the env files that were read, and those beside them that were not; then
whence the URL of Redis comes. Whence the database comes stands above the checks (in JSON under
`database.why`). Start here if the report speaks of another database than you meant: `codemation
compile --explain` tells of every value who decided it, `codemation env` lists the variables.
""",
)
def configuration(told: str) -> Finding:
    """As the command line says it: what it has compiled is not the backend's business."""
    return ok(told)
