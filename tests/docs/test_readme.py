"""The README: what it says of the program is what the program is."""

from __future__ import annotations

import re

from tests.docs.pages import README, ROOT, blocks
from tests.test_examples import NAMES

TEXT = README.read_text(encoding="utf-8")


def test_the_first_block_is_the_two_commands() -> None:
    first = next(blocks(TEXT))
    assert first.language == "sh"
    assert [line.partition("#")[0].strip() for line in first.text.splitlines()] == ["make demo", "make test"]
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake (\w+)", TEXT)) <= targets


def test_every_example_is_listed() -> None:
    listed = re.findall(r"^\| \[`(.*?)`\]\(examples/\1\) \|", TEXT, re.MULTILINE)
    assert sorted(listed) == NAMES
