"""The schemas of the machine-readable output hold for what the commands really print."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

import pytest
from jsonschema import Draft7Validator, ValidationError

from codemation.backend.doctor import check
from codemation.backend.migrations import listing
from codemation.backend.retention.result import End
from codemation.cli import main
from codemation.cli.scaffold import Outcome
from codemation.diagnostics import Severity
from codemation.explain.candidates import Status
from codemation.explain.variables import VariableStatus
from codemation.origin import Source
from codemation.resolution.decision import State
from codemation.schema.document import document_schema
from codemation.schema.outputs import OUTPUTS
from codemation.settings.catalogue import CATALOGUE
from tests.schema.closed import closed, validate_output

ROOT = Path(__file__).parents[2]
INPUTS = [
    *sorted(path.parent for path in ROOT.glob("tests/invalid/*/codemation.toml"))[::5],
    ROOT / "tests/invalid/twelve-faults",
    ROOT / "examples/retention",
    ROOT / "examples/queue-workers",
]


def printed(capsys: pytest.CaptureFixture[str], arguments: Sequence[str]) -> object:
    """What a command prints as JSON, whatever its exit code."""
    main(arguments)
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", OUTPUTS)
def test_schemas_are_valid_and_hold_what_they_promise(name: str) -> None:
    Draft7Validator.check_schema(OUTPUTS[name])
    assert not Draft7Validator(OUTPUTS[name]).is_valid({})
    assert not Draft7Validator(closed(OUTPUTS[name])).is_valid({"unpromised": 1})


def test_a_later_version_may_add_keys() -> None:
    data = {"rules": [{"code": "", "slug": "", "severity": "error", "summary": "", "page": "", "since": "2.0"}]}
    Draft7Validator(OUTPUTS["rule"]).validate({**data, "more": []})
    with pytest.raises(ValidationError):
        validate_output("rule", data)


CLOSED = {
    "a candidate's status": Status,
    "a setting's status": State,
    "a variable's status": VariableStatus,
    "a source": Source,
    "a severity": Severity,
    "a revision's state": listing.State,
    "a check's state": check.State,
    "a prune's end": End,
    "what became of a file": Outcome,
    "a kind of database": Literal["sqlite", "postgresql"],
    "a way to give space back": Literal["incremental", "rewrite"],
}
"""The closed types behind what the output has one of."""


def enumerations(schema: object) -> Iterator[tuple[str, ...]]:
    """Every list of words in a schema, but for `null`."""
    if isinstance(schema, dict):
        if "enum" in schema:
            yield tuple(word for word in schema["enum"] if word is not None)
        for inner in schema.values():
            yield from enumerations(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from enumerations(inner)


def test_every_word_that_the_program_knows_is_promised() -> None:
    """What is one of a few words in the output is just what its type knows."""
    assert set(enumerations(OUTPUTS)) == {get_args(closed_type) for closed_type in CLOSED.values()}


@pytest.mark.parametrize("folder", INPUTS, ids=lambda folder: folder.name)
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("check", ["check"]),
        ("explain", ["compile", "--explain"]),
        ("env", ["env"]),
    ],
)
def test_output_is_what_its_schema_says(
    capsys: pytest.CaptureFixture[str], folder: Path, name: str, arguments: list[str]
) -> None:
    data = printed(capsys, [*arguments, "--root", str(folder), "--format", "json"])
    validate_output(name, data)


def test_diff_output_is_what_its_schema_says(capsys: pytest.CaptureFixture[str]) -> None:
    folder = ROOT / "examples/environments"
    files = [str(folder / ".env.local"), str(folder / ".env.production")]
    data = printed(capsys, ["diff", *files, "--root", str(folder), "--format", "json"])
    validate_output("diff", data)
    assert data != {"differences": []}


def test_the_runtime_form_as_json_fits_the_runtime_schema(capsys: pytest.CaptureFixture[str]) -> None:
    data = printed(capsys, ["compile", "--format", "json", "--no-env", "--root", str(ROOT / "examples/retention")])
    Draft7Validator(document_schema(CATALOGUE, "runtime")).validate(data)
