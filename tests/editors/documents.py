"""The documents that the engines are asked about: every example, what `init` writes, and one for each key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import tomli_w

from codemation.cli.new_project import NOTHING
from codemation.cli.scaffold import SCHEMA_NAME
from codemation.cli.templates import config_text
from codemation.resolution.faults import faults, judge
from codemation.resolution.validation import NONE_JUDGED, Fault, Judged, stated_values
from codemation.schema.document import Form, document_schema
from codemation.settings.catalogue import CATALOGUE
from tests.editors.walking import SPELLINGS, Key, keys

ROOT = Path(__file__).parents[2]

FORMS: tuple[Form, ...] = ("app", "runtime")
SCHEMAS: dict[str, dict[str, Any]] = {form: document_schema(CATALOGUE, form) for form in FORMS}
KEYS: dict[str, list[Key]] = {form: list(keys(SCHEMAS[form])) for form in FORMS}
SETTINGS: list[Key] = [key for key in KEYS["app"] if not key.is_table]


class Document(NamedTuple):
    """A text and the schema that it is written for."""

    name: str
    text: str
    form: Form = "app"

    def __str__(self) -> str:
        return self.name


def judged(
    document: Mapping[str, Any], before: Mapping[tuple[str, ...], Judged] = NONE_JUDGED
) -> Mapping[tuple[str, ...], Judged]:
    """What is wrong with each table of a document."""
    return judge(CATALOGUE, stated_values(CATALOGUE, document)[1], before)


def faults_in(document: Mapping[str, Any]) -> tuple[Fault, ...]:
    """What the compiler says of a document's shape."""
    return faults(CATALOGUE, document, judged(document))


def schema_name(form: Form) -> str:
    return f"{form}.schema.json"


def directed(document: Document) -> str:
    """The text with a first line that names the schema beside it, in place of the one it has."""
    first, _, rest = document.text.partition("\n")
    body = rest if first.startswith("#:schema ") else document.text
    return f"#:schema ./{schema_name(document.form)}\n{body}"


def uncommented(text: str) -> str:
    """What `init` writes with all that it only suggests switched on; of two keys that exclude each other none is."""
    return re.sub(r"^# (?=[a-zA-Z]+ = |\[)", "", text, flags=re.MULTILINE)


def whole_examples() -> list[Document]:
    """Documents as people have them."""
    written = [
        Document(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(ROOT.glob("examples/*/*.toml"))
    ]
    emitted = [
        Document(f"{document.name}, runtime schema", document.text, "runtime")
        for document in written
        if Path(document.name).name.startswith("expected")
    ]
    return [
        *written,
        *emitted,
        Document("what init writes", config_text(NOTHING, SCHEMA_NAME)),
        Document("what init writes, switched on", uncommented(config_text(NOTHING, SCHEMA_NAME))),
        *(Document(f"everything, {form} schema", tomli_w.dumps(SCHEMAS[form]["examples"][0]), form) for form in FORMS),
    ]


def examples_of_keys() -> list[Document]:
    """Each example of each key, alone, in every spelling; and each table, empty."""
    return [
        Document(f"{key} #{number} {spelling}, {form} schema", spell(key, example), form)
        for form in FORMS
        for key in KEYS[form]
        for number, example in enumerate(key.schema["examples"])
        for spelling, spell in SPELLINGS.items()
    ]


def write_schemas(folder: Path) -> None:
    """Put the schemas where the documents of a folder look for them."""
    for form in FORMS:
        (folder / schema_name(form)).write_text(json.dumps(SCHEMAS[form]), encoding="utf-8")
