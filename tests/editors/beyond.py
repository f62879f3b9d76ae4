"""What the schema accepts and the compiler does not take in silence: the one list, complete, with an example each.

Everything else the two accept and refuse alike: `test_agreement.py`. `make generate` writes the list into
`schemas/README.md`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct

from codemation.rules import all_rules
from codemation.rules.rule import Rule
from codemation.schema.outputs import OUTPUTS

README = Path(__file__).parents[2] / "schemas" / "README.md"


class Beyond(Struct, frozen=True):
    """One rule that JSON Schema cannot say.

    `toml`, compiled in `environment`, is the example; `but` are the engines that find it nevertheless.
    """

    code: str
    what: str
    why: str
    toml: str
    environment: dict[str, str] = {}
    but: tuple[str, ...] = ()


NUMBERS = "JSON has one kind of number: to it `1.0` is an integer. Tombi reads TOML, and does tell them apart."
DATES = "JSON has no dates: most engines take one for a string."
ENVIRONMENT = "It is about the environment, which no schema sees."
LAYERS = "It is about what decides in the end: a variable or an override may still change it."
PARTS = "A pattern that took a URL to its parts would be longer than anyone could read."
RELATIONS = "It compares two values, and what they inherit."

BEYOND = (
    Beyond("CM102", "integral floats", NUMBERS, "app.retention.runSeconds = 86400.0", but=("tombi",)),
    Beyond(
        "CM102",
        "dates where a string is meant",
        DATES,
        "app.scheduler.queuePrefix = 2024-02-29",
        but=("jsonschema", "tombi"),
    ),
    Beyond(
        "CM105",
        "ports that no server can have",
        PARTS,
        'app.database.url = "postgresql://db.example.com:65536/app"',
    ),
    Beyond(
        "CM105",
        "parameters of a database URL, and their values",
        PARTS,
        'app.database.url = "postgresql://db.example.com/app?sslmode=required"',
    ),
    Beyond(
        "CM105",
        "names of databases with a `/`, or that are connection strings",
        PARTS,
        'app.database.url = "postgresql://app@/cloudsql/project:region:instance/app"',
    ),
    Beyond(
        "CM105",
        "an `@` in a database URL's parameters that ends the user",
        PARTS,
        'app.database.url = "postgresql://db.example.com?options=a@b"',
    ),
    Beyond(
        "CM105",
        "a `db` of a Redis URL that is not a number",
        PARTS,
        'app.scheduler.redisUrl = "redis://cache.example.com?db=cache"\n'
        'app.database.url = "postgresql://db.example.com/app"',
    ),
    Beyond(
        "CM105",
        "paths of Windows, on another system",
        "A schema does not know where its document will be read.",
        "app.database.sqliteFilePath = 'data\\app.sqlite'",
    ),
    Beyond("CM201", "values of variables", ENVIRONMENT, "", {"CODEMATION_SCHEDULER": "soon"}),
    Beyond("CM202", "names of variables", ENVIRONMENT, "", {"CODEMATION_SCHEDULR": "local"}),
    Beyond("CM203", "whether a variable is set", ENVIRONMENT, 'app.database.urlEnv = "APP_DATABASE_URL"'),
    Beyond(
        "CM204",
        "files that variables name",
        ENVIRONMENT,
        "",
        {"DATABASE_URL_FILE": "/run/secrets/that-are-not-there"},
    ),
    Beyond("CM205", "variables that nothing reads", ENVIRONMENT, "", {"CODEMATION_REDIS_URL": "redis://cache"}),
    Beyond("CM207", "variables that are blank", ENVIRONMENT, "", {"DATABASE_URL": ""}),
    Beyond(
        "CM208",
        "a placeholder in a URL",
        "It is a warning, and a schema knows only errors.",
        'app.database.url = "postgresql://app@<host>:5432/app"',
    ),
    Beyond(
        "CM301",
        "a URL in the environment that changes the kind",
        ENVIRONMENT,
        'app.database.kind = "sqlite"',
        {"DATABASE_URL": "postgresql://db.example.com/app"},
    ),
    Beyond(
        "CM302",
        "settings that do not apply",
        LAYERS,
        'app.database = { kind = "sqlite", url = "postgresql://db.example.com/app" }',
    ),
    Beyond(
        "CM303",
        "one setting in both forms, with different values",
        RELATIONS,
        "app.retention.runSeconds = 3600\nruntime.retention.runSeconds = 7200",
    ),
    Beyond("CM401", "PostgreSQL without a URL", LAYERS, 'app.database.kind = "postgresql"'),
    Beyond("CM402", "a queue on SQLite", LAYERS, 'app.scheduler.redisUrl = "redis://cache.example.com"'),
    Beyond(
        "CM403",
        "a queue without Redis",
        LAYERS,
        'app.scheduler.kind = "queue"\napp.database.url = "postgresql://db.example.com/app"',
    ),
    Beyond("CM404", "what is kept longer than what explains it", RELATIONS, "app.retention.runSeconds = 999999999"),
    Beyond(
        "CM405",
        "a password in the file",
        "It is a warning, and a schema knows only errors.",
        'app.database.url = "postgresql://app:secret@db.example.com/app"',
    ),
    Beyond(
        "CM407",
        "ids that are there twice",
        "A schema compares whole items, not one key of each.",
        '[[app.auth.oidc]]\nid = "a"\nissuer = "https://a.example.com"\nclientIdEnv = "A"\nclientSecretEnv = "B"\n'
        '[[app.auth.oidc]]\nid = "a"\nissuer = "https://b.example.com"\nclientIdEnv = "C"\nclientSecretEnv = "D"',
    ),
    Beyond(
        "CM408",
        "a default above its hard limit",
        RELATIONS,
        "app.engineExecutionLimits = { defaultMaxNodeActivations = 500, hardMaxNodeActivations = 400 }",
    ),
    Beyond(
        "CM409",
        "log rules that no logger reaches",
        RELATIONS,
        'app.log.rules = [{ filter = "*", level = "info" }, { filter = "engine.*", level = "debug" }]',
    ),
    Beyond(
        "CM410",
        "access without sign-in where that must not be",
        LAYERS,
        'app.auth = { kind = "managed", allowUnauthenticatedInDevelopment = true }',
    ),
    Beyond(
        "CM411",
        "providers beside managed sign-in",
        LAYERS,
        'app.auth.kind = "managed"\n'
        'app.auth.oauth = [{ provider = "github", clientIdEnv = "A", clientSecretEnv = "B" }]',
    ),
    Beyond("CM412", "managed sign-in without workflows", LAYERS, 'app.auth.kind = "managed"'),
    Beyond("CM413", "production without sign-in", ENVIRONMENT, "", {"NODE_ENV": "production"}),
    Beyond(
        "CM414",
        "production without the secret of sessions",
        ENVIRONMENT,
        'app.auth.kind = "local"',
        {"NODE_ENV": "production"},
    ),
    Beyond(
        "CM415",
        "production on SQLite by default",
        ENVIRONMENT,
        'app.auth.kind = "local"',
        {"NODE_ENV": "production", "AUTH_SECRET": "a-long-and-random-text"},
    ),
)
"""By code."""


def readme() -> str:
    """`schemas/README.md`."""
    rules: dict[str, Rule] = {rule.code: rule for rule in all_rules()}
    rows = [f"| {one.code} {rules[one.code].slug} | {one.what} | {one.why} |" for one in BEYOND]
    return "\n".join((*INTRODUCTION, *rows, ""))


def _purpose(output: dict[str, Any]) -> str:
    """What an output's schema says that it is of, within a row of a table."""
    return f"w{output['description'].removeprefix('W').removesuffix('.')}"


INTRODUCTION = (
    "# Schemas",
    "",
    "JSON Schemas (draft-07), generated from the declarations by `make generate`; do not edit.",
    "",
    "| file | of |",
    "|---|---|",
    "| `codemation.schema.json` | `codemation.toml`: the app form, and the runtime form as its lower level |",
    "| `codemation-runtime.schema.json` | the runtime form: what `codemation compile` prints, as TOML or as JSON |",
    *(f"| `{name}-output.schema.json` | {_purpose(output)} |" for name, output in OUTPUTS.items()),
    "",
    "`codemation schema --form FORM` prints each, and `--check FILE …` tells whether copies are up to date.",
    "",
    "## What they cannot say",
    "",
    "The schema and the compiler accept and refuse the same documents. Only the compiler knows these rules besides:",
    "",
    "| rule | about | why not in the schema |",
    "|---|---|---|",
)
