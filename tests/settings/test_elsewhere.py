"""What is said of keys and variables of other programs, and of likely slips."""

from __future__ import annotations

from pathlib import Path

import pytest

import codemation

RETENTION = "[app.retention]\n"


def help_of(folder: Path, text: str, env: dict[str, str] | None = None) -> list[str]:
    (folder / "codemation.toml").write_text(text)
    return [found.help or "" for found in codemation.compile(folder, env=env or {}).diagnostics]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (RETENTION + "ttlSeconds = 7\n", "did you mean `app.retention.runSeconds`?"),
        (RETENTION + "maxAgeSeconds = 7\n", "did you mean `app.retention.runSeconds`?"),
        (RETENTION + "telemetrySeconds = 7\n", "did you mean `telemetrySpanSeconds`?"),
        (RETENTION + "logSeconds = 7\n", "known here: `runSeconds`,"),
        (RETENTION + "intervalSeconds = 7\n", "what runs `codemation db prune` says how often"),
        ("[app.scheduler]\nqueue = 'mail'\n", "did you mean `app.scheduler.workerQueues`?"),
        ("'app.database.kind' = 'sqlite'\n", "take the quotes out: `app.database.kind`"),
        ("['app.database']\nkind = 'sqlite'\n", "take the quotes out: `app.database`"),
        ("[workflows]\nrunSeconds = 7\n", "name the workflow in the header, `[workflows.my-workflow.prunePolicy]`"),
    ],
)
def test_keys(tmp_path: Path, text: str, said: str) -> None:
    (found,) = help_of(tmp_path, text)
    assert said in found


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CODEMATION_CONFIG", "name the file with `--config`"),
        ("CODEMATION_ROOT", "name the project with `--root`"),
        ("CODEMATION_RETENTION_DAYS", "CODEMATION_RUN_RETENTION_DEFAULT_SECONDS is read, in seconds"),
        ("CODEMATION_PORT", "`app.frontendPort` in codemation.toml"),
    ],
)
def test_variables(tmp_path: Path, name: str, said: str) -> None:
    assert help_of(tmp_path, "", {name: "3000"}) == [said]


def test_what_a_service_makes_is_nobody_s_mistake(tmp_path: Path) -> None:
    assert not help_of(tmp_path, "", {"CODEMATION_PORT": "tcp://10.0.0.1:3000"})


@pytest.mark.parametrize("value", ["null", "undefined", "None"])
def test_nothing_is_near_to_no_word(tmp_path: Path, value: str) -> None:
    assert help_of(tmp_path, "", {"CODEMATION_SCHEDULER": value}) == [
        'choose one of "local", "bullmq", or unset CODEMATION_SCHEDULER'
    ]


@pytest.mark.parametrize("value", ["[mail,sms]", "mail, sms", "['mail', sms]"])
def test_an_array_of_the_command_line_is_shown_as_it_is_written(tmp_path: Path, value: str) -> None:
    found = codemation.compile(tmp_path, env={}, overrides={"app.scheduler.workerQueues": value}).diagnostics
    assert [one.help for one in found] == ['write ["mail", "sms"]']
