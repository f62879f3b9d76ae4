"""`make generate` writes the pages that need servers, too, and says which it cannot write."""

from __future__ import annotations

import pytest

from tests.backend.doctor import places
from tests.docs import live
from tests.docs.pages import LIVE, ROOT
from tests.postgresql_server import EXTERNAL


def texts() -> list[str]:
    return [page.read_text(encoding="utf-8") for page in sorted(LIVE)]


@pytest.mark.parametrize("lacks", ["a PostgreSQL of our own", "Redis"])
def test_what_is_not_written_is_told_in_one_line(
    lacks: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if lacks != "Redis":
        places.redis_program()  # Without one, that is what is told.
    before = texts()
    monkeypatch.setenv(EXTERNAL, "postgresql://db.example.com/postgres")
    if lacks == "Redis":
        monkeypatch.setattr("tests.backend.doctor.places.redis_program", lambda: pytest.skip("no Redis"))
    live.main()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    for page in LIVE:
        assert page.relative_to(ROOT).as_posix() in said
    assert f"({'no Redis' if lacks == 'Redis' else 'needs a server started here'}). CONTRIBUTING.md" in said
    assert texts() == before
