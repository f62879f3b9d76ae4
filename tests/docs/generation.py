"""What `make generate` writes of the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.docs.pages import DOCS, GENERATED, LIVE, written_pages
from tests.docs.reference import commands, diagnostics, library, man, settings, tables, variables
from tests.docs.shell import answered

MAN_PAGE = DOCS / "codemation.1"


def reference() -> Iterator[tuple[Path, str]]:
    """Every page that is made from declarations, with its text."""
    for module in (settings, variables, commands, diagnostics, tables, library):
        yield GENERATED / f"{module.__name__.rpartition('.')[2]}.md", module.page()
    yield MAN_PAGE, man.page()


def run_pages() -> list[Path]:
    """The pages whose commands run here, with nothing beside them."""
    return [page for page in written_pages() if page not in LIVE]


def rewritten() -> Iterator[tuple[Path, str]]:
    """Those pages, with what their commands print now."""
    for page in run_pages():
        yield page, answered(page.read_text(encoding="utf-8"))
