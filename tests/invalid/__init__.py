"""Bad input beside the text that it gets: one folder for each case.

codemation.toml, .env   the input, where there is any (and whatever else the case needs)
case.toml               `arguments` of `codemation check`, the process `[environment]` (there is no other), and
                        `diagnostics`: code, severity and what the span covers (left out where there is no span)
expected.txt            what `codemation check` prints there: `make generate` writes it, people read it
"""

from __future__ import annotations

import io
import os
import tomllib
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any
from unittest import mock

from msgspec import Struct

from codemation.cli import main

FOLDER = Path(__file__).parent


class Case(Struct, frozen=True):
    """One case. `diagnostics` are in the order of the report."""

    folder: Path
    diagnostics: list[list[str]]
    arguments: list[str]
    environment: dict[str, str]

    @property
    def expected(self) -> Path:
        return self.folder / "expected.txt"

    def check(self, *options: str) -> tuple[int, str]:
        """The exit code and the output of `codemation check` in the case's folder."""
        named = {"--root", "--config"}.intersection(self.arguments)
        return run("check", *([] if named else ["--root", "."]), *self.arguments, *options, case=self)


def run(*arguments: str, case: Case) -> tuple[int, str]:
    """Run a command where the case is; on standard error there must be nothing."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n", write_through=True)
    errors = io.StringIO()
    with (
        mock.patch.dict(os.environ, case.environment, clear=True),
        chdir(case.folder),
        redirect_stdout(out),
        redirect_stderr(errors),
    ):
        code = main(arguments)
    assert not errors.getvalue(), errors.getvalue()
    out.seek(0)
    return code, out.read()


def cases() -> Iterator[Case]:
    """Every case, by name."""
    for path in sorted(FOLDER.glob("*/case.toml")):
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        case = Case(path.parent, data.pop("diagnostics"), data.pop("arguments", []), data.pop("environment", {}))
        assert not data, f"{path}: {sorted(data)} mean nothing here"
        yield case


def expected_texts() -> Iterator[tuple[Path, str]]:
    """Every `expected.txt` with what belongs into it."""
    for case in cases():
        yield case.expected, case.check()[1]
