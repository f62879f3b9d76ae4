"""The names of one secret: places before names, companions in `_FILE`, against a model that shares no code."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from msgspec import Struct

import codemation
from codemation.explain.candidates import Resolved
from codemation.origin import EnvironmentOrigin
from tests.torture import FACTOR

MANY = 2_000 * FACTOR
GOOD = [f"postgresql://h{number}/d" for number in range(9)]
BAD = "mysql://h/d"
VALUES = (*GOOD[:3], " ", "", BAD, f" {GOOD[3]} ", "'quoted'")
FILES = {
    "good": f"{GOOD[4]}\n",
    "crlf": f"{GOOD[5]}\r\n",
    "bad": BAD,
    "blank": " \n",
    "two": "postgresql://h/d\nx",
    "large": "x" * 70_000,
    "bytes": "\udcff",
}
PATHS = (*FILES, "missing", "folder", "", " good ", "${SECRETS}/good")
NAMES = ("CODEMATION_DATABASE_URL", "DATABASE_URL")


class Told(Struct, frozen=True):
    """What the model expects: the URL, who decides, and the codes of what is wrong."""

    url: str | None
    variable: str | None
    place: int | None
    errors: list[str]
    warnings: list[str]


def judged(name: str, text: str) -> tuple[str | None, str | None]:
    """The URL of a variable, or the code of what is wrong with it."""
    if name.endswith("_FILE"):
        if "$" in text:
            return None, "CM201"
        if text not in FILES or text in {"blank", "large", "bytes"}:
            return None, "CM204"
        text = FILES[text].strip()
    good = text.startswith("postgresql://") and "\n" not in text
    return (text, None) if good else (None, "CM201")


def expect(places: Sequence[Mapping[str, str]], names: tuple[str, ...]) -> Told:
    """The highest place first; in each the first name, and of each name itself or its companion."""
    said: list[tuple[int, str, str | None, str | None]] = []
    hidden: set[str] = set()
    for number, place in enumerate(places):
        for name in names:
            pair = [one for one in (name, f"{name}_FILE") if one not in hidden and place.get(one, "").strip()]
            if len(pair) == 2:
                said += [(number, pair[0], None, "CM106")]
            for one in pair if len(pair) == 1 else ():
                said.append((number, one, *judged(one, place[one].strip())))
        hidden |= {one for one in place if one.removesuffix("_FILE") in names}
    if not said:
        return Told(None, None, None, [], [])
    first, *others = said
    errors = [first[3]] if first[3] else []
    return Told(first[2], first[1], first[0], errors, sorted(code for *_, code in others if code))


def environments() -> Iterator[tuple[list[dict[str, str]], str | None]]:
    """The process and up to two env files, and the name in `urlEnv`."""
    chance = random.Random(7)
    for _ in range(MANY):
        reference = chance.choice((None, None, None, "APP_PG", "DATABASE_URL"))
        places = []
        for _ in range(chance.choice((1, 2, 2, 3))):
            place = {}
            for name in (*NAMES, "APP_PG"):
                for one, values in ((name, VALUES), (f"{name}_FILE", PATHS)):
                    if chance.random() < 0.25:
                        place[one] = chance.choice(values)
            places.append(place)
        yield places, reference


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    (tmp_path / "folder").mkdir()
    return tmp_path


def quoted(value: str) -> str:
    return f'"{value}"' if value else ""


def test_names_places_and_files_agree_with_the_model(project: Path) -> None:
    for places, reference in environments():
        process, *files = places
        paths = []
        for number, file in enumerate(files):
            path = project / f"{number}.env"
            path.write_text("".join(f"{name}={quoted(value)}\n" for name, value in file.items()))
            paths.append(path)
        (project / "codemation.toml").write_text(f'app.database.urlEnv = "{reference}"\n' if reference else "")
        told = expect(places, (reference,) if reference else NAMES)
        found = codemation.compile(project, env=process, env_files=paths[::-1])
        about = {"CM106", "CM201", "CM204"}
        errors = [one.code for one in found.diagnostics if one.severity == "error" and one.code in about]
        warnings = [one.code for one in found.diagnostics if one.severity == "warning" and one.code in about]
        assert (errors, sorted(warnings)) == (told.errors, told.warnings), (places, reference)
        resolved = next(one for one in found.trace if one.key == "runtime.database.url")
        origin = winner(resolved)
        if told.url is None:
            assert resolved.status == ("rejected" if told.variable else "unset")
            continue
        assert found.runtime is not None
        assert found.runtime.database.url == told.url, (places, reference)
        assert origin is not None
        assert origin.variable == told.variable
        assert origin.file == (f"{told.place - 1}.env" if told.place else None)


def winner(resolved: Resolved) -> EnvironmentOrigin | None:
    origins = [one.origin for one in resolved.candidates if one.status == "won"]
    return next((one for one in origins if isinstance(one, EnvironmentOrigin)), None)


def test_every_name_that_is_set_is_told(project: Path) -> None:
    (project / ".env").write_text(f"CODEMATION_DATABASE_URL={GOOD[0]}\nDATABASE_URL={GOOD[1]}\n")
    process = {"DATABASE_URL": GOOD[2], "CODEMATION_DATABASE_URL_FILE": "good", "REDIS_URL_FILE": "missing"}
    found = codemation.compile(project, env=process, env_files=[project / ".env"])
    resolved = next(one for one in found.trace if one.key == "runtime.database.url")
    told = [(one.origin, one.status) for one in resolved.candidates if one.source == "environment"]
    assert told == [
        (EnvironmentOrigin("CODEMATION_DATABASE_URL_FILE", None, None, "good"), "won"),
        (EnvironmentOrigin("DATABASE_URL"), "outranked"),
        (EnvironmentOrigin("CODEMATION_DATABASE_URL", ".env", 1), "outranked"),
        (EnvironmentOrigin("DATABASE_URL", ".env", 2), "hidden"),
    ]
    redis = next(one for one in found.trace if one.key == "runtime.eventBus.redisUrl")
    assert redis.status == "rejected"


def test_what_a_host_reads_may_stand_in_a_file(project: Path) -> None:
    (project / "secret").write_text("a secret of some length\n")
    process = {"NODE_ENV": "production", "AUTH_SECRET_FILE": "secret", "GH_ID": "x", "GH_SECRET_FILE": "secret"}
    process["CODEMATION_DATABASE_KIND"] = "sqlite"
    (project / "codemation.toml").write_text(
        '[[app.auth.oauth]]\nprovider = "github"\nclientIdEnv = "GH_ID"\nclientSecretEnv = "GH_SECRET"\n'
    )
    found = codemation.compile(project, env=process)
    assert found.diagnostics == ()
    assert found.secret("AUTH_SECRET") == found.secret("GH_SECRET") == "a secret of some length"
    assert found.secret("GH_ID") == "x"
    assert found.secret("OTHER") is None
    for broken, code in (({"AUTH_SECRET_FILE": "missing"}, "CM204"), ({"AUTH_SECRET": "x"}, "CM106")):
        wrong = codemation.compile(project, env=process | broken)
        assert [one.code for one in wrong.diagnostics] == [code]
        assert wrong.secret("AUTH_SECRET") is None
    wrong = codemation.compile(project, env=process | {"GH_SECRET_FILE": "missing"})
    assert [(one.code, one.key) for one in wrong.diagnostics] == [("CM204", "GH_SECRET_FILE")]


def test_a_host_is_given_its_secrets_and_warnings(project: Path, caplog: pytest.LogCaptureFixture) -> None:
    (project / "codemation.toml").write_text("app.retention.runSeconds = 999999999\n")
    with codemation.boot(project, env={"AUTH_SECRET_FILE": "good"}) as host:
        assert host.secret("AUTH_SECRET") == GOOD[4]
        assert {one.code for one in host.warnings} == {"CM404"}
    logged = [(one.name, one.levelname, "CM404" in one.getMessage()) for one in caplog.records]
    assert logged == [("codemation", "WARNING", True)] * len(host.warnings)


def test_an_env_file_names_regular_files_only(project: Path) -> None:
    os.mkfifo(project / "pipe")
    (project / ".env").write_text("DATABASE_URL_FILE=pipe\n")
    (found,) = codemation.compile(project, env={}, env_files=[project / ".env"]).diagnostics
    assert (found.code, found.key) == ("CM204", "DATABASE_URL_FILE")
    assert "is a pipe or a device" in found.message


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("postgresql://app@db/codemation", "it is a URL, and no file's path: put it into DATABASE_URL"),
        ("~/url", "write the whole path: nothing is expanded here"),
        ("$CREDENTIALS_DIRECTORY/url", "write the whole path: nothing is expanded here"),
        ("utf-16", "save the file as UTF-8"),
        ("/run/secrets/none", "mount the secret there"),
    ],
)
def test_what_to_do_about_the_file_of_a_secret(project: Path, value: str, said: str) -> None:
    (project / "utf-16").write_text("postgresql://app@db/codemation", encoding="utf-16")
    (found,) = codemation.compile(project, env={"DATABASE_URL_FILE": value}).diagnostics
    assert found.code == "CM204"
    assert said in (found.help or "")


@pytest.mark.parametrize("value", ["S3cretCanary", "postgresql://u:S3cretCanary@h/d", "host=h password=S3cretCanary"])
def test_a_secret_in_place_of_a_path_is_not_shown(project: Path, value: str) -> None:
    found = codemation.compile(project, env={"DATABASE_URL_FILE": value, "AUTH_SECRET_FILE": value})
    assert [one.code for one in found.diagnostics] == ["CM204", "CM204"]
    assert "S3cretCanary" not in repr((found.diagnostics, found.trace))
