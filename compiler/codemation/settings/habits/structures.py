"""Other languages: comments, merge markers, JSON, YAML, INI, templates; headers, inline tables and arrays."""

from __future__ import annotations

from typing import Final

from codemation.settings.elsewhere import KEYS
from codemation.settings.habits.line import Line, safe
from codemation.text.patterns import lazy
from codemation.text.toml_lexemes import CLOSERS

COMMENT: Final = "a comment starts with `#`, in a line of its own or behind a value"
MERGE: Final = "the file holds both sides of a merge: keep one, and take out the lines `<<<<<<<`, `=======`, `>>>>>>>`"
TEMPLATE: Final = "it is a template that was not filled in: fill it in first, or set the settings' variables"
YAML: Final = 'it is YAML: write TOML, such as `[app.database]` and below it `kind = "sqlite"`'
OWN_LINE: Final = "write each `key = value` on a line of its own"

_STARTS: Final = (
    (lazy(r"(?:<{7}|={7}|>{7}|\|{7})(?: .*)?"), MERGE),
    (lazy(r"(?:\{\{|\{%|<%).*"), TEMPLATE),
    (lazy(r"(?:```|~~~).*"), "it is Markdown: take out the lines around what is TOML"),
    (lazy(r"<\?xml.*|<[A-Za-z].*"), 'it is XML: write TOML, such as `[app.database]` and below it `kind = "sqlite"`'),
    (lazy(r"(?:%(?:YAML|TAG)\b|<<:|!![a-z]|[&*][A-Za-z]|\?\s).*"), YAML),
    (lazy(r"(?://|/\*|\*/|\* |;|--(?:[^-]|$)|<!--|%|!|'(?:[^']*$)|REM\b|rem\b|dnl\b).*"), COMMENT),
    (lazy(r"(?:---|\.\.\.)(?:\s.*)?"), "it is YAML: TOML has no such line; take it out"),
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
_NAME_ALONE: Final = lazy(r"[({\[]+[ \t]*([A-Za-z0-9_.]+)[ \t]*[\]})>]+[ \t]*(?:#.*)?")
_STATEMENT: Final = lazy(
    r"""[ \t]*(?:\[{1,2}[^\[\],]+\]{1,2}[ \t]*(?:#.*)?|(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\.[^\s=]+)?[ \t]*=.*)"""
)
"""What stands on a line of its own: a header, or a key with what may be its value."""
_SIGNS: Final = lazy(r"[;,.\\({]{1,8}")
_WRONG_END: Final = lazy(r"[\]})>;,]{1,8}")
_CLOSED: Final = {"]": "array", "}": "inline table"}
_NEXT_PAIR: Final = lazy(r"[,;]?\s*[A-Za-z0-9_.\"'-]+\s*=.*")


def of_structure(line: Line) -> str | None:
    """What to write in place of a line, a header, an inline table or an array."""
    start = line.text.lstrip()
    open_bracket = _of_open_bracket(line)
    if open_bracket:
        return open_bracket
    if line.inside_text and not line.message.startswith("Invalid statement"):
        return None
    if not start.startswith("[") and line.message.startswith(("Invalid statement", "Expected '='", "Invalid initial")):
        found = _of_name_alone(line, start) or next(
            (help_ for pattern, help_ in _STARTS if pattern.fullmatch(start)), None
        )
        if found:
            return found
    if line.message == "Unclosed array":
        return 'put a comma between items, and a `]` at the end: `["a", "b"]`'
    if start.startswith("["):
        return _of_header_end(line) if line.message.startswith("Expected newline") else _of_header(line)
    inline = line.message.startswith("Invalid initial") or line.message == "Unclosed inline table"
    return _of_inline_table(line) if inline else None


def leaves_open(line: Line) -> bool:
    """Whether the parser stopped in an array that an earlier line opened and nothing closes."""
    if not line.open_above.endswith("[") or line.closes(whole=True):
        return False
    return _STATEMENT.fullmatch(line.text) is not None or (line.last and not line.rest.strip())


def _of_open_bracket(line: Line) -> str | None:
    """A bracket that is not closed, or with another one. Nothing of the line is repeated but brackets."""
    if not line.open or not line.message.startswith(("Unclosed", "Invalid value", "Invalid initial")):
        return None
    if leaves_open(line):
        return "close the array that was opened above with `]`"
    if line.open_above.endswith("[") and _STATEMENT.fullmatch(line.text) and not line.text.lstrip().startswith("["):
        return 'an array holds no `key = value`: write each table in it in braces, `{ key = "value" }`'
    wrong = line.rest.strip()[:1]
    mine = CLOSERS[line.open[-1]]
    if wrong and wrong in "]})>" and wrong != mine:
        outer = wrong in {CLOSERS[sign] for sign in line.open[:-1]}
        return f"close the {_CLOSED[mine]} with `{mine}` {'before the' if outer else 'in place of'} `{wrong}`"
    return _of_open_table(line) if mine == "}" else None


def _of_open_table(line: Line) -> str | None:
    """An inline table that its line does not close."""
    rest, before = line.rest.strip(), line.before.rstrip()
    if rest and not rest.startswith("#"):
        return None
    # More of it on the next line, or its bracket further on: it was to have several lines.
    goes_on = before.endswith("{") or (before.endswith(",") and _NEXT_PAIR.fullmatch(line.following.strip()))
    if goes_on or line.closes():
        return "an inline table stands on one line: write a table with a header instead, such as `[app.database]`"
    if before.endswith(","):
        return "close the inline table with `}` in place of the last comma"
    return f"close the inline table with `}}`{', before the comment' if rest else ''}"


def _of_name_alone(line: Line, start: str) -> str | None:
    """A table's name in brackets of another kind."""
    found = None if line.inside_text else _NAME_ALONE.fullmatch(start)
    name = safe(found[1]) if found else None
    known = name is not None and line.catalogue.node(tuple(name.split("."))) is not None
    return f"write the table's name in square brackets: `[{name}]`" if known else None


def _of_header_end(line: Line) -> str:
    """Something follows a header."""
    rest = line.rest.partition("#")[0].strip()
    if rest.startswith("]"):
        return "take out one of the brackets at the end"
    if _NEXT_PAIR.fullmatch(rest):
        return "write what belongs to the table on the lines below its header"
    if rest.startswith(("{", ":", "=", ",")):
        return f"take out the `{rest[0]}`: what belongs to the table stands on the lines below its header"
    if _SIGNS.fullmatch(rest):
        return f"take out the `{rest}`: a header ends with its bracket"
    if rest.startswith((".", "[")):
        return "write the whole name in one pair of brackets: `[app.database]`"
    return COMMENT


def _of_header(line: Line) -> str | None:
    """A name in brackets that is none."""
    # A header that is not closed says so by itself.
    if not line.message.startswith(("Expected ']", "Invalid initial")) or not line.rest.strip():
        return None
    closing = line.rest.partition("#")[0].strip()
    if line.message.startswith("Expected ']") and _WRONG_END.fullmatch(closing):
        return _of_wrong_end(line, closing)
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


def _of_wrong_end(line: Line, closing: str) -> str:
    """A header that ends with other signs than its bracket."""
    if closing == "]":
        return "close the name with two brackets, as it was opened"
    bracket = "]]" if line.message.startswith("Expected ']]'") else "]"
    return f"close the table's name with `{bracket}` in place of `{closing}`"


def _of_workflow(table: str, name: str, policy: str) -> str:
    """A workflow's id that needs quotes, or stands for all of them."""
    if name.strip() in {"*", "<id>", ""}:
        return "name a workflow, as in `[workflows.orders.prunePolicy]`; what holds for all is `[app.retention]`"
    return f'put the workflow\'s id in quotes: `[{table}."{safe(name) or "my flow"}"{policy or ".prunePolicy"}]`'


def _of_inline_table(line: Line) -> str | None:
    rest, before = line.rest.strip(), line.before.rstrip()
    if before.endswith("{") and rest.startswith(("{", "%")):
        return TEMPLATE
    if rest.startswith("}") and before.endswith(","):
        return "take out the last comma: an inline table ends without one"
    if line.message == "Unclosed inline table":
        return "put a comma between `key = value` and the next, and a `}` at the end"
    return "put a name with blanks or signs in quotes; between names stands one dot"
