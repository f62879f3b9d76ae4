"""What is imported when, seen from outside: in processes of their own, and by the text of every module."""

from __future__ import annotations

import ast
import json
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import codemation

PACKAGE = Path(codemation.__file__).parent

MODULES = sorted(module.name for module in pkgutil.walk_packages([str(PACKAGE)], "codemation."))

CORE = [name for name in MODULES if name.split(".")[1] not in {"backend", "host", "cli", "lsp", "__main__"}]

DRIVERS = {"sqlalchemy", "alembic", "psycopg", "sqlite3", "aiosqlite", "asyncio"}

SLOW = {
    "tree_sitter",
    "tree_sitter_toml",
    "jsonschema",
    "dotenv",
    "rich",
    "click",
    "difflib",
    "json",
    "shtab",
    "tempfile",
    "watchfiles",
    "anyio",
    "pygls",
    "lsprotocol",
}
"""What no valid file needs."""

ENVIRONMENT = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def imported(code: str, *, cwd: Path | None = None) -> set[str]:
    """The modules that a fresh interpreter has imported after running `code`, beyond those that it starts with."""
    script = f"import sys; before = {{*sys.modules}}\n{code}\nprint('\\n' + ' '.join({{*sys.modules}} - before))"
    path = os.pathsep.join([str(PACKAGE.parent), *(entry for entry in sys.path if entry)])
    environment = {"PYTHONPATH": path, "PATH": os.environ["PATH"]}
    ran = subprocess.run(
        [sys.executable, "-S", "-c", script], capture_output=True, text=True, check=False, env=environment, cwd=cwd
    )
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.splitlines()[-1].split())


def top(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "codemation.toml").write_text(
        'app.database.kind = "sqlite"\n[runtime]\neventBus.kind = "memory"\n[workflows.x.prunePolicy]\nrunSeconds = 5'
    )
    return tmp_path


def test_the_core_imports_no_driver() -> None:
    assert len(CORE) > 50
    modules = imported("\n".join(f"import {name}" for name in CORE))
    assert set(CORE) <= modules
    assert not top(modules) & DRIVERS


def test_importing_the_package_imports_hardly_anything() -> None:
    modules = imported("import codemation")
    assert {name for name in modules if name.startswith("codemation")} == {"codemation", "codemation._version"}
    assert not top(modules) & {"msgspec", "tomllib", "argparse", *SLOW, *DRIVERS}


def test_every_public_name_is_there_and_is_listed() -> None:
    for name in codemation.__all__:
        assert getattr(codemation, name) is not None
        assert name in dir(codemation)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = codemation.nothing  # type: ignore[attr-defined]


def test_the_library_leaves_the_collector_as_the_host_has_it() -> None:
    code = "import gc\nfound = (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count())\nimport codemation\n"
    code += "codemation.boot\nassert found == (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count())"
    assert "codemation.host" in imported(code)


@pytest.mark.parametrize("arguments", [["compile"], ["compile", "--format", "json"], ["compile", "--no-env"]])
def test_compiling_a_valid_file_imports_what_it_needs(project: Path, arguments: list[str]) -> None:
    modules = imported(f"from codemation.cli import main\nassert main({arguments}) == 0", cwd=project)
    assert not top(modules) & (SLOW | DRIVERS)
    rooms = {".".join(name.split(".")[:2]) for name in modules if name.startswith("codemation.")}
    assert not {"codemation.reports", "codemation.backend", "codemation.explain"} & rooms


def test_the_library_needs_no_more(project: Path) -> None:
    modules = imported("import codemation\nassert codemation.load(env={}).database.kind == 'sqlite'", cwd=project)
    assert not top(modules) & (SLOW | DRIVERS | {"argparse", "tomli_w"})
    assert "codemation.cli" not in modules


def test_explaining_a_valid_file_needs_no_more_than_its_places(project: Path) -> None:
    modules = imported("from codemation.cli import main\nassert main(['compile', '--explain']) == 0", cwd=project)
    assert not top(modules) & (DRIVERS | {"jsonschema", "dotenv", "rich", "difflib"})


def test_a_command_imports_no_other_commands_module(project: Path) -> None:
    modules = imported("from codemation.cli import main\nassert main(['check']) == 0", cwd=project)
    commands = {"init", "compile", "env", "diff", "schema", "lsp", "rule", "completion"}
    assert "codemation.cli.commands.check" in modules
    assert not {f"codemation.cli.commands.{name}" for name in commands} & modules


def test_only_the_module_of_the_protocol_imports_it() -> None:
    others = [
        name for name in MODULES if not name.startswith("codemation.lsp.protocol.") and name != "codemation.__main__"
    ]
    names = [name for name in others if ".versions." not in name]
    modules = imported("\n".join(f"import {name}" for name in names))
    assert {"codemation.lsp.findings", "codemation.cli.commands.lsp"} <= modules
    assert not top(modules) & {"pygls", "lsprotocol"}


def unreasoned(source: str) -> list[str]:
    """The imports of our own modules within functions that do not say why they stand there."""
    return re.findall(r"^[ ]+(from codemation\S* import .*noqa: PLC0415)$", source, re.MULTILINE)


def test_what_is_imported_within_a_function_has_its_reason_beside_it() -> None:
    assert unreasoned("def f():\n    from codemation.rules import run  # noqa: PLC0415\n")
    found = {path.name: unreasoned(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}


# --- The environment --------------------------------------------------------------------------------------------------


def reads_of_the_environment(source: str) -> Iterator[str]:
    """Every way by which a module can get at the process environment."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in ENVIRONMENT:
            yield f"{node.lineno}: .{node.attr}"
        elif isinstance(node, ast.ImportFrom) and node.module in {"os", "posix"}:
            yield from (f"{node.lineno}: {alias.name}" for alias in node.names if alias.name in {*ENVIRONMENT, "*"})
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            yield from (
                f"{node.lineno}: getattr"
                for argument in node.args
                if isinstance(argument, ast.Constant) and argument.value in ENVIRONMENT
            )


@pytest.mark.parametrize(
    "source",
    ["import os\nos.environ['A']", "import os\nos.getenv('A')", "from os import environ as e", "getattr(x, 'environ')"],
)
def test_the_scan_finds(source: str) -> None:
    assert list(reads_of_the_environment(source))


def test_only_one_module_reads_the_environment() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix(): reads
        for path in sorted(PACKAGE.rglob("*.py"))
        if (reads := list(reads_of_the_environment(path.read_text(encoding="utf-8"))))
    }
    assert list(found) == ["sources/process.py"], found


def test_an_explicit_environment_is_the_whole_environment(project: Path) -> None:
    """The process environment names PostgreSQL; a compilation that is handed another never learns of it."""
    code = (
        "import json, os, codemation\n"
        "os.environ['DATABASE_URL'] = 'postgresql://h/db'\n"
        "(lambda c: print(json.dumps([c(env={}), c(env=None)])))"
        "(lambda **kw: codemation.load('.', **kw).database.kind)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=project,
        env={"PYTHONPATH": str(PACKAGE.parent), "PATH": os.environ["PATH"]},
    )
    assert json.loads(ran.stdout) == ["sqlite", "postgresql"]
