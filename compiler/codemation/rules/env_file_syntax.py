"""CM005: a line of an env file is not an assignment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from codemation.diagnostics import Diagnostic
from codemation.origin import EnvironmentOrigin
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.host_variables import HOST_VARIABLES, MODES, SWITCHES
from codemation.sources.environment import COMPANION, BrokenLine, EnvFile


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report every line that says nothing. The line itself is never shown: it may hold a secret."""
    files = [file for file in model.environment.files if file.odd or file.broken or _takes(file)]
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
            yield _of_broken(model, file, broken, known)
        for name, entry in file.entries.items():
            # It may be meant: one variable may hold what another program reads as a file.
            lost = _of_ours(entry.taken, known)
            if any(model.environment.text(taken) is None for taken, _ in lost):
                yield RULE.at(
                    model,
                    EnvironmentOrigin(name, file.name, entry.line),
                    f"the quote that line {entry.line} of {file.name} opens is closed further down, {_lost(lost)}",
                    f"close the quote at the end of line {entry.line}, unless all of it is one value",
                    key=lost[0][0],
                    severity="warning",
                )


def _takes(file: EnvFile) -> bool:
    return any(entry.taken for entry in file.entries.values())


def _of_broken(model: SemanticModel, file: EnvFile, broken: BrokenLine, known: Collection[str | None]) -> Diagnostic:
    """What is wrong with a line that sets nothing."""
    # Any other word may be a secret itself: a line of a key, a password on a line of its own.
    name = next((word for word in broken.words if word in known or word in MODES), None)
    lost = _of_ours(broken.taken, known)
    text, remedy = "is not an assignment", f"write `{name or 'NAME'}=value`, or start the line with `#`"
    if broken.open_quote:
        text, remedy = "opens a quote and does not close it", "close the quote, or write the value without one"
        text += f", {_lost(lost)}" if lost else ""
    elif broken.behind_quote:
        text, remedy = "has something behind its closing quote", "take it out; a comment starts with ` #`"
    elif broken.unseen:
        what = "a NUL byte" if broken.unseen == "\0" else f"U+{ord(broken.unseen):04X}, which nobody sees,"
        text, remedy = f"holds {what} and is not an assignment", "take the line out, or type it anew"
    elif name and broken.words[0] != name:
        remedy = f"write `{name}=value`, with nothing before the name, or start the line with `#`"
    elif broken.bare_name and name:
        text = f"names `{name}` but gives it no value"
    return RULE.at(
        model,
        EnvironmentOrigin(name or "", file.name, broken.line),
        f"line {broken.line} of {file.name} {text}",
        remedy,
        key=name or (lost[0][0] if lost else None),
    )


def _of_ours(names: Sequence[tuple[str, int]], known: Collection[str | None]) -> list[tuple[str, int]]:
    return [(name, line) for name, line in names if name in known or name in HOST_VARIABLES]


def _lost(names: Sequence[tuple[str, int]]) -> str:
    """That lines are a part of a value."""
    lines = " and ".join(str(line) for _, line in names)
    lines = f"lines {lines} do" if len(names) > 1 else f"line {lines} does"
    return f"so that {lines} not set {' and '.join(f'`{name}`' for name, _ in names)}"


RULE = Rule(
    "CM005",
    "env-file-syntax",
    "error",
    "a line of an env file is not an assignment",
    """\
Every line of an env file is `NAME=value`, `export NAME=value`, a comment or empty (python-dotenv's
grammar). Other loaders drop a line that is none of these in silence; the variable that it should
have set is then simply missing. So is one whose name only looks like ours: in quotes, with a dash
before or in it, or a character that nobody sees; and one whose line is a part of another value, because a quote
above it is not closed (a warning where that value ends with a quote further down, and may be meant). The line's text
is not shown, because it may hold a secret.

Example:

    DATABASE_URL postgresql://app@db/codemation

Instead:

    DATABASE_URL=postgresql://app@db/codemation
""",
    needs="nothing",
)
