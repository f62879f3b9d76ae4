"""The text of a new project's files, made from the declarations and from what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from codemation.cli.new_project import (
    ENV_FILE,
    KIND,
    NOTHING,
    REDIS_URL,
    SCHEDULER,
    SQLITE_PATH,
    URL,
    LeftOut,
    Path,
    Stated,
    Surroundings,
    setting_at,
)
from codemation.explain.answer import spelled
from codemation.settings.catalogue import CATALOGUE, dotted
from codemation.settings.host_variables import HOST_VARIABLES, SWITCHES

TEMPLATES: Final[Mapping[str, Mapping[Path, str]]] = {
    "sqlite": {KIND: "sqlite"},
    "postgresql": {KIND: "postgresql"},
    "queue": {KIND: "postgresql", SCHEDULER: "queue"},
}
"""What each template states."""

EXAMPLES: Final[Mapping[Path, str]] = {
    URL: "postgresql://app@localhost:5432/app",
    REDIS_URL: "redis://localhost:6379/0",
}
"""What `.env.example` begins with, where a template needs a URL."""

FOREWORD: Final = """\
#:schema ./{schema}

# How this Codemation application keeps its data. Unless a variable says otherwise:
# in {uses}.
# What is in force, and why:  codemation compile --explain
"""


class Line(NamedTuple):
    """A key of a table: what is said of it, and the value that is shown where nobody states one."""

    key: str
    example: Any
    doc: str = ""


class Section(NamedTuple):
    """A table of the app form with its keys; `doc` stands below its name, `idle`: in a comment while it is empty."""

    table: Path
    lines: tuple[Line, ...]
    doc: str = ""
    idle: bool = False


SECTIONS: Final = (
    Section(
        ("app", "database"),
        (
            Line("kind", "sqlite"),
            Line("sqliteFilePath", ".codemation/codemation.sqlite"),
            Line("urlEnv", "APP_DATABASE_URL", "The variable that holds the PostgreSQL URL, in place of DATABASE_URL:"),
        ),
        'A PostgreSQL URL from any source says "postgresql"; state a kind to be warned when one switches it.',
    ),
    Section(
        ("app", "scheduler"),
        (Line("kind", "inline"), Line("redisUrlEnv", "APP_REDIS_URL")),
        '"inline": the host runs its own work. "queue": workers take it from Redis, and share a PostgreSQL database.',
    ),
    Section(
        ("app", "retention"),
        (
            Line("runSeconds", 86400),
            Line("failedRunSeconds", 259200, "Of runs that failed or were halted, in place of runSeconds:"),
            Line("telemetryArtifactSeconds", 259200),
            Line("telemetrySpanSeconds", 604800),
            Line("telemetryMetricSeconds", 2592000),
        ),
        "Seconds. Runs should not be kept longer than the spans and artifacts that explain them.",
    ),
    Section(
        ("app", "auth"),
        (Line("kind", "local"),),
        'Required in production, and so is the variable AUTH_SECRET. "local": accounts with passwords, kept by the'
        " host.",
        idle=True,
    ),
    Section(
        ("app", "log"),
        (Line("filter", "*"), Line("level", "info")),
        '"debug", "info", "warn", "error" or "silent", for the loggers whose names match; or several such, in'
        " rules = [...].",
        idle=True,
    ),
    Section(("workflowDiscovery",), (Line("directories", ["src/workflows"]),), idle=True),
    Section(("workflows", "my-workflow", "prunePolicy"), (Line("runSeconds", 3600),), idle=True),
)


def start_with(template: str | None, found: Surroundings) -> Surroundings:
    """What a project states: a template's kinds over those that were found, and the rest of what was found."""
    stated, left_out = dict(found.stated), found.left_out
    if template is not None:
        left_out = tuple(it for it in left_out if it.what not in {dotted(KIND), dotted(SCHEDULER)})
        stated = {path: said for path, said in stated.items() if path not in {KIND, SCHEDULER}}
        stated |= {path: Stated(value, "") for path, value in TEMPLATES[template].items()}
    kinds = {path: stated[path].value for path in (KIND, SCHEDULER) if path in stated}
    needed: dict[Path, bool] = {URL: kinds.get(KIND) == "postgresql", REDIS_URL: kinds.get(SCHEDULER) == "queue"}
    for path, variable in found.variables.items():
        setting = setting_at(path)
        if variable.value in setting.variables or setting.reference is None:
            continue
        if needed[path]:
            stated[setting.reference] = variable
        elif not variable.place.startswith(ENV_FILE):
            switch, word = (KIND, "postgresql") if path == URL else (SCHEDULER, "queue")
            reason = f"{variable.value} is needed where `{dotted(switch)}` is {spelled(word)}, which is not stated"
            left_out = (*left_out, LeftOut(dotted(setting.reference), reason, place=variable.place))
    return Surroundings(
        stated,
        {path: found.variables.get(path, Stated(setting_at(path).variable, "")) for path, it in needed.items() if it},
        left_out,
    )


def config_text(project: Surroundings, schema: str) -> str:
    """`codemation.toml`: every table with the keys that most projects need, in comments but for what is stated."""
    rest = dict(project.stated)
    shared = KIND in rest and rest[KIND].value == "postgresql"
    file = rest[SQLITE_PATH].value if SQLITE_PATH in rest else setting_at(SQLITE_PATH).default
    uses = "a shared PostgreSQL database" if shared else f"an embedded SQLite database, {spelled(file)}"
    # What stands in no table comes before all tables.
    top = [_line(path[-1], rest.pop(path)) for path in list(rest) if len(path) == 1]
    blocks = [top] if top else []
    blocks += [list(_section(section, rest)) for section in SECTIONS]
    blocks += [list(_section(Section(table, ()), rest)) for table in dict.fromkeys(path[:-1] for path in rest)]
    return "\n".join((FOREWORD.format(schema=schema, uses=uses), *("\n".join((*block, "")) for block in blocks)))


def _section(section: Section, rest: dict[Path, Stated]) -> Iterator[str]:
    """The lines of a table; what is stated is taken out of `rest`."""
    own = {path[-1]: rest.pop(path) for path in list(rest) if path[:-1] == section.table}
    yield f"{'# ' if section.idle and not own else ''}[{dotted(section.table)}]"
    if section.doc:
        yield f"# {section.doc}"
    for key, example, doc in section.lines:
        if doc:
            yield f"# {doc}"
        yield f"# {key} = {spelled(example)}" if key not in own else _line(key, own.pop(key))
    for key, said in own.items():
        yield _line(key, said)


def _line(key: str, said: Stated) -> str:
    return f"{key} = {spelled(said.value)}" + (f" # {said.place}" if said.place else "")


def env_example(project: Surroundings = NOTHING) -> str:
    """Every variable with what it does, in comments but for the URLs that the project needs."""
    lines = ["# Copy to .env and fill in what you need; .env itself is never checked in.", ""]
    needed = {str(said.value): EXAMPLES[path] for path, said in project.variables.items()}
    for name, example in needed.items():
        if name not in CATALOGUE.variables:
            lines += ["# Named in codemation.toml, in place of the usual variable.", f"{name}={example}", ""]
    for name, settings in CATALOGUE.variables.items():
        setting = settings[0]
        default = setting.default if setting.default is not None and not setting.inherits else setting.examples[0]
        lines += [f"# {setting.doc}", f"{name}={needed[name]}" if name in needed else f"# {name}={default}", ""]
    for variable in HOST_VARIABLES.values():
        lines += [f"# {variable.doc}", f"# {variable.name}={variable.example}", ""]
    for switch in SWITCHES.values():
        lines += [f"# {switch.doc}", f"# {switch.name}=false", ""]
    return "\n".join(lines)
