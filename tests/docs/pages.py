"""The pages of the documentation, and what they are made of.

A block below a line that ends in a file's name (`` `NAME`: ``) is that file; below one that ends in `` `NAME` gets: ``
it is added to the file, TOML to its table. One that is named `examples/…` shows that file of the repository. In a
`console` block each line that begins with `$ ` is a command, and the rest is what it prints, 80 columns wide.
`shell.py` runs them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
GENERATED = DOCS / "reference"

LIVE = {DOCS / "graduation.md", *(DOCS / f"guides/{name}.md" for name in ("postgresql", "poolers", "redis-workers"))}
"""Pages whose commands need PostgreSQL or Redis: a test runs them with real ones."""

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"`([\w./@-]+)`( gets)?:\n\n$")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


SHOWN = "examples/"


class Block(NamedTuple):
    """A block: its language and text, the file that it is or is added to (`adds`), and where its text stands."""

    language: str
    text: str
    file: str
    adds: bool
    start: int
    end: int


def all_pages() -> list[Path]:
    """Every page, the front page of the repository first."""
    return [README, *sorted(DOCS.rglob("*.md"))]


def written_pages() -> list[Path]:
    """The pages that people write."""
    return [page for page in all_pages() if page.parent != GENERATED]


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page's text."""
    for match in BLOCK.finditer(text):
        named = _NAMED.search(text, max(0, match.start() - 200), match.start())
        file, adds = (named[1], bool(named[2])) if named else ("", False)
        yield Block(match[1], match[2], file, adds, match.start(2), match.end(2))


def prose(text: str) -> str:
    """A page's text without its blocks."""
    return BLOCK.sub("", text)


def anchors(text: str) -> set[str]:
    """The fragments that lead to the headings of a page, as GitHub and MyST make them."""
    found: set[str] = set()
    for heading in _HEADING.findall(prose(text)):
        base = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        name, number = base, 0
        while name in found:
            number += 1
            name = f"{base}-{number}"
        found.add(name)
    return found


def links(text: str) -> list[str]:
    """Where a page's links lead."""
    return _LINK.findall(prose(text))


def steps(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block with what it is said to print."""
    for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, printed = step.partition("\n")
        yield command, printed
