"""`docs/reference/variables.md`: every environment variable that is read."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.settings.catalogue import CATALOGUE
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES
from tests.docs.reference.kinds import kind
from tests.docs.reference.markdown import code, head, table
from tests.docs.reference.settings import shown

_TOP = """\
Every variable that codemation reads, from the process or from `.env`. `codemation env` tells which of them are set
here, where, and what they hide; `codemation explain NAME` tells what one does. Beside each secret's variable `NAME`
there is `NAME_FILE`, the path of a file that holds it: see [Secrets from files](../guides/secrets.md)."""

_SETTINGS = "\n## Variables of settings\n\nA variable outranks what `codemation.toml` says.\n\n"
_HOST = "\n## Variables that are no settings\n\nA host reads these by itself; no file can state them.\n\n"
_SWITCHES = (
    "\n## Switches\n\n`true`, `1`, `yes`, `on`, or `false`, `0`, `no`, `off`, in any case; off where not set.\n\n"
)
_REFERRED = """
## Variables that a key names

`urlEnv`, `redisUrlEnv`, `clientIdEnv`, `clientSecretEnv` and `tenantIdEnv` hold the *name* of a variable; that one is
then read, and so is its `…_FILE`. `urlEnv` and `redisUrlEnv` replace the setting's own variable.
"""


def page() -> str:
    """The whole page."""
    host = ((code(it.name), it.doc, "yes" if it.secret else "") for it in HOST_VARIABLES.values())
    switches = ((code(it.name), it.doc) for it in SWITCHES.values())
    return (
        head("Environment variables", _TOP)
        + _SETTINGS
        + table(("variable", "setting", "values", "secret"), _rows())
        + _HOST
        + table(("variable", "what it says", "secret"), host)
        + _SWITCHES
        + table(("variable", "what it says"), switches)
        + _REFERRED
    )


def _rows() -> Iterator[tuple[str, ...]]:
    for name, settings in CATALOGUE.variables.items():
        stated = settings[0]
        keys = dict.fromkeys(shown(it.app or it.runtime) for it in settings)
        values = kind(stated.type.in_runtime_form())
        yield code(name), ", ".join(map(code, keys)), values, "yes" if stated.secret else ""
