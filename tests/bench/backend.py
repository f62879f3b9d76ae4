"""The parts of `make bench` that need databases: boots, `db status` and migrations, beside Alembic and bare minima.

What runs in a process of its own is measured as a whole. PostgreSQL works in other processes, so with it the ratio by
the clock is the one to look at.
"""

from __future__ import annotations

import compileall
import json
import os
import re
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from time import perf_counter

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine

import codemation
from codemation.backend.engine import provision
from codemation.backend.migrations import migrate, revisions
from codemation.backend.migrations.offline_sql import statements
from tests.backend.places import runtime_of
from tests.bench.measure import Comparison, Effort, Peer, compare, of_children, process
from tests.postgresql_server import running, with_database

PACKAGE = Path(codemation.__file__).parent
BOUNDS = {"sqlite": (0.65, 1.7), "postgresql": (0.78, 1.2)}
"""What a boot at head may take of Alembic's no-op, and migrating an empty database of one script."""

FLOOR = "import sqlite3, msgspec, tomllib"

OURS = """
import sys, codemation
with codemation.boot(sys.argv[1], env={sys.argv[2]: sys.argv[3]}) as host, host.engine.connect() as connection:
    connection.exec_driver_sql("SELECT count(*) FROM runs").scalar_one()
"""
ALEMBIC = """
import sys
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
config = Config(sys.argv[1])
config.set_main_option("sqlalchemy.url", sys.argv[2].replace("%", "%%"))
command.upgrade(config, "head")
engine = create_engine(sys.argv[2])
with engine.connect() as connection:
    connection.exec_driver_sql("SELECT count(*) FROM runs").scalar_one()
engine.dispose()
"""
SQLALCHEMY = """
import sys
from sqlalchemy import create_engine
engine = create_engine(sys.argv[2])
with engine.connect() as connection:
    connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    connection.exec_driver_sql("SELECT count(*) FROM runs").scalar_one()
engine.dispose()
"""
AT_THE_ANSWER = """
import os
os._exit(0)
"""
"""Ends the measurement at the answer: Python's own end takes 40 to 60 ms more, which have a row of their own."""

REVISION = """
revision = "{id}"
down_revision = "{before}"


def upgrade(op):
    op.create_table("extra_{id}", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade(op):
    op.drop_table("extra_{id}")
"""


_SAME_KIND = "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"


class Databases:
    """Fresh ones of one kind, and how SQLAlchemy reaches them. `url` is of a PostgreSQL server."""

    def __init__(self, kind: str, folder: Path, url: str) -> None:
        self.kind = kind
        self._folder = folder
        self._url = url

    @property
    def variable(self) -> str:
        return {"sqlite": "CODEMATION_SQLITE_FILE_PATH", "postgresql": "DATABASE_URL"}[self.kind]

    def fresh(self) -> str:
        """A new empty database: the path of its file, or its URL."""
        name = f"bench_{secrets.token_hex(6)}"
        if self.kind == "sqlite":
            return str(self._folder / name / "db.sqlite")
        with psycopg.connect(self._url, autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return with_database(self._url, name)

    def sqlalchemy(self, where: str) -> str:
        return f"sqlite:///{where}" if self.kind == "sqlite" else where.replace("postgresql:", "postgresql+psycopg:", 1)


@contextmanager
def databases(folder: Path) -> Iterator[list[Databases]]:
    """SQLite's, and PostgreSQL's where there is a server to be had."""
    with running() as server:
        found = [Databases("sqlite", folder / "files", "")]
        if server is not None:
            found.append(Databases("postgresql", folder / "files", server.url))
        yield found


def alembic_environment(folder: Path) -> Path:
    """The same history in an environment as `alembic init` makes it; its `alembic.ini`."""
    config = Config(folder / "alembic.ini")
    with redirect_stdout(StringIO()):
        command.init(config, str(folder / "migrations"))
    for revision in revisions.revisions():
        text = Path(revision.path).read_text(encoding="utf-8")
        text = text.replace("from alembic.operations import Operations", "from alembic import op")
        script = folder / "migrations" / "versions" / Path(revision.path).name
        script.write_text(text.replace("(op: Operations)", "()"))
    return folder / "alembic.ini"


def boots(folder: Path, rounds: int) -> Iterator[Comparison]:
    """A boot at head in a process of its own, until the engine answers its first query."""
    folder.mkdir(exist_ok=True)
    compileall.compile_dir(PACKAGE, quiet=1)
    environment = alembic_environment(folder / "alembic")
    effort = Effort(rounds, processor=of_children)
    with databases(folder) as all_of_them:
        for kind in all_of_them:
            mine, theirs = kind.fresh(), kind.fresh()
            given = [str(folder), kind.variable, mine]
            ours = process([sys.executable, "-c", OURS + AT_THE_ANSWER, *given], folder, {})
            if kind.kind == "sqlite":
                Path(theirs).parent.mkdir(parents=True)
            arguments = [str(environment), kind.sqlalchemy(theirs)]
            upgrade = process([sys.executable, "-c", ALEMBIC + AT_THE_ANSWER, *arguments], folder, {})
            ours()
            upgrade()
            peer = Peer("Alembic's upgrade", upgrade)
            yield compare(f"boot at head, {kind.kind}", ours, peer, effort, BOUNDS[kind.kind][0])
            alone = process([sys.executable, "-c", SQLALCHEMY + AT_THE_ANSWER, *arguments], folder, {})
            yield compare(f"boot at head, {kind.kind}", ours, Peer("SQLAlchemy alone", alone), effort)
            ended = process([sys.executable, "-c", OURS, *given], folder, {})
            peer = Peer("Alembic's upgrade", process([sys.executable, "-c", ALEMBIC, *arguments], folder, {}))
            yield compare(f"boot at head and its end, {kind.kind}", ended, peer, effort)


def status(folder: Path, rounds: int) -> Iterator[Comparison]:
    """`codemation db status` at head."""
    folder.mkdir(exist_ok=True)
    compileall.compile_dir(PACKAGE, quiet=1)
    where = str(folder / "status" / "db.sqlite")
    _migrate("sqlite", where)
    program = str(Path(sys.executable).with_name("codemation"))
    ours = process([program, "db", "status"], folder, {"CODEMATION_SQLITE_FILE_PATH": where})
    floor = Peer(f"python -c '{FLOOR}'", process([sys.executable, "-c", FLOOR], folder, {}))
    yield compare("codemation db status, sqlite", ours, floor, Effort(rounds, processor=of_children), 2.0)


def nothing(folder: Path, rounds: int) -> Iterator[Comparison]:
    """`codemation db migrate` and `db downgrade` with nothing to do, beside what only looks."""
    folder.mkdir(exist_ok=True)
    (folder / "codemation.toml").write_text("")
    compileall.compile_dir(PACKAGE, quiet=1)
    program = str(Path(sys.executable).with_name("codemation"))
    effort = Effort(rounds, processor=of_children)
    with databases(folder) as all_of_them:
        for kind in all_of_them:
            where = kind.fresh()
            _migrate(kind.kind, where)
            looking = process([program, "db", "status"], folder, {kind.variable: where})
            for command in (["migrate"], ["downgrade", revisions.HEAD]):
                ours = process([program, "db", *command], folder, {kind.variable: where})
                what = f"codemation db {command[0]}, nothing to do, {kind.kind}"
                yield compare(what, ours, Peer("codemation db status", looking), effort, 1.2)


def histories(folder: Path, rounds: int, sizes: tuple[int, int] = (10, 300)) -> Iterator[Comparison]:
    """A boot at head with a short and a long history."""
    packages = [grown(folder / str(size), size) for size in sizes]
    effort = Effort(rounds, processor=of_children)
    with databases(folder) as all_of_them:
        for kind in all_of_them:
            short, long = (
                process(
                    [sys.executable, "-c", OURS, str(folder), kind.variable, kind.fresh()],
                    folder,
                    {"PYTHONPATH": str(package)},
                )
                for package in packages
            )
            peer = Peer(f"with {sizes[0]}", short)
            yield compare(f"boot at head, {sizes[1]} revisions, {kind.kind}", long, peer, effort, 1.05)


def grown(folder: Path, size: int) -> Path:
    """A copy of the package with as many revisions; the folder to import it from."""
    copy = folder / "codemation"
    shutil.copytree(PACKAGE, copy)  # with what is compiled
    versions = copy / "backend" / "migrations" / "versions"
    for number in range(len(revisions.KNOWN) + 1, size + 1):
        script = "import sqlalchemy as sa\n" + REVISION.format(id=f"{number:04}", before=f"{number - 1:04}")
        (versions / f"{number:04}_extra.py").write_text(script)
    known = "import json; from codemation.backend.migrations.revisions import revisions;"
    known += "print(json.dumps([(it.id, it.checksum) for it in revisions()]))"
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    said = subprocess.run([sys.executable, "-c", known], check=True, capture_output=True, text=True, env=environment)
    rows = "".join(f'    ("{name}", "{checksum}"),\n' for name, checksum in json.loads(said.stdout))
    module = copy / "backend" / "migrations" / "known_revisions.py"
    module.write_text(re.sub(r"\(\n.*?\n\)", lambda _: f"(\n{rows})", module.read_text(), flags=re.DOTALL))
    compileall.compile_dir(copy, quiet=1)
    return folder


def migrations(folder: Path, rounds: int) -> Iterator[Comparison]:
    """An empty database to head, in a process that runs; beside the same DDL as one script, and Alembic's upgrade."""
    environment = alembic_environment(folder / "alembic-in-process")
    effort = Effort(rounds, processor=perf_counter)
    with databases(folder) as all_of_them:
        for kind in all_of_them:
            each = statements("sqlite" if kind.kind == "sqlite" else "postgresql").values()
            ddl = "".join(f"{statement};\n" for of_one in each for statement in of_one)
            script = Peer("one script", _each_fresh(kind, partial(_execute, kind, f"BEGIN;\n{ddl}\nCOMMIT;"), rounds))
            peer = Peer("Alembic's upgrade", _each_fresh(kind, partial(_upgrade, kind, environment), rounds))
            ours = partial(_migrate, kind.kind)
            name = f"migrate an empty database, {kind.kind}"
            yield compare(name, _each_fresh(kind, ours, rounds), script, effort, BOUNDS[kind.kind][1])
            yield compare(name, _each_fresh(kind, ours, rounds), peer, effort)


def _each_fresh(kind: Databases, work: Callable[[str], None], rounds: int) -> Callable[[], None]:
    """Each time with a database of its own, made beforehand."""
    waiting = [kind.fresh() for _ in range(rounds + 1)]
    return lambda: work(waiting.pop())


def _migrate(kind: str, where: str) -> None:
    engine = provision(runtime_of(kind, where))
    migrate.upgrade(engine)
    engine.dispose()


def _execute(kind: Databases, script: str, where: str) -> None:
    if kind.kind == "sqlite":
        Path(where).parent.mkdir(parents=True)
        with closing(sqlite3.connect(where)) as connection:
            # A file of the same kind: in one with a rollback journal the same script takes two thirds of the time.
            connection.executescript(f"{_SAME_KIND}{script}")
        return
    with psycopg.connect(where, autocommit=True) as server:
        server.execute(script.encode())


def _upgrade(kind: Databases, environment: Path, where: str) -> None:
    if kind.kind == "sqlite":
        Path(where).parent.mkdir(parents=True)
    config = Config()  # without the file, which would set up logging for the whole process
    config.set_main_option("script_location", str(environment.with_name("migrations")))
    config.set_main_option("sqlalchemy.url", kind.sqlalchemy(where).replace("%", "%%"))
    command.upgrade(config, "head")
    engine = create_engine(kind.sqlalchemy(where))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == revisions.HEAD
    engine.dispose()


PARTS = {"boots": boots, "status": status, "nothing": nothing, "histories": histories, "migrations": migrations}
"""Each by its name."""
