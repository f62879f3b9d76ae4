"""CM405: a URL with a password, or another credential, in the file."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import Path
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.catalogue import dotted
from codemation.settings.setting import Setting


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report every credential that a secret setting states literally, whether it is in force or not."""
    for path, setting in model.catalogue.secret_paths:
        if path not in model.layers.file:
            continue
        for inner in setting.type.secrets(model.source.value(path)):
            place: Path = (*path, *inner)
            key = dotted(place)
            what = "credential" if inner else "password"
            yield RULE.at(
                model,
                model.source.origin(place, key),
                f"`{key}` holds a {what}, and {model.source.name} is a file that people check in",
                _remedy(setting),
                key=key,
                harmless=False,
            )


def _remedy(setting: Setting) -> str:
    if setting.reference:
        return f"put the URL into a variable and name it with `{dotted(setting.reference)}`"
    return "take it out, and let a credential of the host supply it: name its type in `acceptedCredentialTypes`"


RULE = Rule(
    "CM405",
    "secret-in-file",
    "warning",
    "a password or another credential in the file",
    """\
`codemation.toml` is made to be checked in, and a password in it is then known to everyone who can
read the repository, for ever. Put the URL into an environment variable (or a `.env` that is not
checked in) and name the variable.

Example:

    [app.database]
    url = "postgresql://app:secret@db.example.com/codemation"

Instead:

    [app.database]
    urlEnv = "APP_DATABASE_URL"

The same goes for `mcpServers`: a password, a token or a secret parameter in `url`, and a header under
`staticHeaders` that carries a credential by its name (`Authorization`, `Cookie`, `X-Api-Key`, …) or
its look (`Bearer …`). Other headers are masked in every output, but not warned about. Let a
credential of the host supply what the server asks for: name its type in `acceptedCredentialTypes`.
""",
)
