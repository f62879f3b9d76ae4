"""`codemation diff`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.running import SECRET, run
from tests.schema.closed import validate_output

pytestmark = pytest.mark.usefixtures("project")


def differences(*names: str) -> list[dict[str, object]]:
    data = json.loads(run("diff", *names, "--format", "json").out)
    validate_output("diff", data)
    assert [side["name"] for side in data["sides"]] == [*names]
    return list(data["differences"])


def test_diff_tells_what_differs_and_why() -> None:
    Path(".env.a").write_text("CODEMATION_SCHEDULER=local\nQUEUE_PREFIX=x\n")
    Path(".env.b").write_text(f"DATABASE_URL={SECRET}\nQUEUE_PREFIX=x\n")
    ran = run("diff", ".env.a", ".env.b")
    assert (ran.code, ran.err) == (0, "")
    assert "s3cret" not in ran.out
    assert "database.kind   sqlite -> postgresql  because DATABASE_URL is set\n" in ran.out
    # The same value from another source differs too.
    assert "scheduler.kind  local on both sides  because CODEMATION_SCHEDULER is not set\n" in ran.out
    assert "\nFollows   database.sqliteFilePath" in ran.out
    data = differences(".env.a", ".env.b")
    assert [row["key"] for row in data] == [
        "runtime.database.kind",
        "runtime.database.url",
        "runtime.database.sqliteFilePath",
        "runtime.scheduler.kind",
    ]
    assert data[0] == {
        "key": "runtime.database.kind",
        "appKey": "app.database.kind",
        "follows": False,
        "secretDiffers": False,
        "sides": [
            {"value": "sqlite", "status": "won", "source": "default", "from": "default", "because": None},
            {
                "value": "postgresql",
                "status": "won",
                "source": "environment",
                "from": "DATABASE_URL",
                "because": "DATABASE_URL is set",
            },
        ],
    }
    assert [row["follows"] for row in data] == [False, False, True, False]


def test_the_cause_stands_beside_the_effect() -> None:
    Path(".env.a").write_text(f"DATABASE_URL={SECRET}\nCODEMATION_RUN_RETENTION_DEFAULT_SECONDS=3600\n")
    Path(".env.b").write_text(
        f"DATABASE_URL={SECRET}\nREDIS_URL=redis://h:1/0\nCODEMATION_RUN_RETENTION_DEFAULT_SECONDS=172800\n"
    )
    lines = " ".join(run("diff", ".env.a", ".env.b").out.split())
    assert "scheduler.kind local -> bullmq because REDIS_URL is set" in lines
    assert "runSeconds 3600 (1 h) -> 172800 (2 d) CODEMATION_RUN_RETENTION_DEFAULT_SECONDS differs" in lines
    follows = lines.partition("Follows ")[2]
    assert "eventBus.kind memory -> redis" in follows
    assert "retention.failedRunSeconds, retention.binarySeconds 3600 (1 h) -> 172800 (2 d)" in follows
    back = " ".join(run("diff", ".env.b", ".env.a").out.split())
    assert "scheduler.redisUrl redis://h:1/0 -> not set because REDIS_URL is not set" in back


def test_diff_of_secrets_alone() -> None:
    Path(".env.a").write_text("DATABASE_URL=postgresql://u:one@h/db\n")
    Path(".env.b").write_text("DATABASE_URL=postgresql://u:two@h/db\n")
    out = run("diff", ".env.a", ".env.b").out
    assert out.count("(the masked parts differ)") == 1
    assert not {"one", "two"} & set(re.findall(r"\w+", out))
    assert [row["secretDiffers"] for row in differences(".env.a", ".env.b")] == [True]


def test_settings_that_are_one_of_the_app_form_are_one_row_everywhere() -> None:
    Path(".env.a").write_text("QUEUE_PREFIX=a\n")
    Path(".env.b").write_text("QUEUE_PREFIX=b\n")
    assert run("diff", ".env.a", ".env.b").out.count("queuePrefix") == 1
    assert "1 setting of another value" in run("diff", ".env.a", ".env.b", "--format", "html").out
    assert len(differences(".env.a", ".env.b")) == 2


def test_three_and_more_are_a_table() -> None:
    Path(".env.a").write_text("QUEUE_PREFIX=a\n")
    Path(".env.b").write_text(f"QUEUE_PREFIX=b\nDATABASE_URL={SECRET}\n")
    Path(".env.c").write_text(f"QUEUE_PREFIX=a\nDATABASE_URL={SECRET}?options=-csearch_path%3Da_rather_long_one\n")
    out = run("diff", ".env.a", ".env.b", ".env.c").out
    assert "s3cret" not in out
    head, _, kind, why, *_ = out.splitlines()
    assert head.split() == [".env.a", ".env.b", ".env.c"]
    assert kind.split() == ["database.kind", "sqlite", "postgresql", "postgresql"]
    assert why == "  by default: .env.a; DATABASE_URL is set: .env.b, .env.c"
    assert [kind.index(it) for it in kind.split()[1:3]] == [head.index(it) for it in head.split()[:2]]
    # What does not fit has lines of its own.
    assert "\ndatabase.url\n  .env.a  not set\n  .env.b  postgresql://" in out
    assert max(map(len, (line for line in out.splitlines() if "postgresql://" not in line))) <= 80
    assert len(differences(".env.a", ".env.b", ".env.c")[0]["sides"]) == 3  # type: ignore[arg-type]
    assert run("diff", ".env.a", ".env.a", ".env.a").out.startswith("no setting differs between ")


def test_projects_are_compared_each_with_its_own_env_file() -> None:
    for name, prefix in (("one", "first"), ("two", "second")):
        Path(name).mkdir()
        Path(name, "codemation.toml").write_text('app.scheduler.queuePrefix = "stated"\n')
        Path(name, ".env").write_text(f"QUEUE_PREFIX={prefix}\n")
    lines = " ".join(run("diff", "one", "two").out.split())
    assert "scheduler.queuePrefix first -> second QUEUE_PREFIX differs" in lines
    # The same place in each project is no difference.
    assert "sqliteFilePath" not in lines
    Path("two", ".env").unlink()
    lines = " ".join(run("diff", "one", "two/codemation.toml").out.split())
    assert "scheduler.queuePrefix first -> stated because QUEUE_PREFIX is not set, and codemation.toml:1 says" in lines
    ran = run("diff", "one", "two", "--root", ".")
    assert (ran.code, "stands in place of --root" in ran.err) == (2, True)


def test_what_if_is_asked_of_every_side() -> None:
    Path(".env.a").write_text("QUEUE_PREFIX=a\n")
    Path(".env.b").write_text("QUEUE_PREFIX=b\n")
    for option in (("--set", "app.scheduler.queuePrefix=c"), ("--env", "QUEUE_PREFIX=c"), ("--unset", "QUEUE_PREFIX")):
        assert run("diff", ".env.a", ".env.b", *option).out == "no setting differs between .env.a and .env.b\n"


def test_diff_with_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE_PREFIX", "process")
    Path(".env").write_text("CODEMATION_EVENT_BUS=memory\n")
    found = differences("process", ".env")
    assert [row["key"] for row in found] == ["runtime.scheduler.queuePrefix", "runtime.eventBus.queuePrefix"]
    assert run("diff", "process", "process").out == "no setting differs between process and process\n"


def test_a_file_that_cannot_be_read_is_one_error() -> None:
    Path(".env.a").write_text("")
    for form in ("text", "json"):
        ran = run("diff", ".env.a", ".env.missing", "--format", form)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.count("error[CM004]") == 1
        assert "1 error" in ran.err


CAUSES = {
    "the file speaks where a variable is not set": (
        ("p='x'", "QUEUE_PREFIX=y"),
        ("p='x'", ""),
        "y -> x because QUEUE_PREFIX is not set, and codemation.toml:1 says so",
    ),
    "a blank variable is no unset one": (
        ("p='x'", "QUEUE_PREFIX=y"),
        ("", "QUEUE_PREFIX="),
        "y -> not set because QUEUE_PREFIX is blank",
    ),
    "a key that is not written": (
        ("p='x'", ""),
        ("", ""),
        "x -> not set because app.scheduler.queuePrefix is not written",
    ),
    "what outranks needs no absence": (
        ("p='x'", ""),
        ("p='x'", "QUEUE_PREFIX=y"),
        "x -> y because QUEUE_PREFIX is set",
    ),
    "another name": (
        ("", "CODEMATION_DATABASE_URL=postgresql://a"),
        ("", "DATABASE_URL=postgresql://b"),
        "postgresql://a -> postgresql://b because CODEMATION_DATABASE_URL is not set, and DATABASE_URL is set",
    ),
    "another name, the higher one": (
        ("", "DATABASE_URL=postgresql://b"),
        ("", "CODEMATION_DATABASE_URL=postgresql://a"),
        "postgresql://b -> postgresql://a because CODEMATION_DATABASE_URL is set",
    ),
    "what is inferred": (
        ("", "REDIS_URL=redis://h\nDATABASE_URL=postgresql://b"),
        ("", "REDIS_URL=\nDATABASE_URL=postgresql://b"),
        "bullmq -> local because REDIS_URL is blank",
    ),
    "a variable in whose place another is named": (
        ("", "DATABASE_URL=postgresql://b\nAPP_PG=postgresql://a"),
        ("e='APP_PG'", "DATABASE_URL=postgresql://b\nAPP_PG=postgresql://a"),
        "postgresql://b -> postgresql://a because DATABASE_URL is not consulted, and APP_PG is set",
    ),
    "one that is not named any more": (
        ("e='APP_PG'", "DATABASE_URL=postgresql://b\nAPP_PG=postgresql://a"),
        ("", "DATABASE_URL=postgresql://b\nAPP_PG=postgresql://a"),
        "postgresql://a -> postgresql://b because APP_PG is not named, and DATABASE_URL is set",
    ),
    "what does not apply, whoever says it": (
        ("", "CODEMATION_SQLITE_FILE_PATH=x.sqlite"),
        ("", "DATABASE_URL=postgresql://b"),
        "x.sqlite -> does not apply because `runtime.database.kind` is postgresql",
    ),
    "the companion of a secret": (
        ("", "DATABASE_URL_FILE=./secret"),
        ("", ""),
        "-> sqlite because DATABASE_URL_FILE is not set",
    ),
}
KEYS = {"p": "app.scheduler.queuePrefix", "e": "app.database.urlEnv"}


@pytest.mark.parametrize(("before", "after", "told"), CAUSES.values(), ids=list(CAUSES))
def test_the_cause_is_what_is_said_no_more_or_what_is_said_now(
    before: tuple[str, str], after: tuple[str, str], told: str
) -> None:
    for name, (line, variables) in (("before", before), ("after", after)):
        Path(name).mkdir()
        Path(name, "codemation.toml").write_text(KEYS[line[0]] + line[1:] if line else "")
        Path(name, ".env").write_text(variables)
        Path(name, "secret").write_text(SECRET)
    ran = run("diff", "before", "after")
    assert f"{told} " in f"{' '.join(ran.out.split())} "


def test_what_follows_in_a_workflow_that_a_side_does_not_have_is_summed_up() -> None:
    for name, text in (("with", "[workflows.a.prunePolicy]\nrunSeconds = 5\n"), ("without", "")):
        Path(name).mkdir()
        Path(name, "codemation.toml").write_text(text)
    leads, _, follows = run("diff", "with", "without").out.partition("\nFollows ")
    assert leads.count("no such workflow") == 1
    assert "because" not in leads
    assert "workflows.a.prunePolicy.binarySeconds 5 (5 s) -> no such workflow" in " ".join(follows.split())


def test_a_file_that_is_no_toml_is_one_error() -> None:
    Path("codemation.toml").write_text("[app\n")
    Path("other").mkdir()
    Path(".env.a").write_text("QUEUE_PREFIX=a\n")
    Path(".env.b").write_text("")
    for names in (
        (".env.a", ".env.b"),
        ("process", "other"),
        ("other", "process", ".env.a"),
        (".env.a", ".env.missing"),
    ):
        for more in ((), ("--json",), ("--exit-code",), ("--format", "html")):
            ran = run("diff", *names, *more)
            assert (ran.code, ran.out) == (1, ""), names
            assert ran.err.count("error[CM003]") == 1


def test_what_fails_where_is_said() -> None:
    Path(".env.a").write_text("")
    Path(".env.b").write_text("REDIS_URL=redis://h:1/0\n")
    ran = run("diff", ".env.a", ".env.b")
    assert ran.code == 1
    assert "\nFails     .env.b: 1 error (CM402)\n" in ran.out
    assert ran.err.startswith("\nin .env.b:\n\nerror[CM402]: ")
    ran = run("diff", ".env.a", ".env.b", "--json")
    assert (ran.code, ran.err) == (1, "")
    sides = json.loads(ran.out)["sides"]
    assert [(side["errors"], side["envFiles"]) for side in sides] == [(0, [".env.a"]), (1, [".env.b"])]
    assert [one["code"] for one in sides[1]["diagnostics"]] == ["CM402"]


def test_the_exit_code_of_a_difference() -> None:
    Path(".env.a").write_text("QUEUE_PREFIX=a\n")
    Path(".env.b").write_text("QUEUE_PREFIX=b\n")
    for names, code in (((".env.a", ".env.b"), 4), ((".env.a", ".env.a"), 0)):
        assert run("diff", *names).code == 0
        assert run("diff", "--exit-code", *names).code == code
        assert run("diff", "--exit-code", "--json", *names).code == code


def test_diff_as_a_page() -> None:
    Path(".env.a").write_text("QUEUE_PREFIX=a\n")
    Path(".env.b").write_text(f"DATABASE_URL={SECRET}\nREDIS_URL=redis://h:x/0\n")
    ran = run("diff", ".env.a", ".env.b", "--format", "html", "-o", "diff.html")
    assert (ran.code, ran.out) == (1, "")
    page = Path("diff.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    for said in (".env.a", ".env.b", "DATABASE_URL is set", "CM201"):
        assert said in re.sub(r"<wbr>|</?code>", "", page)
    assert "s3cret" not in page
    for file in (".env.a", "codemation.toml"):
        before = Path(file).read_bytes() if Path(file).exists() else None
        ran = run("diff", ".env.a", ".env.b", "--format", "html", "-o", file)
        assert before is None or (ran.code, Path(file).read_bytes()) == (2, before)
    Path("codemation.toml").unlink()
    assert run("diff", ".env.a", ".env.a", "--format", "html").out.startswith("<!DOCTYPE html>")
