"""What the guides say of the program is what the program is."""

from __future__ import annotations

import re
from typing import get_args

from codemation.cli import FAILED, NO, OK, USAGE, WRONG
from codemation.origin import Source
from tests.docs.pages import DOCS

GUIDES = DOCS / "guides"


def test_the_precedence_is_that_of_the_code() -> None:
    text = (GUIDES / "precedence.md").read_text(encoding="utf-8")
    ranks = re.findall(r"^\| (\d) \| \*\*(.*?)\*\* \|", text, re.MULTILINE)
    words = {"app": "app form", "runtime": "runtime form"}
    assert ranks == [(str(rank), words.get(source, source)) for rank, source in enumerate(get_args(Source), 1)]


def test_the_exit_codes_are_those_of_the_code() -> None:
    codes = re.findall(r"^\| `(\d)` \|", (GUIDES / "command-line.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert codes == [str(code) for code in (OK, WRONG, USAGE, FAILED, NO)]
