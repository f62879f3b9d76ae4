"""Fixtures: what is copied, and where to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backend.copy.pairs import Pair, paired
from tests.conftest import Fresh


@pytest.fixture
def pair(tmp_path: Path, postgresql: Fresh) -> Iterator[Pair]:
    with paired(tmp_path, postgresql.url) as made:
        yield made
