"""Other languages: comments, merge markers, JSON, YAML, INI, templates; headers, inline tables and arrays."""

from __future__ import annotations

from typing import Final

from codemation.settings.elsewhere import KEYS
from codemation.settings.habits.line import Line, safe
from codemation.text.patterns import lazy

COMMENT: Final = "a comment starts with `#`, in a line of its own or behind a value"
MERGE: Final = "the file holds both sides of a merge: keep one, and take out the lines `<<<<<<<`, `=======`, `>>>>>>>`"
TEMPLATE: Final = "it is a template that was not filled in: fill it in first, or set the settings' variables"
OWN_LINE: Final = "write each `key = value` on a line of its own"

_STARTS: Final = (
    (lazy(r"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?"), MERGE),
    (lazy(r"(?:\{\{|\{%|<%).*"), TEMPLATE),
    (lazy(r"(?:```|~~~).*"), "it is Markdown: take out the lines around what is TOML"),
    (lazy(r"<\?xml.*|<[A-Za-z].*"), 'it is XML: write TOML, such as `[app.database]` and below it `kind = "sqlite"`'),
    (lazy(r"(?://|/\*|\*/|\* |;|--(?:[^-]|$)|<!--|%|!|'(?:[^']*$)|REM\b|rem\b|dnl\b).*"), COMMENT),
    (lazy(r"---\s*|\.\.\.\s*"), "it is YAML: TOML has no such line; take it out"),
    (lazy(r"-\s.*"), 'it is YAML: in TOML an array is `key = ["a", "b"]`'),
    (lazy(r"[{(].*"), 'it is JSON: write TOML, such as `[app.database]` and below it `kind = "sqlite"`'),
    (lazy(r"\$schema\b.*"), KEYS[""]["$schema"]),
    (
        lazy(r"(?:import|export\s+default|export\s+const|const|let|var|module\.exports|return)\b.*"),
        'it is a program: write TOML, such as `[app.database]` and below it `kind = "sqlite"`',
    ),
    (lazy(r"@?(?:include|import|extends|source)\b.*"), "TOML includes no other file: state it here"),
)
"""By what a line starts with, where the parser took it for a statement."""

_INSIDE: Final = lazy(r"[ \t]*\[{1,2}(.*?)\]{0,2}[ \t]*(?:#.*)?")
_WORKFLOW: Final = lazy(r"((?:runtime\.)?workflows)\.(.*?)((?:\.prunePolicy)?(?:\.[A-Za-z]+)?)")
_NEXT_PAIR: Final = lazy(r"[,;]?\s*[A-Za-z0-9_.\"'-]+\s*=.*")


def of_structure(line: Line) -> str | None:
    """What to write in place of a line, a header, an inline table or an array."""
    start = line.text.lstrip()
    if line.inside_text and not line.message.startswith("Invalid statement"):
        return None
    if not start.startswith("[") and line.message.startswith(("Invalid statement", "Expected '='", "Invalid initial")):
        found = next((help_ for pattern, help_ in _STARTS if pattern.fullmatch(start)), None)
        if found:
            return found
    if line.message == "Unclosed array":
        return _of_array(line)
    if start.startswith("["):
        return _of_header_end(line) if line.message.startswith("Expected newline") else _of_header(line)
    inline = line.message.startswith("Invalid initial") or line.message == "Unclosed inline table"
    return _of_inline_table(line) if inline else None


def _of_header_end(line: Line) -> str:
    """Something follows a header."""
    rest = line.rest.strip()
    if rest.startswith("]"):
        return "take out one of the brackets at the end"
    if _NEXT_PAIR.fullmatch(rest):
        return "write what belongs to the table on the lines below its header"
    if rest.startswith((".", "[")):
        return "write the whole name in one pair of brackets: `[app.database]`"
    if rest.startswith(("{", ":", "=", ",")):
        return f"take out the `{rest[0]}`: what belongs to the table stands on the lines below its header"
    return COMMENT


def _of_header(line: Line) -> str | None:
    """A name in brackets that is none."""
    # A header that is not closed says so by itself.
    if not line.message.startswith(("Expected ']", "Invalid initial")) or not line.rest.strip():
        return None
    if line.message.startswith("Expected ']]'") and line.rest.strip() == "]":
        return "close the name with two brackets, as it was opened"
    found = _INSIDE.fullmatch(line.text)
    inside = found[1].strip() if found else ""
    workflow = _WORKFLOW.fullmatch(inside)
    if workflow:
        return _of_workflow(*workflow.groups())
    if not inside or inside.endswith("."):
        return "name a table between the brackets: `[app.database]`"
    names = tuple(lazy(r"[A-Za-z0-9_]+").findall(inside))
    if line.catalogue.node(names) is not None and inside.replace(" ", "") != ".".join(names):
        return f"put dots between the names: `[{'.'.join(names)}]`"
    return (
        "close the table's name with its bracket, before the comment"
        if line.rest.startswith("#")
        else 'put a name with blanks or signs in quotes, and a dot between names: `[workflows."my flow"]`'
    )


def _of_workflow(table: str, name: str, policy: str) -> str:
    """A workflow's id that needs quotes, or stands for all of them."""
    if name.strip() in {"*", "<id>", ""}:
        return "name a workflow, as in `[workflows.orders.prunePolicy]`; what holds for all is `[app.retention]`"
    return f'put the workflow\'s id in quotes: `[{table}."{safe(name) or "my flow"}"{policy or ".prunePolicy"}]`'


def _of_inline_table(line: Line) -> str | None:
    rest, before = line.rest.strip(), line.before.rstrip()
    if before.endswith("{") and rest.startswith(("{", "%")):
        return TEMPLATE
    if not rest or rest.startswith("#"):
        return "an inline table stands on one line: write a table with a header instead, such as `[app.database]`"
    if rest.startswith("}") and before.endswith(","):
        return "take out the last comma: an inline table ends without one"
    if line.message == "Unclosed inline table":
        return "put a comma between `key = value` and the next, and a `}` at the end"
    return "put a name with blanks or signs in quotes; between names stands one dot"


def _of_array(line: Line) -> str | None:
    rest = line.rest.strip()
    if rest.startswith(("[", "#")) or not rest or _NEXT_PAIR.fullmatch(rest):
        return "close the array that was opened above with `]`"
    return 'put a comma between items, and a `]` at the end: `["a", "b"]`'
