"""The validators beside the editors' servers, each asked as its users ask it."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import jsonschema_rs

from codemation.settings.catalogue import dotted
from tests.editors.documents import FORMS, SCHEMAS, Document, schema_name, write_schemas
from tests.editors.editor import BIN, MODULES


class Finding(NamedTuple):
    """What an engine says, and the dotted path that it says it of ("" at the top)."""

    path: str
    message: str


def by_jsonschema(document: Document) -> list[Finding]:
    """PyPI's jsonschema, without our notion of integers."""
    checker = jsonschema.Draft7Validator(SCHEMAS[document.form])
    errors = checker.iter_errors(tomllib.loads(document.text))
    return [Finding(dotted(tuple(error.absolute_path)), error.message) for error in errors]


RUST = {form: jsonschema_rs.Draft7Validator(schema) for form, schema in SCHEMAS.items()}


def by_jsonschema_rs(document: Document) -> list[Finding]:
    """PyPI's jsonschema-rs: Rust."""
    errors = RUST[document.form].iter_errors(tomllib.loads(document.text))
    return [Finding(dotted(tuple(error.instance_path)), error.message) for error in errors]


def by_check_jsonschema(documents: Sequence[Document], folder: Path) -> list[list[Finding]]:
    """The command check-jsonschema, once for all documents of a form."""
    write_schemas(folder)
    names = {f"{number}.toml": document for number, document in enumerate(documents)}
    found: dict[str, list[Finding]] = {name: [] for name in names}
    for form in FORMS:
        mine = [name for name, document in names.items() if document.form == form]
        for name in mine:
            (folder / name).write_text(names[name].text, encoding="utf-8")
        if not mine:
            continue
        command = [str(BIN / "check-jsonschema"), "--schemafile", schema_name(form), "--output-format", "json", *mine]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
        report = json.loads(ran.stdout)
        assert not report.get("parse_errors"), report
        for error in report["errors"]:
            finding = Finding(error["path"].removeprefix("$").removeprefix("."), error["message"])
            found[error["filename"]].append(finding)
        assert ran.returncode == bool([error for name in mine for error in found[name]]), ran.stderr
    return list(found.values())


def by_ajv(schemas: Mapping[str, Any], documents: Sequence[tuple[str, Any]]) -> list[list[dict[str, Any]]]:
    """Ajv in its strict mode: it refuses a schema with anything in it that it does not know."""
    ran = subprocess.run(
        [str(BIN / "node"), str(Path(__file__).parent / "ajv.cjs")],
        input=json.dumps({"schemas": schemas, "documents": documents}, default=str),
        env={"NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answers: list[list[dict[str, Any]]] = json.loads(ran.stdout)
    return answers
