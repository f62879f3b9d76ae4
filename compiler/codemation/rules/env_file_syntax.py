"""CM005: a line of an env file is not an assignment."""

from __future__ import annotations

from collections.abc import Iterator

from codemation.diagnostics import Diagnostic
from codemation.origin import EnvironmentOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.host_variables import HOST_VARIABLES, MODES, SWITCHES
from codemation.sources.environment import COMPANION


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report every line that says nothing. The line itself is never shown: it may hold a secret."""
    files = [file for file in model.environment.files if file.odd or file.broken]
    if not files:
        return
    known = {*model.catalogue.variables, *model.variables.values(), *SWITCHES}
    known |= {name + COMPANION for names in model.offers.names.values() for name in names}
    for file in files:
        for meant, entry in file.odd.items():
            if meant in known or meant in HOST_VARIABLES:
                yield RULE.at(
                    model,
                    EnvironmentOrigin(meant, file.name, entry.line),
                    f"line {entry.line} of {file.name} seems to set `{meant}`, but the name is another one",
                    f"write the name as `{meant}`, without quotes, dashes and characters that nobody sees",
                    key=meant,
                )
        for broken in file.broken:
            # Any other word may be a secret itself: a line of a key, a password on a line of its own.
            name = next((word for word in broken.words if word in known or word in MODES), None)
            text, remedy = "is not an assignment", f"write `{name or 'NAME'}=value`, or start the line with `#`"
            if broken.open_quote:
                text, remedy = "opens a quote and does not close it", "close the quote, or write the value without one"
            elif broken.behind_quote:
                text, remedy = "has something behind its closing quote", "take it out; a comment starts with ` #`"
            elif name and broken.words[0] != name:
                remedy = f"write `{name}=value`, with nothing before the name, or start the line with `#`"
            elif broken.bare_name and name:
                text = f"names `{name}` but gives it no value"
            yield RULE.at(
                model,
                EnvironmentOrigin(name or "", file.name, broken.line),
                f"line {broken.line} of {file.name} {text}",
                remedy,
                key=name,
            )


RULE = Rule(
    "CM005",
    "env-file-syntax",
    "error",
    "a line of an env file is not an assignment",
    """\
Every line of an env file is `NAME=value`, `export NAME=value`, a comment or empty (python-dotenv's
grammar). Other loaders drop a line that is none of these in silence; the variable that it should
have set is then simply missing. So is one whose name only looks like ours: in quotes, with a dash
before or in it, or a character that nobody sees. The line's text is not shown, because it may hold a secret.

Example:

    DATABASE_URL postgresql://app@db/codemation

Instead:

    DATABASE_URL=postgresql://app@db/codemation
""",
    needs="nothing",
)
