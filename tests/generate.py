"""Write every generated file: `make generate`. A test holds each of them to what this would write.

The modules come first: whatever follows is made by a process of its own, which has the new ones.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from codemation.backend.migrations import generation as migrations
from codemation.backend.migrations import rendered_sql
from codemation.backend.migrations.history_queries import DIALECTS
from codemation.backend.tables.generation import tables_package
from codemation.rules import generation as rules
from codemation.runtime import generation as runtime
from codemation.settings.catalogue import CATALOGUE

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "compiler" / "codemation"


def modules() -> Iterator[tuple[Path, str]]:
    """What the program itself imports or reads, with its text."""
    yield PACKAGE / "runtime/form.py", runtime.runtime_form(CATALOGUE)
    yield PACKAGE / "codes.py", rules.codes()
    yield PACKAGE / "backend/tables/__init__.py", tables_package()
    yield PACKAGE / "backend/migrations/known_revisions.py", migrations.known_revisions()
    for dialect in DIALECTS:
        yield Path(rendered_sql.FOLDER) / f"{dialect}.sql", migrations.prerendered(dialect)


def outputs() -> Iterator[tuple[Path, str]]:
    """What the program prints, with its text."""
    from codemation.backend.doctor.report import reference  # noqa: PLC0415
    from codemation.schema.document import schema_text  # noqa: PLC0415  (the modules may be about to change)
    from codemation.schema.outputs import OUTPUTS, output_schema_text  # noqa: PLC0415
    from tests import invalid, test_examples  # noqa: PLC0415
    from tests.editors import beyond  # noqa: PLC0415
    from tests.schema import test_schemastore  # noqa: PLC0415

    yield ROOT / "schemas/codemation.schema.json", schema_text(CATALOGUE, "app")
    yield ROOT / "schemas/codemation-runtime.schema.json", schema_text(CATALOGUE, "runtime")
    for name in OUTPUTS:
        yield ROOT / f"schemas/{name}-output.schema.json", output_schema_text(name)
    yield ROOT / "docs/doctor.md", reference()
    yield beyond.README, beyond.readme()
    yield from test_schemastore.positive_tests()
    yield from invalid.expected_texts()
    yield from test_examples.expected_texts()


def pages() -> Iterator[tuple[Path, str]]:
    """The documentation: its reference, and its pages with what their commands print."""
    from tests.docs import generation  # noqa: PLC0415

    yield from generation.reference()
    yield from generation.rewritten()


def write_live_pages() -> None:
    """The pages whose commands need servers, where this machine has them."""
    from tests.docs import live  # noqa: PLC0415

    live.main()


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file with its text, but for the pages, which `tests/docs` holds to theirs."""
    yield from modules()
    yield from outputs()


def write(files: Iterable[tuple[Path, str]]) -> None:
    """Write files, and the folders that they lie in."""
    for path, text in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["outputs"]:
        write(outputs())
        write(pages())
        write_live_pages()
    else:
        write(modules())
        subprocess.run([sys.executable, "-m", "tests.generate", "outputs"], check=True)
