"""Every generated file is what its generator writes now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generate import ROOT, generated

FILES = [pytest.param(path, text, id=path.relative_to(ROOT).as_posix()) for path, text in generated()]


@pytest.mark.parametrize(("path", "text"), FILES)
def test_it_is_fresh(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale: run `make generate`"


@pytest.mark.parametrize(("path", "text"), FILES)
def test_it_ends_in_one_line_feed_and_has_no_others_line_ends(path: Path, text: str) -> None:
    assert path.read_bytes() == text.encode()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\r" not in text


def test_every_file_is_written_once() -> None:
    paths = [path for path, _ in generated()]
    assert len(paths) == len(set(paths)) >= 3
