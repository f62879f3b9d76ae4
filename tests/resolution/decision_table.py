"""A deterministic table of configurations: structured products over small axes, then a seeded mix of all axes.

`python decision_table.py` prints how many cases each part has.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

PG_ENV = "postgresql://env@db.example:5432/env"
PG_APP = "postgres://app@db.example/app"
PG_RUNTIME = "postgresql:///runtime?host=/var/run/postgresql"
PG_OVER = "postgresql://one:5432,two:5433/over"
PG_NAMED = "postgresql://named:s3cret@db.example/named"
PG_SECRET = "postgresql://app:s3cret@db.example/app"
PG_MASKED = "postgresql://app:***@db.example/app"
PG_LEAK = "postgresql://app:s3cret"
MYSQL = "mysql://env@db.example/env"
REDIS_ENV = "redis://env.example:6379/0"
REDIS_APP = "rediss://app.example:6380"
REDIS_RUNTIME = "unix:///run/redis.sock"
REDIS_OVER = "redis://over.example"
REDIS_NAMED = "redis://:s3cret@named.example:6379"
REDIS_BAD = "amqp://env.example"

POLICIES = (
    "runSeconds",
    "failedRunSeconds",
    "binarySeconds",
    "telemetryArtifactSeconds",
    "telemetrySpanSeconds",
    "telemetryMetricSeconds",
)
RETENTION = (*POLICIES, "auditSeconds")
RETENTION_VARIABLE = {
    "runSeconds": "CODEMATION_RUN_RETENTION_DEFAULT_SECONDS",
    "failedRunSeconds": "CODEMATION_FAILED_RUN_RETENTION_DEFAULT_SECONDS",
    "auditSeconds": "CODEMATION_AUDIT_RETENTION_DEFAULT_SECONDS",
    "binarySeconds": "CODEMATION_BINARY_RETENTION_DEFAULT_SECONDS",
    "telemetryArtifactSeconds": "CODEMATION_TELEMETRY_ARTIFACT_RETENTION_DEFAULT_SECONDS",
    "telemetrySpanSeconds": "CODEMATION_TELEMETRY_SPAN_RETENTION_DEFAULT_SECONDS",
    "telemetryMetricSeconds": "CODEMATION_TELEMETRY_METRIC_RETENTION_DEFAULT_SECONDS",
}
DAY = 86400

# By name: the variable, the least and the most.
TUNING = {
    "poolSize": ("CODEMATION_DATABASE_POOL_SIZE", 1, 1000),
    "connectTimeoutSeconds": ("CODEMATION_DATABASE_CONNECT_TIMEOUT_SECONDS", 1, 3600),
    "statementTimeoutSeconds": ("CODEMATION_DATABASE_STATEMENT_TIMEOUT_SECONDS", 1, 86400),
    "waitSeconds": ("CODEMATION_DATABASE_WAIT_SECONDS", 0, 3600),
}


@dataclass(frozen=True)
class Case:
    """One configuration."""

    name: str
    document: dict[str, Any]
    environment: dict[str, str]
    overrides: dict[str, object]


@dataclass(frozen=True)
class Part:
    """A piece of a configuration: file keys (dotted), variables, overrides."""

    name: str = "-"
    file: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    over: dict[str, object] = field(default_factory=dict)


NOTHING = Part()


def file(key: str, *values: Any) -> list[Part]:
    """One part for each value of a file key."""
    return [Part(f"{key}={value!r}", file={key: value}) for value in values]


def env(name: str, *values: str) -> list[Part]:
    """One part for each value of a variable."""
    return [Part(f"${name}={value!r}", env={name: value}) for value in values]


def over(key: str, *values: object) -> list[Part]:
    """One part for each value of an override."""
    return [Part(f"!{key}={value!r}", over={key: value}) for value in values]


def both(*parts: Part) -> Part:
    """Parts together; of one key stated twice the last counts."""
    names, keys, variables, overrides = [], {}, {}, {}
    for part in parts:
        if part is not NOTHING:
            names.append(part.name)
        keys.update(part.file)
        variables.update(part.env)
        overrides.update(part.over)
    return Part(" ".join(names) or "-", keys, variables, overrides)


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Dotted keys as tables; a key below something that is no table is dropped."""
    document: dict[str, Any] = {}
    for key, value in flat.items():
        table: Any = document
        *parents, last = key.split(".")
        for parent in parents:
            table = table.setdefault(parent, {}) if isinstance(table, dict) else None
        if isinstance(table, dict):
            table[last] = value
    return document


# ---------------------------------------------------------------------------------------------- the axes

OVER_KIND = [
    *over("app.database.kind", "sqlite", "postgresql", "mysql", 5),
    *over("runtime.database.kind", "sqlite", "postgresql", "Sqlite"),
]
OVER_URL = [
    *over("app.database.url", PG_OVER, MYSQL, 5),
    *over("runtime.database.url", PG_OVER, PG_MASKED),
]
OVER_URL_ENV = [
    both(*over("app.database.urlEnv", "OVER_PG"), *env("OVER_PG", PG_NAMED)),
    both(*over("app.database.urlEnv", "OVER_PG"), *env("OVER_PG", MYSQL)),
    both(*over("app.database.urlEnv", "OVER_PG"), *env("OVER_PG", "  ")),
    *over("app.database.urlEnv", "OVER_PG", "not a name", True),
]
ENV_KIND = env("CODEMATION_DATABASE_KIND", "sqlite", "postgresql", " postgresql ", "", "  ", "mysql", "SQLITE")
ENV_URL = env("DATABASE_URL", PG_ENV, f"  {PG_ENV}\t", "", "   ", MYSQL, PG_MASKED, PG_LEAK)
APP_KIND = file("app.database.kind", "sqlite", "postgresql", "mysql", "", 5)
APP_URL = file("app.database.url", PG_APP, PG_SECRET, "mysql://app:s3cret@db.example/app", PG_MASKED, PG_LEAK, "", 5)
APP_URL_ENV = [
    both(*file("app.database.urlEnv", "APP_PG"), *env("APP_PG", PG_NAMED)),
    both(*file("app.database.urlEnv", "APP_PG"), *env("APP_PG", MYSQL)),
    both(*file("app.database.urlEnv", "APP_PG"), *env("APP_PG", " ")),
    *file("app.database.urlEnv", "APP_PG", "DATABASE_URL", "not a name", "1PG", "", 5),
]
RUNTIME_KIND = file("runtime.database.kind", "sqlite", "postgresql", "mysql", False)
RUNTIME_URL = file("runtime.database.url", PG_RUNTIME, PG_SECRET, MYSQL, [])
OVER_PATH = [
    *over("app.database.sqliteFilePath", "over.sqlite", ":memory:"),
    *over("runtime.database.sqliteFilePath", "/data/over.sqlite"),
]
ENV_PATH = env("CODEMATION_SQLITE_FILE_PATH", "env/data.sqlite", " ", ":memory:", "~/x.sqlite")
APP_PATH = file(
    "app.database.sqliteFilePath", "app/data.sqlite", "../app.sqlite", ":memory:", "file:app.sqlite", " ", "a\0b", 5
)
RUNTIME_PATH = file("runtime.database.sqliteFilePath", "/srv/app/app/data.sqlite", "./run.sqlite", "", 5)

OVER_SCHEDULER = [
    *over("app.scheduler.kind", "inline", "queue", "local"),
    *over("runtime.scheduler.kind", "local", "bullmq", "inline"),
]
ENV_SCHEDULER = env("CODEMATION_SCHEDULER", "local", "bullmq", " ", "inline")
APP_SCHEDULER = file("app.scheduler.kind", "inline", "queue", "local")
RUNTIME_SCHEDULER = file("runtime.scheduler.kind", "local", "bullmq", "queue")
OVER_REDIS = [
    *over("app.scheduler.redisUrl", REDIS_OVER, REDIS_BAD),
    *over("runtime.eventBus.redisUrl", REDIS_OVER),
    both(*over("app.scheduler.redisUrlEnv", "OVER_REDIS"), *env("OVER_REDIS", REDIS_NAMED)),
    *over("app.scheduler.redisUrlEnv", "OVER_REDIS", "not a name"),
]
ENV_REDIS = env("REDIS_URL", REDIS_ENV, "  ", REDIS_BAD)
APP_REDIS = file("app.scheduler.redisUrl", REDIS_APP, "redis://:s3cret@app.example", "http://app.example", 5)
APP_REDIS_ENV = [
    both(*file("app.scheduler.redisUrlEnv", "APP_REDIS"), *env("APP_REDIS", REDIS_NAMED)),
    both(*file("app.scheduler.redisUrlEnv", "APP_REDIS"), *env("APP_REDIS", REDIS_BAD)),
    both(*file("app.scheduler.redisUrlEnv", "APP_REDIS"), *env("APP_REDIS", "")),
    *file("app.scheduler.redisUrlEnv", "APP_REDIS", "a-b", 5),
]
RUNTIME_REDIS = file("runtime.eventBus.redisUrl", REDIS_RUNTIME, "redis://h:port", 5)
OVER_BUS = over("runtime.eventBus.kind", "memory", "redis", "kafka")
ENV_BUS = env("CODEMATION_EVENT_BUS", "memory", "redis", " ", "local")
RUNTIME_BUS = file("runtime.eventBus.kind", "memory", "redis", "bullmq")

OVER_PREFIX = [
    *over("app.scheduler.queuePrefix", "over", 5),
    *over("runtime.scheduler.queuePrefix", "over-runtime"),
    *over("runtime.eventBus.queuePrefix", "over-bus"),
]
ENV_PREFIX = env("QUEUE_PREFIX", "env", "  env ", " ", "${X}")
APP_PREFIX = file("app.scheduler.queuePrefix", "app", " ", 5)
RUNTIME_PREFIX = file("runtime.scheduler.queuePrefix", "app", "run", "")
BUS_PREFIX = file("runtime.eventBus.queuePrefix", "app", "bus", 5)
QUEUES = [
    *file("app.scheduler.workerQueues", [], ["a", "b"], ["a", "a"], ["a", " "], ["a", 5], "a"),
    *file("runtime.scheduler.workerQueues", ["b", "a"], [""], {}),
    *over("app.scheduler.workerQueues", ["over"], '["over", "text"]', ["x", "x"], 5, "no toml ["),
    *over("runtime.scheduler.workerQueues", []),
]


def pick(axis: list[Part], *indices: int) -> list[Part]:
    """Nothing, and those parts of an axis."""
    return [NOTHING, *(axis[index] for index in indices)]


# ---------------------------------------------------------------------------------------------- the products

DATABASE_AXES = {
    "override kind": OVER_KIND,
    "override url": OVER_URL,
    "override urlEnv": OVER_URL_ENV,
    "CODEMATION_DATABASE_KIND": ENV_KIND,
    "DATABASE_URL": ENV_URL,
    "app kind": APP_KIND,
    "app url": APP_URL,
    "app urlEnv": APP_URL_ENV,
    "runtime kind": RUNTIME_KIND,
    "runtime url": RUNTIME_URL,
    "override path": OVER_PATH,
    "CODEMATION_SQLITE_FILE_PATH": ENV_PATH,
    "app path": APP_PATH,
    "runtime path": RUNTIME_PATH,
}


def kind_singles() -> Iterator[Part]:
    """Nothing at all, and every value of every database source alone."""
    yield NOTHING
    for axis in DATABASE_AXES.values():
        yield from axis


def kind_pairs() -> Iterator[Part]:
    """Every rank of the kind table against every other, with good, blank and bad values; paths: good and bad."""
    axes = [
        [part for part in axis if part.name.rpartition("=")[2] != "5"] if "path" not in name.lower() else axis[:3:2]
        for name, axis in DATABASE_AXES.items()
    ]
    for one, other in combinations(axes, 2):
        for left, right in product(one, other):
            yield both(left, right)


def kind_ranks() -> Iterator[Part]:
    """Ranks 3 to 8 with good values, all together."""
    for parts in product(
        pick(ENV_KIND, 0, 1),
        pick(ENV_URL, 0),
        pick(APP_KIND, 0, 1),
        [NOTHING, APP_URL[0], APP_URL_ENV[0], APP_URL_ENV[3]],
        pick(RUNTIME_KIND, 0, 1),
        pick(RUNTIME_URL, 0),
    ):
        yield both(*parts)


def kind_overridden() -> Iterator[Part]:
    """Ranks 1 and 2 over one or two lower ranks."""
    for parts in product(
        pick(OVER_KIND, 0, 5),
        [NOTHING, OVER_URL[0], OVER_URL_ENV[0], OVER_URL_ENV[3]],
        [NOTHING, ENV_KIND[0], ENV_KIND[5], ENV_URL[0], ENV_URL[4]],
        [NOTHING, APP_KIND[0], APP_URL[0], APP_URL_ENV[3], RUNTIME_KIND[1]],
    ):
        yield both(*parts)


def unused_paths() -> Iterator[Part]:
    """A path from every source under every way to PostgreSQL or SQLite."""
    ways = [
        NOTHING,
        both(OVER_KIND[1], RUNTIME_URL[0]),
        OVER_URL[0],
        both(ENV_KIND[1], APP_URL[0]),
        both(ENV_KIND[0], APP_URL[0]),
        ENV_URL[0],
        both(ENV_URL[0], APP_KIND[0]),
        both(ENV_URL[0], APP_KIND[1]),
        both(ENV_KIND[0], ENV_URL[0]),
        both(APP_KIND[1], APP_URL[0]),
        both(APP_KIND[0], APP_URL[0]),
        APP_URL_ENV[0],
        both(APP_URL_ENV[3], APP_KIND[0]),
        both(RUNTIME_KIND[1], RUNTIME_URL[0]),
        both(RUNTIME_KIND[0], RUNTIME_URL[0]),
    ]
    paths = product(pick(OVER_PATH, 0), pick(ENV_PATH, 0, 2), pick(APP_PATH, 0), pick(RUNTIME_PATH, 1))
    for way, path in product(ways, [both(*parts) for parts in paths]):
        yield both(way, path)


SCHEDULER_AXES = {
    "override scheduler": OVER_SCHEDULER,
    "CODEMATION_SCHEDULER": ENV_SCHEDULER,
    "app scheduler": APP_SCHEDULER,
    "runtime scheduler": RUNTIME_SCHEDULER,
    "override Redis": OVER_REDIS,
    "REDIS_URL": ENV_REDIS,
    "app redisUrl": APP_REDIS,
    "app redisUrlEnv": APP_REDIS_ENV,
    "runtime redisUrl": RUNTIME_REDIS,
    "override event bus": OVER_BUS,
    "CODEMATION_EVENT_BUS": ENV_BUS,
    "runtime event bus": RUNTIME_BUS,
}


def scheduler_singles() -> Iterator[Part]:
    """Every value of every scheduler and event bus source alone, on SQLite, on PostgreSQL, on an undecided kind."""
    for database, axis in product((NOTHING, ENV_URL[0], APP_KIND[2]), SCHEDULER_AXES.values()):
        for part in axis:
            yield both(database, part)


def scheduler_pairs() -> Iterator[Part]:
    """Every scheduler and event bus source against every other, on PostgreSQL."""
    for one, other in combinations(SCHEDULER_AXES.values(), 2):
        for left, right in product(one, other):
            if "=5" not in left.name + right.name:
                yield both(ENV_URL[0], left, right)


def scheduler_branches() -> Iterator[Part]:
    """Scheduler by Redis by event bus: every branch of both inferences."""
    schedulers = [
        NOTHING,
        APP_SCHEDULER[0],
        APP_SCHEDULER[1],
        RUNTIME_SCHEDULER[0],
        RUNTIME_SCHEDULER[1],
        ENV_SCHEDULER[0],
        both(ENV_SCHEDULER[0], APP_SCHEDULER[0]),
        both(ENV_SCHEDULER[3], APP_SCHEDULER[0]),
        both(OVER_SCHEDULER[3], APP_SCHEDULER[0]),
        OVER_SCHEDULER[0],
    ]
    redis = [
        NOTHING,
        ENV_REDIS[0],
        ENV_REDIS[2],
        APP_REDIS[0],
        APP_REDIS_ENV[0],
        APP_REDIS_ENV[3],
        both(APP_REDIS_ENV[3], RUNTIME_REDIS[0]),
        RUNTIME_REDIS[0],
    ]
    buses = [NOTHING, ENV_BUS[0], RUNTIME_BUS[0], RUNTIME_BUS[1]]
    for database, *parts in product((NOTHING, ENV_URL[0]), schedulers, redis, buses):
        yield both(database, *parts)


def prefixes() -> Iterator[Part]:
    """The queue prefix of both settings from every source."""
    for parts in product(
        pick(OVER_PREFIX, 0, 2, 3),
        pick(ENV_PREFIX, 0, 2),
        pick(APP_PREFIX, 0),
        pick(RUNTIME_PREFIX, 0, 1),
        pick(BUS_PREFIX, 0, 1),
    ):
        yield both(*parts)
    for axis in (OVER_PREFIX, ENV_PREFIX, APP_PREFIX, RUNTIME_PREFIX, BUS_PREFIX):
        yield from axis
    for one, other in combinations(OVER_PREFIX, 2):
        yield both(one, other)


def queues() -> Iterator[Part]:
    """The worker queues, alone and in pairs."""
    yield from QUEUES
    for one, other in combinations(QUEUES, 2):
        if not (one.file.keys() & other.file.keys() or one.over.keys() & other.over.keys()):
            yield both(one, other)


def retention_sources() -> Iterator[Part]:
    """Each retention value from every source, good, blank and bad."""
    for index, name in enumerate(RETENTION):
        variable, app, runtime = RETENTION_VARIABLE[name], f"app.retention.{name}", f"runtime.retention.{name}"
        axes = (
            [NOTHING, *over(app, 50_000)],
            [NOTHING, *env(variable, " 60000 ", "", "ten")],
            [NOTHING, *file(app, 70_000, 0)],
            [NOTHING, *file(runtime, 70_000, 80_000)],
        )
        for parts in product(*axes):
            yield both(*parts)
        bad_texts = ("0", "-1", "3153600001", "1.5", "1e3", "1_000", "0x10", "9" * 25, "٣", "5 5")
        yield from env(variable, *bad_texts, "1", "3153600000", "0086400")
        yield from file(app, 1, 3153600000, 3153600001, -1, 1.0, "5", True, [])
        yield from file(runtime, 1, 0, 2.5)
        yield from over(app, "50000", " 50000 ", "ten", "0", 0, 1.0, True)
        yield from over(runtime, 50_000, "50001")
        other = RETENTION[index - 1]
        yield both(*file(app, 0), *file(f"app.retention.{other}", "x"), *env(RETENTION_VARIABLE[other], "bad"))


def tuning_sources() -> Iterator[Part]:
    """The pool's size and the time-outs from every source, under either engine."""
    engines = [
        NOTHING,
        *env("DATABASE_URL", PG_ENV),
        *file("app.database.kind", "sqlite", "mysql"),
        both(*env("DATABASE_URL", PG_ENV), *env("CODEMATION_DATABASE_KIND", "sqlite")),
    ]
    for name, (variable, least, most) in TUNING.items():
        app, runtime = f"app.database.{name}", f"runtime.database.{name}"
        # One of them in every combination; the others are declared alike.
        others = [[NOTHING, *over(app, least), *over(runtime, most + 1)], [NOTHING, *file(runtime, least + 1, most)]]
        axes = (
            engines,
            [NOTHING, *env(variable, f" {least} ", "", str(most + 1), "ten")],
            [NOTHING, *file(app, least + 1, least - 1)],
            *(others if name == "poolSize" else ()),
        )
        for parts in product(*axes):
            yield both(*parts)
        for engine in engines[:2]:
            for bad in (*env(variable, "-1", "1.5", "1e3", "5s"), *file(app, most, most + 1, 1.0, "5", True, [])):
                yield both(engine, bad)


def retention_order() -> Iterator[Part]:
    """CM404 at host level: every pair below, at and above its limit."""
    for values in product((None, DAY, 40 * DAY), repeat=len(POLICIES)):
        stated = {f"app.retention.{name}": value for name, value in zip(POLICIES, values, strict=True) if value}
        yield Part("host " + " ".join(str(value) for value in values), file=stated)
    yield both(*env(RETENTION_VARIABLE["runSeconds"], str(8 * DAY)))
    yield both(*file("runtime.retention.runSeconds", 8 * DAY))
    yield both(*over("app.retention.runSeconds", 8 * DAY))
    yield both(*env(RETENTION_VARIABLE["runSeconds"], "x"), *file("app.retention.telemetrySpanSeconds", 5))


def workflows() -> Iterator[Part]:
    """Workflows in either form, in both, inherited, out of order, and wrong."""
    hosts = [
        NOTHING,
        *file("app.retention.runSeconds", 1000, 8 * DAY),
        *file("runtime.retention.binarySeconds", 500, 2 * DAY),
        *env(RETENTION_VARIABLE["telemetrySpanSeconds"], "2000"),
        *file("app.retention.runSeconds", 0),
        *file("app.retention.failedRunSeconds", 3000, 10 * DAY, "x"),
        both(*file("app.retention.runSeconds", 8 * DAY), *file("runtime.retention.failedRunSeconds", 9 * DAY)),
    ]
    one, lowered = "workflows.one.prunePolicy", "runtime.workflows.one.prunePolicy"
    policies = [
        *file("workflows.one", {}),
        *file("workflows.one.prunePolicy", {}),
        *file("runtime.workflows.one", {}),
        *(part for name in POLICIES for part in file(f"{one}.{name}", 600, 50 * DAY)),
        *(part for name in POLICIES for part in file(f"{lowered}.{name}", 700)),
        both(*file(f"{one}.runSeconds", 600), *file(f"{one}.binarySeconds", 601)),
        both(*file(f"{one}.runSeconds", 600), *file(f"{one}.binarySeconds", 599)),
        both(*file(f"{one}.runSeconds", 600), *file(f"{lowered}.runSeconds", 700)),
        both(*file(f"{one}.runSeconds", 600), *file(f"{lowered}.runSeconds", 600)),
        both(*file(f"{one}.runSeconds", 600), *file(f"{lowered}.binarySeconds", 700)),
        both(*file(f"{one}.runSeconds", 9 * DAY), *file("runtime.workflows.two.prunePolicy.runSeconds", 5)),
        both(*file(f"{one}.runSeconds", 600), *over(f"{one}.runSeconds", 8 * DAY)),
        both(*file(f"{one}.runSeconds", 600), *over(f"{lowered}.runSeconds", "900")),
        both(*over(f"{one}.runSeconds", 5), *over(f"{lowered}.runSeconds", 6)),
        *over("workflows.three.prunePolicy.binarySeconds", 5, 2 * DAY, 0, "x"),
        *file(f"{one}.runSeconds", 0, "x", 1.5, 3153600001),
        both(*file(f"{one}.runSeconds", 9 * DAY), *file(f"{one}.failedRunSeconds", 5)),
        both(
            *file(f"{one}.runSeconds", 600), *file(f"{one}.binarySeconds", 700), *file(f"{one}.failedRunSeconds", 701)
        ),
        both(*file(f"{one}.runSeconds", 9 * DAY), *file(f"{one}.failedRunSeconds", 10 * DAY)),
        *over(f"{one}.failedRunSeconds", 60, "x"),
        *file(f"{one}.auditSeconds", 600),
    ]
    for host, policy in product(hosts, policies):
        yield both(host, policy)
    yield from file("workflows", {}, 5, {"one": 5})
    yield from file("workflows.one.prunePolicy", 5, {"runSecond": 5})
    yield from file("workflows.one.prune", {})
    yield from file("runtime.workflows", {}, 5)


def unknown_keys() -> Iterator[Part]:
    """CM101, CM102 of tables, CM106, CM202 and CM205."""
    yield from file("app", {}, 5, [])
    yield from file("runtime", {}, "x")
    yield from file("app.database", {}, 5)
    yield from file("app.database.sqlite_file_path", "x")
    yield from file("app.database.Kind", "sqlite")
    yield from file("app.databse", {"kind": "sqlite", "more": 1})
    yield from file("app.eventBus", {"kind": "redis"})
    yield from file("app.workflows", {"one": {}})
    yield from file("app.scheduler.redis", "x")
    yield from file("app.retention.runSecond", 5)
    yield from file("runtime.database.urlEnv", "APP_PG")
    yield from file("runtime.eventBus.redisUrlEnv", "APP_REDIS")
    yield from file("runtime.scheduler.redisUrl", REDIS_APP)
    yield from file("database", {"kind": "sqlite"})
    yield from file("kind", "sqlite")
    yield both(*file("one", 1), *file("two", 2), *file("app.three", 3), *file("app.database.kind", "x"))
    for key in (
        "app.database",
        "app.database.path",
        "database.kind",
        "runtime.database.urlEnv",
        "workflows.one.runSeconds",
        "workflows.one.prunePolicy.days",
        "app.eventBus.kind",
        "",
    ):
        yield from over(key, "sqlite")
    yield both(*over("app.database.kind", "sqlite"), *over("runtime.database.kind", "sqlite"))
    yield both(*over("app.database.kind", "sqlite"), *over("runtime.database.kind", "postgresql"), ENV_URL[0])
    yield both(*over("app.database.url", PG_OVER), *over("runtime.database.url", PG_ENV))
    yield both(*over("app.database.url", PG_OVER), *over("app.database.urlEnv", "OVER_PG"))
    yield both(*over("runtime.database.url", PG_OVER), OVER_URL_ENV[0])
    yield both(*over("app.scheduler.redisUrl", REDIS_OVER), *over("app.scheduler.redisUrlEnv", "OVER_REDIS"))
    yield both(*over("app.scheduler.redisUrl", REDIS_OVER), *over("runtime.eventBus.redisUrl", REDIS_OVER))
    yield both(*over("app.scheduler.queuePrefix", "one"), *over("runtime.scheduler.queuePrefix", "one"))
    for part in (NOTHING, ENV_URL[0], ENV_URL[4], APP_KIND[0], APP_URL_ENV[0], APP_URL_ENV[3]):
        yield both(part, *file("app.database.url", PG_APP), *file("app.database.urlEnv", "APP_PG"))
    for part in (NOTHING, ENV_REDIS[0], APP_SCHEDULER[0], APP_REDIS_ENV[0]):
        pair = both(*file("app.scheduler.redisUrl", REDIS_APP), *file("app.scheduler.redisUrlEnv", "APP_REDIS"))
        yield both(part, pair, ENV_URL[0])
    for name in (
        "CODEMATION_DATABASE_KINDS",
        "CODEMATION_SHEDULER",
        "CODEMATION_EVENTBUS",
        "CODEMATION_SQLITE_FILEPATH",
        "CODEMATION_RUN_RETENTION_DEFAULT_SECOND",
        "CODEMATION_SOMETHING_ELSE_ENTIRELY",
        "CODEMATION_SKIP_STARTUP_MIGRATIONS",
        "DATABASE_URLS",
        "REDIS_URI",
        "codemation_scheduler",
        "Codemation-Event-Bus",
        "CODEMATION_REDIS_URL",
        "CODEMATION_SQLITE_PATH",
        "CODEMATION_SCHEDULER_SERVICE_HOST",
    ):
        yield from env(name, "1")
    for name in ("DATABASE_URLS", "DATABSE_URL", "database_url", "DATABASE-URL", "OTHER_DATABASE_URL"):
        yield from env(name, PG_ENV)
        yield both(*env(name, PG_ENV), ENV_KIND[0])
    yield from env("CODEMATION_SHEDULER", "  ")
    yield both(*env("CODEMATION_SHEDULER", "local"), *env("CODEMATION_EVENT_BUSS", "redis"), ENV_KIND[0])
    yield both(*file("app.database.urlEnv", "CODEMATION_DATABASE_KINDS"), *env("CODEMATION_DATABASE_KINDS", PG_NAMED))


def limits() -> Iterator[Part]:
    """The engine's limits: each below, at and above the other, by each source, and wrong."""
    for default, hard in (
        ("defaultMaxNodeActivations", "hardMaxNodeActivations"),
        ("defaultMaxSubworkflowDepth", "hardMaxSubworkflowDepth"),
    ):
        app, runtime = "app.engineExecutionLimits.", "runtime.engineExecutionLimits."
        stated = [NOTHING, *file(app + default, 1, 32, 33, 100_001, 0, "5"), *over(app + default, 7)]
        for one, other in product(stated, [NOTHING, *file(app + hard, 5, 33, 200_000, -1), *file(runtime + hard, 9)]):
            yield both(one, other)
        yield from over(runtime + hard, 3, 1.0)


LOG = {"filter": "*", "level": "info"}
GITHUB = {"provider": "github", "clientIdEnv": "GH_ID", "clientSecretEnv": "GH_SECRET"}
CORPORATE = {"id": "a", "issuer": "https://login.example.com", "clientIdEnv": "ID_ID", "clientSecretEnv": "ID_SECRET"}
SERVER = {
    "id": "search",
    "displayName": "Search",
    "description": "Searches",
    "transport": "http",
    "url": "https://mcp.example.com/v1",
}


def without(table: dict[str, Any], key: str) -> dict[str, Any]:
    """A table that lacks a key."""
    return {name: value for name, value in table.items() if name != key}


LOGS = [
    *file("app.log", LOG, {"rules": []}, {"rules": [LOG]}, {"rules": [LOG, LOG, LOG]}, {"rules": [LOG], **LOG}),
    *file("app.log", {}, without(LOG, "filter"), {**LOG, "rule": 1}, {**LOG, "filter": ["a", "*"]}, [LOG], "info"),
    *file("app.log", {**LOG, "filter": []}, {**LOG, "filter": ["a", 1]}, {**LOG, "level": "warning"}),
    *file("app.log", {"rules": [{"filter": ["a*", "*"], "level": "warn"}, {"filter": "b", "level": "silent"}]}),
    *file("runtime.log", {"rules": [LOG, LOG]}),
    *over("app.log", LOG, {"level": "info"}),
    *over("runtime.log", {"rules": [{"filter": "x", "level": "debug"}, LOG]}),
]
OAUTHS = [
    *file("app.auth.oauth", [GITHUB], [], [without(GITHUB, "provider")], [{**GITHUB, "provider": "gitlab"}], [5], {}),
    *file("app.auth.oauth", [{**GITHUB, "tenantIdEnv": "GH_TENANT"}], [{**GITHUB, "clientIdEnv": "a b"}]),
    *file("runtime.auth.oauth", [GITHUB, GITHUB]),
    *over("app.auth.oauth", [GITHUB], [{**GITHUB, "more": 1}]),
]
OIDCS = [
    *file("app.auth.oidc", [CORPORATE], [CORPORATE, CORPORATE], [CORPORATE, {**CORPORATE, "id": "b"}]),
    *file("app.auth.oidc", [without(without(CORPORATE, "issuer"), "clientIdEnv")], [{**CORPORATE, "issuer": "x"}]),
    *over("runtime.auth.oidc", [CORPORATE], [CORPORATE, CORPORATE]),
]
SERVERS = [
    *file("mcpServers", [SERVER], [SERVER, SERVER, SERVER], [without(SERVER, "url")], [{**SERVER, "transport": "sse"}]),
    *file("mcpServers", [{**SERVER, "staticHeaders": {"X-A": "b"}}], [{**SERVER, "staticHeaders": {"X-A": 5}}]),
    *file("mcpServers", [{**SERVER, "requiredScopes": ["a", "a"]}], [{**SERVER, "url": "ftp://h"}, SERVER], SERVER),
    *file("runtime.mcpServers", [SERVER]),
    *over("mcpServers", [SERVER], [SERVER, SERVER], "x"),
]
AUTH_KINDS = [
    *file("app.auth.kind", "local", "managed", "oauth", "none"),
    *file("runtime.auth.kind", "local"),
    *over("app.auth.kind", "managed", "local"),
]
OPEN = file("app.auth.allowUnauthenticatedInDevelopment", True, False, "true")
FOLDERS = [
    *file("workflowDiscovery.directories", ["src"], [], ["src", "src"], ["https://x"], "src"),
    *file("runtime.workflowDiscovery.directories", ["./src/"]),
]
PRODUCTION = [
    *env("NODE_ENV", "production", "development", " Production "),
    *env("CODEMATION_ENV", "production", "prod", "'production'"),
]
SECRET = env("AUTH_SECRET", "0123456789abcdef", "s3cret", "undefined", " ")
PROVIDED = [
    both(*env("GH_ID", "x"), *env("GH_SECRET", "y")),
    both(*env("ID_ID", "x"), *env("ID_SECRET", "  ")),
    both(*env("ID_ID", "x"), *env("ID_SECRET", "y"), *env("GH_ID", "z")),
]
SINGLES = [
    *file("app.frontendPort", 1, 65535, 0, 65536, "80", 80.0),
    *file("runtime.frontendPort", 3000),
    *over("app.frontendPort", 8080, 0),
    *file("codemationVersion", "1.2", "", 1.2),
    *file("app.whitelabel.productName", "Orders", " "),
    *file("app.whitelabel.logoPath", "logo.svg", "../a/../logo.svg", "https://x/logo.svg", 5),
    *file("runtime.whitelabel.logoPath", "./logo.svg"),
    *file("app.whitelabel", {}, {"colour": "red"}, 5),
    *file("app.auth", {}, {"kinds": "local"}),
]


def surface() -> Iterator[Part]:
    """Section 8, each setting alone and in both forms."""
    for axis in (LOGS, OAUTHS, OIDCS, SERVERS, AUTH_KINDS, OPEN, FOLDERS, SINGLES):
        yield from axis
        for one, other in combinations(axis, 2):
            if not (one.file.keys() & other.file.keys() or one.over.keys() & other.over.keys()):
                yield both(one, other)


def access() -> Iterator[Part]:
    """Sign-in: every kind with providers and folders, in development and in production."""
    for parts in product(
        [NOTHING, *PRODUCTION],
        [NOTHING, *SECRET],
        [NOTHING, *pick(AUTH_KINDS, 0, 1, 2, 3, 5)],
        [NOTHING, OPEN[0]],
        [NOTHING, *pick(FOLDERS, 0, 1, 3)],
    ):
        yield both(*parts)
    for parts in product(
        pick(PRODUCTION, 0, 1),
        [NOTHING, *pick(AUTH_KINDS, 1, 2)],
        [NOTHING, *OAUTHS],
        [NOTHING, *OIDCS[:4]],
        [NOTHING, *PROVIDED],
    ):
        yield both(SECRET[0], FOLDERS[0], *parts)


SURFACE_AXES = [LOGS, OAUTHS, OIDCS, SERVERS, AUTH_KINDS, OPEN, FOLDERS, PRODUCTION, SECRET, PROVIDED, SINGLES]

MIXED_AXES = [
    *DATABASE_AXES.values(),
    *SCHEDULER_AXES.values(),
    OVER_PREFIX,
    ENV_PREFIX,
    APP_PREFIX,
    RUNTIME_PREFIX,
    BUS_PREFIX,
    QUEUES,
    *([*file(f"app.database.{name}", 5, 0), *env(TUNING[name][0], "7", "x")] for name in TUNING),
    *([*file(f"app.retention.{name}", 5, DAY, 90 * DAY, 0)] for name in RETENTION),
    *([*file(f"runtime.retention.{name}", 5, DAY, 90 * DAY)] for name in RETENTION),
    *([*env(variable, "5", str(90 * DAY), "", "x")] for variable in RETENTION_VARIABLE.values()),
    *([*file(f"workflows.one.prunePolicy.{name}", 5, DAY, 90 * DAY)] for name in POLICIES),
    [*over("app.retention.runSeconds", 7, 8 * DAY, "x")],
    [*file("runtime.workflows.one.prunePolicy.runSeconds", 5, DAY)],
    [*env("CODEMATION_SHEDULER", "local"), *file("app.database.path", "x")],
    *SURFACE_AXES,
]


# The axes of which the second value is good too; of the others the first alone.
TWO_GOOD = (
    *(OVER_KIND, ENV_KIND, APP_KIND, RUNTIME_KIND, ENV_URL, APP_URL, RUNTIME_URL, APP_PATH, RUNTIME_PATH),
    *(OVER_SCHEDULER, ENV_SCHEDULER, APP_SCHEDULER, RUNTIME_SCHEDULER, ENV_REDIS, APP_REDIS),
    *(OVER_BUS, ENV_BUS, RUNTIME_BUS, ENV_PREFIX, RUNTIME_PREFIX, BUS_PREFIX, QUEUES),
)


def mixed(count: int = 2000, seed: int = 20240229) -> Iterator[Part]:
    """All axes at random: half of the cases with good values only."""
    dice = random.Random(seed)
    good = [axis[: 2 if any(axis is other for other in TWO_GOOD) else 1] for axis in MIXED_AXES]
    for index in range(count):
        chance = dice.choice((0.05, 0.1, 0.2, 0.35))
        parts = [
            dice.choice(good[number] if index % 2 else axis)
            for number, axis in enumerate(MIXED_AXES)
            if dice.random() < chance
        ]
        yield both(*parts)


PARTS = (
    kind_singles,
    kind_pairs,
    kind_ranks,
    kind_overridden,
    unused_paths,
    scheduler_singles,
    scheduler_pairs,
    scheduler_branches,
    prefixes,
    queues,
    retention_sources,
    tuning_sources,
    retention_order,
    workflows,
    unknown_keys,
    limits,
    surface,
    access,
    mixed,
)


def cases() -> Iterator[Case]:
    """Every case once, always in the same order."""
    seen = set()
    for generator in PARTS:
        for number, part in enumerate(generator()):
            content = repr([sorted(half.items()) for half in (part.file, part.env, part.over)])
            if content not in seen:
                seen.add(content)
                name = f"{generator.__name__}/{number:04d} {part.name}"
                yield Case(name, nested(part.file), dict(part.env), dict(part.over))


if __name__ == "__main__":
    print(Counter(case.name.partition("/")[0] for case in cases()))
