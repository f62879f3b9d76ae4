"""Which object a program exports, and whether anything else has a say in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from codemation.sources.typescript.nodes import Node, Table, Untold, changed
from codemation.sources.typescript.tokens import Tokens
from codemation.sources.typescript.values import USES, Values

_LONGEST: Final = 20
"""Of how many words and marks the name of a function may be made."""

_OPERATORS: Final = frozenset({"new", "function", "class", "async", "typeof", "void", "delete", "import"})
"""Words before a bracket that calls no function, or one whose result is something else."""

_NONE: Final = "it exports no object that is written out in it"
_SEVERAL: Final = "it exports more than once"


def exported(tokens: Tokens) -> Table | Untold:
    """What the one object says that is exported."""
    values = Values(tokens)
    spans = list(_exports(values))
    if len(spans) > 1 or sum(token.text == "exports" for token in values.all) > 1:
        return Untold(_SEVERAL, values.at(spans[-1][0]).line if spans else 0)
    if not spans:
        return Untold(_NONE, 0)
    at, end = spans[0]
    return _object(values, at, values.expression_end(at) if end is None else end)


def _exports(values: Values) -> Iterator[tuple[int, int | None]]:
    """Where the values stand that are exported as a whole; `None`: to the end of the expression."""
    for at in (*values.after("export", "default"), *values.after("export", "=")):
        yield at, None
    for at in values.after("module", ".", "exports", "="):
        # In brackets, or as a part of a statement, it may not be what happens.
        yield at, None if values.is_statement(at - 4) else at
    for at in values.after("as", "default"):
        brace = values.bracket(at - 2)
        if values.at(brace).text == "{" and values.at(brace - 1).text == "export":
            another = values.at(values.behind(brace)).text == "from"
            yield (at, at) if another else (at - 3, at - 2)


def _object(values: Values, at: int, end: int) -> Table | Untold:
    """The object that stands alone, as a constant, or as the one argument of a function of others."""
    line = values.at(at).line
    if at == end:
        return Untold(_NONE, line)
    end = values.without_assertions(at, end)
    # Each name is used up by it: every round is for another one.
    while at + 1 == end and values.uses[values.at(at).text] == USES and (span := values.constant(values.at(at).text)):
        at, end = span[0], values.without_assertions(*span)
    start = _called(values, at)
    names = {token.text for token in values.all[at:start] if token.kind == "name"}
    if start == at or values.at(start).text != "(" or start >= end or names & _OPERATORS:
        return _of(values.value(at, end), line)
    close = values.behind(start) - 1
    stop = values.entry_end(start + 1, close)
    table = _of(values.value(start + 1, stop), line)
    if stop < close - 1 or close + 1 < end:
        why = "what is done with the object may change it"
    else:
        why = "a function of this file may change it" if names & values.declared else ""
    return changed(table, why) if why and isinstance(table, Table) else table


def _of(node: Node | None, line: int) -> Table | Untold:
    return node if isinstance(node, Table) else Untold(node.why if isinstance(node, Untold) else _NONE, line)


def _called(values: Values, at: int) -> int:
    """The position behind the name of a function, if that is what stands there."""
    end = at
    while end - at < _LONGEST and (values.at(end).kind == "name" or (end > at and values.at(end).text in {*".<>,"})):
        end += 1
    return end
