"""Ways not to be fit for a host, as rows of a table.

A row says what is spoilt, which check tells of it, how bad that is, and what it and its help must say. No other check
may find anything: what is wrong is told once.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.backend.commands import Codemation


class Way(NamedTuple):
    """A way not to be fit: what is spoilt, the check that tells, its state, and words of its message and its help.

    `besides` are checks that rightly tell of something else; `remedy` is a statement that the help names, and that
    makes the database fit again.
    """

    what: str
    check: str
    state: str
    message: str
    help: str
    made: Any
    code: str | None = None
    besides: frozenset[str] = frozenset()
    remedy: str = ""


def found(codemation: Codemation, way: Way, usual: frozenset[str] = frozenset()) -> None:
    """That doctor finds it, and nothing else."""
    ran = codemation("doctor", "--format", "json")
    assert ran.err == "", "told once"
    checks = {check["name"]: check for check in json.loads(ran.out)["checks"]}
    told = checks[way.check]
    assert told["state"] == way.state, told
    assert way.message in told["message"], told["message"]
    assert way.help in told["help"], told["help"]
    assert way.remedy in told["help"], told["help"]
    if way.code:
        assert told["code"] == way.code
    others = {name for name, check in checks.items() if check["state"] in {"warning", "failed"}} - {way.check}
    assert others <= usual | way.besides, {name: checks[name] for name in others}
    failed = way.state == "failed" or any(checks[name]["state"] == "failed" for name in others)
    assert ran.code == (3 if failed else 0)
