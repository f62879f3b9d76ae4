"""The same work with dynaconf: it reads the file and the environment; it has no types, so `msgspec` gives them.

It is no dependency of anything else: `make bench` installs it (requirements/bench.txt).
"""

# mypy: disable-error-code="import-not-found, import-untyped"

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dynaconf import Dynaconf
from msgspec import convert

from tests.bench.by_hand import Document, Variables, decide


def prepare(root: Path) -> Callable[[], dict[str, Any]]:
    """The work for one project. It reads the process environment, as dynaconf can read no other."""

    def compile_here() -> dict[str, Any]:
        settings = Dynaconf(
            root_path=str(root), settings_files=["codemation.toml"], envvar_prefix=False, load_dotenv=False
        )
        data = settings.to_dict()
        document = convert({"app": data["APP"], "workflows": data["WORKFLOWS"]}, Document)
        return decide(document, convert(data, Variables), data, root)

    return compile_here
