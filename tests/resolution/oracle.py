"""An independent oracle for the configuration compiler: spec.md sections 1 to 5, for the settings of sections 2 and 8.

Slow and literal on purpose. It shares no code with the compiler. Every choice that the text leaves open
is marked `# reading:`.
"""

from __future__ import annotations

import os.path
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.resolution import oracle_surface as surface

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

RETENTION_DEFAULT = {  # failedRunSeconds, binarySeconds: the run value; auditSeconds: none
    "runSeconds": 86400,
    "telemetryArtifactSeconds": 259200,
    "telemetrySpanSeconds": 604800,
    "telemetryMetricSeconds": 2592000,
}

# CM404: the first must not be greater than the second; a run's time is the longer of its two.
RUN_TIMES = ("runSeconds", "failedRunSeconds")
RETENTION_ORDER = (
    (RUN_TIMES, ("telemetrySpanSeconds",)),
    (RUN_TIMES, ("telemetryArtifactSeconds",)),
    (("telemetrySpanSeconds",), ("telemetryMetricSeconds",)),
    (("telemetryArtifactSeconds",), ("telemetryMetricSeconds",)),
    (("binarySeconds",), RUN_TIMES),
)

SECONDS_MAX = 3153600000

TUNING = {
    "poolSize": ("CODEMATION_DATABASE_POOL_SIZE", 1, 1000),
    "connectTimeoutSeconds": ("CODEMATION_DATABASE_CONNECT_TIMEOUT_SECONDS", 1, 3600),
    "statementTimeoutSeconds": ("CODEMATION_DATABASE_STATEMENT_TIMEOUT_SECONDS", 1, 86400),
    "waitSeconds": ("CODEMATION_DATABASE_WAIT_SECONDS", 0, 3600),
}

KNOWN_VARIABLES = {
    "CODEMATION_DATABASE_KIND",
    "CODEMATION_DATABASE_URL",
    "CODEMATION_SQLITE_FILE_PATH",
    "CODEMATION_SCHEDULER",
    "CODEMATION_EVENT_BUS",
    "CODEMATION_SKIP_STARTUP_MIGRATIONS",
    "CODEMATION_ENV",
    *RETENTION_VARIABLE.values(),
    *(variable for variable, _, _ in TUNING.values()),
}

# A leaf is SETTING (section 2) or SURFACE (section 8), "*" is any workflow id.
SETTING = "setting"
SURFACE = "section 8"
POLICY: dict[str, Any] = dict.fromkeys(POLICIES, SETTING)
WORKFLOWS: dict[str, Any] = {"*": {"prunePolicy": POLICY}}
REST_OF_APP: dict[str, Any] = {
    "frontendPort": SURFACE,
    "whitelabel": dict.fromkeys(("productName", "logoPath"), SURFACE),
    "engineExecutionLimits": {name: SURFACE for pair in surface.LIMITS for name in pair[:2]},
    "log": SURFACE,
    "auth": dict.fromkeys(("kind", "allowUnauthenticatedInDevelopment", "oauth", "oidc"), SURFACE),
}
REST_OF_TOP: dict[str, Any] = {
    "workflowDiscovery": {"directories": SURFACE},
    "mcpServers": SURFACE,
    "codemationVersion": SURFACE,
}
TREE: dict[str, Any] = {
    "app": {
        "database": dict.fromkeys(("kind", "url", "urlEnv", "sqliteFilePath", *TUNING), SETTING),
        "scheduler": dict.fromkeys(("kind", "queuePrefix", "workerQueues", "redisUrl", "redisUrlEnv"), SETTING),
        "retention": dict.fromkeys(RETENTION, SETTING),
        **REST_OF_APP,
    },
    "runtime": {
        "database": dict.fromkeys(("kind", "url", "sqliteFilePath", *TUNING), SETTING),
        "scheduler": dict.fromkeys(("kind", "queuePrefix", "workerQueues"), SETTING),
        "eventBus": dict.fromkeys(("kind", "queuePrefix", "redisUrl"), SETTING),
        "retention": dict.fromkeys(RETENTION, SETTING),
        "workflows": WORKFLOWS,
        **REST_OF_APP,
        **REST_OF_TOP,
    },
    "workflows": WORKFLOWS,
    **REST_OF_TOP,
}

# Section 2's rows: the app key and the runtime key of one setting (workflows are added by id).
BOTH_FORMS = [
    ("app.database.kind", "runtime.database.kind"),
    ("app.database.url", "runtime.database.url"),
    ("app.database.sqliteFilePath", "runtime.database.sqliteFilePath"),
    *((f"app.database.{name}", f"runtime.database.{name}") for name in TUNING),
    ("app.scheduler.kind", "runtime.scheduler.kind"),
    ("app.scheduler.queuePrefix", "runtime.scheduler.queuePrefix"),
    # reading: app.scheduler.queuePrefix is the app form of *two* settings ("(the same)" in the table), so
    # runtime.eventBus.queuePrefix beside it is "both forms" in overrides (CM106), shadowed in the file (CM303).
    ("app.scheduler.queuePrefix", "runtime.eventBus.queuePrefix"),
    ("app.scheduler.workerQueues", "runtime.scheduler.workerQueues"),
    ("app.scheduler.redisUrl", "runtime.eventBus.redisUrl"),
    *((f"app.retention.{name}", f"runtime.retention.{name}") for name in RETENTION),
]


@dataclass
class Expectation:
    """What the compiler must answer."""

    runtime: dict[str, Any] | None
    errors: list[str]
    warnings: list[str]
    winners: dict[str, str]


@dataclass(frozen=True)
class Value:
    """One source's offer; `fault` is its code when it is rejected."""

    source: str
    value: Any = None
    fault: str | None = None


UNDECIDED = Value("undecided", None, "undecided")


# ---------------------------------------------------------------------------------------------- value checks


def check_choice(raw: object, choices: dict[str, str]) -> tuple[Any, str | None]:
    """One of the keys of `choices`, lowered to the runtime form's word."""
    if not isinstance(raw, str):
        return None, "CM102"
    # reading: choices are exact, case and spaces included; a blank string is a bad choice (CM103), not CM105.
    return (choices[raw], None) if raw in choices else (None, "CM103")


def check_text(raw: object) -> tuple[Any, str | None]:
    """A string that is not blank."""
    if not isinstance(raw, str):
        return None, "CM102"
    # reading: "blank string" (CM105) goes for every string setting of the file, queuePrefix too.
    return (raw, None) if raw.strip() else (None, "CM105")


def check_path(raw: object) -> tuple[Any, str | None]:
    """A file on disk."""
    value, fault = check_text(raw)
    if fault:
        return None, fault
    if value == ":memory:" or value.startswith(("file:", "sqlite:", "~")) or not value.isprintable():
        return None, "CM105"
    if "\\" in value or re.search(r"^[A-Za-z]:/|\$\{\w+\}|%\w+%", value):
        return None, "CM105"
    return (None, "CM105") if any(re.fullmatch(r"\$[A-Z_]+", part) for part in value.split("/")) else (value, None)


def check_variable_name(raw: object) -> tuple[Any, str | None]:
    """The name of a variable."""
    value, fault = check_text(raw)
    if fault:
        return None, fault
    return (value, None) if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value) else (None, "CM105")


def authority_of(url: str) -> str:
    """What stands between `://` and the path, the query or the fragment."""
    return re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]


def passwords_of(url: str) -> list[str]:
    """The passwords in a URL: after the user, and in the query."""
    found = []
    authority = authority_of(url)
    if "@" in authority:
        user = authority.rpartition("@")[0]
        if ":" in user:
            found.append(user.partition(":")[2])
    query = url.partition("?")[2]
    # reading: a password in the query is a password too (masked output masks it, so `***` there is refused).
    found += [part.partition("=")[2] for part in query.split("&") if part.partition("=")[0] == "password"]
    return [password for password in found if password]


def check_url(raw: object, schemes: Iterable[str]) -> tuple[Any, str | None]:
    """A URL of one of the schemes."""
    value, fault = check_text(raw)
    if fault:
        return None, fault
    if not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        return None, "CM105"
    if "***" in passwords_of(value):
        return None, "CM105"
    authority = authority_of(value)
    if "@" not in authority:
        for host in authority.split(","):
            _, colon, port = re.sub(r"^\[[^]]*\]", "", host).rpartition(":")
            if colon and port and not re.fullmatch("[0-9]+", port):
                return None, "CM105"
    return value, None


def check_whole(raw: object, least: int, most: int) -> tuple[Any, str | None]:
    """An integer within bounds, never a float, a string or a bool."""
    if not isinstance(raw, int) or isinstance(raw, bool):
        return None, "CM102"
    return (raw, None) if least <= raw <= most else (None, "CM104")


def check_queues(raw: object) -> tuple[Any, str | None]:
    """An array of distinct non-blank strings."""
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        return None, "CM102"
    # reading: blank and repeated entries are both CM105, and one fault for the whole array.
    if not all(item.strip() for item in raw) or len(set(raw)) != len(raw) or ":" in "".join(raw):
        return None, "CM105"
    return list(raw), None


def check(key: str, raw: object) -> tuple[Any, str | None]:  # noqa: C901, PLR0911  (a transcription, one kind after the other)
    """The check of the file's key `key`: section 2's type column."""
    name = key.rpartition(".")[2]
    if key in ("app.database.kind", "runtime.database.kind"):
        return check_choice(raw, {"sqlite": "sqlite", "postgresql": "postgresql"})
    if key == "app.scheduler.kind":
        return check_choice(raw, {"inline": "local", "queue": "bullmq"})
    if key == "runtime.scheduler.kind":
        return check_choice(raw, {"local": "local", "bullmq": "bullmq"})
    if key == "runtime.eventBus.kind":
        return check_choice(raw, {"memory": "memory", "redis": "redis"})
    if name == "url":
        return check_url(raw, ("postgresql", "postgres"))
    if name == "redisUrl":
        return check_url(raw, ("redis", "rediss", "unix"))
    if name in ("urlEnv", "redisUrlEnv"):
        return check_variable_name(raw)
    if name == "sqliteFilePath":
        return check_path(raw)
    if name == "queuePrefix":
        return check_text(raw)
    if name == "workerQueues":
        return check_queues(raw)
    if name in TUNING:
        return check_whole(raw, *TUNING[name][1:])
    assert name in RETENTION, key
    return check_whole(raw, 1, SECONDS_MAX)


def left_over(text: str) -> bool:
    """Whether a variable's value is what a shell or a program left: quotes, a variable, an unseen character."""
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "'\""
    return (
        quoted or bool(re.search(r"\$[{(]\w+[})]", text) or re.fullmatch(r"\$[A-Z]+", text)) or not text.isprintable()
    )


def check_variable(key: str, text: str) -> tuple[Any, str | None]:
    """The check of a variable's (trimmed, not blank) text: as the runtime key, with integers as base-10 strings."""
    if key.rpartition(".")[2] in {*RETENTION, *TUNING}:
        # reading: "a base-10 string" is ASCII digits, with an optional sign, nothing else (no `_`, no `1e3`, no `1.0`).
        if not re.fullmatch("[+-]?[0-9]{1,20}", text):
            return None, "CM102"
        return check(key, int(text))
    return check(key, text)


def check_override(key: str, raw: object) -> tuple[Any, str | None]:
    """The check of an override: a native value, or a text read as the setting's variable would be."""
    if isinstance(raw, str):
        # reading: a string override is always read as the command line would (trimmed, digits for an integer,
        # TOML for an array). Blank is not "unset" there: nobody overrides with nothing, so it is a bad value.
        text = raw.strip()
        if key.endswith(".workerQueues"):
            try:
                return check_queues(tomllib.loads(f"value = {text}")["value"])
            except tomllib.TOMLDecodeError:
                return None, "CM102"
        # reading: a string that is no integer is the wrong type (CM102) in an override.
        return check_variable(key, text)
    return check(key, raw)


def near(one: str, other: str) -> bool:
    """Whether two names differ by at most two edits."""
    # reading: "nearly matches" is an edit distance of 1 or 2.
    return letters(one, other) <= 2


def letters(one: str, other: str) -> int:
    """How many edits (insert, delete, replace, swap of neighbours) make one of the other."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


# ---------------------------------------------------------------------------------------------- the oracle


@dataclass
class Oracle:
    """One question: what is read, what is decided, what is said about it."""

    document: dict[str, Any]
    environment: dict[str, str]
    overrides: dict[str, object]
    root: str
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    file: dict[str, Value] = field(default_factory=dict)
    over: dict[str, Value] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    # ------------------------------------------------------------------------------------ sources

    def read_file(self) -> None:
        """CM101 to CM105 of the file."""
        self.walk(self.document, TREE, "")

    def walk(self, table: dict[str, Any], tree: dict[str, Any], prefix: str) -> None:
        """One table of the file."""
        for key, raw in table.items():
            node = tree.get(key, tree.get("*"))
            if node is None:
                self.errors.append("CM101")  # once: an unknown table is not searched further
            elif node == SURFACE:
                # reading: any fault inside of a value rejects the whole setting.
                faults = surface.BY_KEY[prefix + key](raw)
                self.file[prefix + key] = Value(prefix.partition(".")[0], raw, faults[0] if faults else None)
                self.errors += faults
            elif node == SETTING:
                value, fault = check(prefix + key, raw)
                self.file[prefix + key] = Value(prefix.partition(".")[0], value, fault)
                if fault:
                    self.errors.append(fault)
            elif not isinstance(raw, dict):
                self.errors.append("CM102")
            else:
                if "*" in tree:
                    # reading: a workflow is named by its table alone, an empty one too.
                    self.named.add(key)
                self.walk(raw, node, f"{prefix}{key}.")

    def read_overrides(self) -> None:
        """CM101 to CM105 of the overrides."""
        for key, raw in self.overrides.items():
            workflow = re.fullmatch(r"(?:runtime\.)?workflows\.(.+)\.prunePolicy\.(\w+)", key)
            if workflow and workflow[2] in POLICIES:
                # reading: an override names a workflow too.
                self.named.add(workflow[1])
            elif self.leaf(key) == SURFACE:
                faults = surface.BY_KEY[key](raw)
                self.over[key] = Value("override", raw, faults[0] if faults else None)
                self.errors += faults
                continue
            elif self.leaf(key) != SETTING:
                # reading: a table's key (`app.database`) is no setting, hence unknown as an override.
                self.errors.append("CM101")
                continue
            value, fault = check_override(key, raw)
            self.over[key] = Value("override", value, fault)
            if fault:
                self.errors.append(fault)

    def leaf(self, key: str) -> object:
        """What sections 2 and 8 know under a dotted key."""
        node: Any = TREE
        for part in key.split("."):
            node = node.get(part) if isinstance(node, dict) else None
        return node

    def variable(self, name: str | None) -> str | None:
        """A variable's value: trimmed, and None when it is not set or blank."""
        text = self.environment.get(name, "").strip() if name else ""
        return text or None

    def from_override(self, app: str | None, runtime: str) -> Value | None:
        """The override of a setting, by its app or its runtime key."""
        forms = [self.over[key] for key in (app, runtime) if key is not None and key in self.over]
        if len(forms) == 2:
            return Value("override", None, "CM106")
        return forms[0] if forms else None

    def from_environment(self, name: str | None, key: str) -> Value | None:
        """The variable of a setting."""
        text = self.variable(name)
        if text is None:
            return None
        if left_over(text) or text in ("undefined", "null"):
            # reading: words and numbers refuse these two by themselves.
            return Value("environment", None, "CM201")
        value, fault = check_variable(key, text)
        return Value("environment", value, fault)

    def from_app(self, app: str | None) -> Value | None:
        """The app form of a setting (`workflows.*` is app form)."""
        found = self.file.get(app) if app else None
        return Value("app", found.value, found.fault) if found else None

    def from_runtime(self, runtime: str) -> Value | None:
        """The runtime form of a setting."""
        return self.file.get(runtime)

    def sources(self, app: str | None, runtime: str, variable: str | None) -> list[Value]:
        """Section 3's sources 1 to 4, those that offer something, the highest first."""
        offers = [
            self.from_override(app, runtime),
            self.from_environment(variable, runtime),
            self.from_app(app),
            self.from_runtime(runtime),
        ]
        return [offer for offer in offers if offer]

    # ------------------------------------------------------------------------------------ database

    def url_env(self) -> Value | None:
        """The `urlEnv` in force: the override's, else the file's."""
        # reading: an override of urlEnv replaces the file's; the file's variable is then not looked at (no CM203).
        return self.over.get("app.database.urlEnv") or self.file.get("app.database.urlEnv")

    def url_variable(self) -> str | None:
        """The name of the URL's variable; None when urlEnv is rejected."""
        # reading: a rejected urlEnv still replaces DATABASE_URL ("a rejected value still counts as there").
        stated = self.url_env()
        if stated is None:
            return "DATABASE_URL"
        return None if stated.fault else str(stated.value)

    def database_urls(self) -> list[Value]:
        """Every source of the URL that offers one."""
        key = "runtime.database.url"
        override = self.from_override("app.database.url", key)
        if override and "app.database.urlEnv" in self.over:
            override = Value("override", None, "CM106")
        app = self.from_app("app.database.url")
        if app and "app.database.urlEnv" in self.file:
            # reading: of url beside urlEnv the *url* is rejected; urlEnv keeps its meaning.
            app = Value("app", None, "CM106")
        # reading: the variable that an override of urlEnv names still stands at the environment's rank.
        offers = [override, self.from_environment(self.url_variable(), key), app, self.from_runtime(key)]
        return [offer for offer in offers if offer]

    def database_kind(self) -> tuple[int, Value]:
        """The rank that decides and its value."""

        def postgresql(source: str, *, there: bool) -> Value | None:
            # reading: the kind that a URL implies has the source of that URL's layer, not `inferred`
            # ("inference *inside* the layers").
            return Value(source, "postgresql") if there else None

        url_overridden = {"app.database.url", "runtime.database.url", "app.database.urlEnv"} & self.over.keys()
        url_in_app = {"app.database.url", "app.database.urlEnv"} & self.file.keys()
        ranks = {
            1: self.from_override("app.database.kind", "runtime.database.kind"),
            2: postgresql("override", there=bool(url_overridden)),
            3: self.from_environment("CODEMATION_DATABASE_KIND", "runtime.database.kind"),
            4: postgresql("environment", there=self.variable(self.url_variable()) is not None),
            5: self.from_app("app.database.kind"),
            6: postgresql("app", there=bool(url_in_app)),
            7: self.from_runtime("runtime.database.kind"),
            8: postgresql("runtime", there="runtime.database.url" in self.file),
            9: Value("default", "sqlite"),
        }
        return next((rank, value) for rank, value in ranks.items() if value)

    def database_url(self) -> Value | None:
        """The URL that would be in force under PostgreSQL."""
        urls = self.database_urls()
        stated = self.url_env()
        if stated and stated.fault and not (urls and urls[0].source == "override"):
            return UNDECIDED
        return urls[0] if urls else None

    def sqlite_path(self) -> Value:
        """The path that would be in force under SQLite."""
        paths = self.sqlite_paths()
        return paths[0] if paths else Value("default", ".codemation/codemation.sqlite")

    def sqlite_paths(self) -> list[Value]:
        """Every source of the path that offers one."""
        key = "database.sqliteFilePath"
        return self.sources(f"app.{key}", f"runtime.{key}", "CODEMATION_SQLITE_FILE_PATH")

    def tuning_offers(self, name: str) -> list[Value]:
        """Every source of one of the pool's size and the time-outs that offers one."""
        return self.sources(f"app.database.{name}", f"runtime.database.{name}", TUNING[name][0])

    def absolute(self, path: str) -> str:
        """A path against the project root."""
        # reading: emitted paths are normalised as text (`./`, `..`), symbolic links are not followed.
        return os.path.normpath(os.path.join(self.root, path))

    def file_kind(self) -> Value | None:
        """The kind that the file *states*: the app form's, else the runtime form's."""
        return self.from_app("app.database.kind") or self.from_runtime("runtime.database.kind")

    # ------------------------------------------------------------------------------------ scheduler, event bus

    def redis_env(self) -> Value | None:
        """The `redisUrlEnv` in force: the override's, else the file's."""
        return self.over.get("app.scheduler.redisUrlEnv") or self.file.get("app.scheduler.redisUrlEnv")

    def redis_variable(self) -> str | None:
        """The name of the Redis URL's variable; None when redisUrlEnv is rejected."""
        stated = self.redis_env()
        if stated is None:
            return "REDIS_URL"
        return None if stated.fault else str(stated.value)

    def redis_urls(self) -> list[Value]:
        """Every source of the Redis URL that offers one."""
        app_key, key = "app.scheduler.redisUrl", "runtime.eventBus.redisUrl"
        override = self.from_override(app_key, key)
        if override and "app.scheduler.redisUrlEnv" in self.over:
            override = Value("override", None, "CM106")
        app = self.from_app(app_key)
        if app and "app.scheduler.redisUrlEnv" in self.file:
            app = Value("app", None, "CM106")
        offers = [override, self.from_environment(self.redis_variable(), key), app, self.from_runtime(key)]
        return [offer for offer in offers if offer]

    def redis_url(self) -> Value | None:
        """The Redis URL that would be in force if one is needed."""
        urls = self.redis_urls()
        stated = self.redis_env()
        if stated and stated.fault and not (urls and urls[0].source == "override"):
            return UNDECIDED
        return urls[0] if urls else None

    def scheduler_kind(self) -> Value:
        """Locations 1 to 4, else bullmq where a Redis URL is offered, else local."""
        stated = self.scheduler_kinds()
        if stated:
            return stated[0]
        # reading: redisUrlEnv as an override infers bullmq as the file's does.
        if self.redis_urls() or self.redis_env():
            return Value("inferred", "bullmq")
        return Value("default", "local")

    def scheduler_kinds(self) -> list[Value]:
        """Every source that states the scheduler."""
        return self.sources("app.scheduler.kind", "runtime.scheduler.kind", "CODEMATION_SCHEDULER")

    def inline_stated_by(self) -> str | None:
        """The source whose `app.scheduler.kind` is `inline`."""
        for source, values in (("override", self.over), ("app", self.file)):
            stated = values.get("app.scheduler.kind")
            if stated and stated.value == "local":
                return source
        return None

    def event_bus_kinds(self) -> list[Value]:
        """Every source that states the event bus."""
        return self.sources(None, "runtime.eventBus.kind", "CODEMATION_EVENT_BUS")

    def event_bus_kind(self) -> Value:
        """Locations 1 to 4, else by the scheduler, else by `inline`, else by a Redis URL."""
        stated = self.event_bus_kinds()
        if stated:
            return stated[0]
        scheduler = self.scheduler_kind()
        if scheduler.fault:
            return UNDECIDED
        if scheduler.value == "bullmq":
            return Value("inferred", "redis")
        if self.inline_stated_by():
            return Value("inferred", "memory")
        # reading: a rejected Redis URL counts as one that "resolved"; redisUrlEnv whose variable is unset does not.
        if self.redis_urls():
            return Value("inferred", "redis")
        # reading: the last `memory` is the default, the branches before it are `inferred`.
        return Value("default", "memory")

    def redis_needed(self) -> bool | None:
        """Whether the scheduler or the event bus wants Redis; None where that is not decided."""
        scheduler, bus = self.scheduler_kind(), self.event_bus_kind()
        if scheduler.value == "bullmq" or bus.value == "redis":
            return True
        return None if scheduler.fault or bus.fault else False

    def scheduler_prefix(self) -> Value | None:
        """The scheduler's queue prefix."""
        offers = self.sources("app.scheduler.queuePrefix", "runtime.scheduler.queuePrefix", "QUEUE_PREFIX")
        return offers[0] if offers else None

    def event_bus_prefix(self) -> Value | None:
        """The event bus's queue prefix: its own sources, else the scheduler's."""
        offers = self.sources("app.scheduler.queuePrefix", "runtime.eventBus.queuePrefix", "QUEUE_PREFIX")
        if offers:
            return offers[0]
        scheduler = self.scheduler_prefix()
        # reading: "the scheduler's" in the default column is source `inferred` (it looks at another setting).
        return Value("inferred", scheduler.value, scheduler.fault) if scheduler else None

    def worker_queues(self) -> Value:
        """The worker queues."""
        offers = self.sources("app.scheduler.workerQueues", "runtime.scheduler.workerQueues", None)
        return offers[0] if offers else Value("default", [])

    # ------------------------------------------------------------------------------------ retention, workflows

    def retention_offers(self, name: str) -> list[Value]:
        """Every source that states a host-level retention value."""
        return self.sources(f"app.retention.{name}", f"runtime.retention.{name}", RETENTION_VARIABLE[name])

    def audit(self) -> Value | None:
        """The host's `auditSeconds`, which has no default."""
        return next(iter(self.retention_offers("auditSeconds")), None)

    def retention(self, name: str) -> Value:
        """A host-level retention value."""
        stated = self.retention_offers(name)
        if stated:
            return stated[0]
        if name in ("binarySeconds", "failedRunSeconds"):
            run = self.retention("runSeconds")
            # reading: "the run value" is source `inferred`, also where the run value is the default.
            return Value("inferred", run.value, run.fault)
        return Value("default", RETENTION_DEFAULT[name])

    def policy(self, workflow: str, name: str) -> Value:
        """A workflow's retention value."""
        key = f"workflows.{workflow}.prunePolicy.{name}"
        stated = self.sources(key, f"runtime.{key}", None)
        if stated:
            # reading: a stated binarySeconds above the run value is emitted as stated (only the pruning caps it).
            return stated[0]
        # reading: what a workflow inherits has source `inferred`.
        if name == "failedRunSeconds" and not self.retention_offers(name):
            run = self.policy(workflow, "runSeconds")
            return Value("inferred", run.value, run.fault)
        host = self.retention(name)
        if name == "binarySeconds":
            run = self.policy(workflow, "runSeconds")
            if host.fault or run.fault:
                return UNDECIDED
            return Value("inferred", min(host.value, run.value))
        return Value("inferred", host.value, host.fault)

    # ------------------------------------------------------------------------------------ diagnostics

    def both_forms(self) -> list[tuple[str, str]]:
        """Every setting that has an app and a runtime key."""
        keys = [f"workflows.{workflow}.prunePolicy.{name}" for workflow in sorted(self.named) for name in POLICIES]
        return [*BOTH_FORMS, *surface.FORMS, *((key, f"runtime.{key}") for key in keys)]

    def cm106(self) -> None:
        """`url` with `urlEnv`, `redisUrl` with `redisUrlEnv`, both forms of one setting in overrides."""
        # reading: in the file they exclude each other within the app form only; app.database.urlEnv beside
        # runtime.database.url is two layers, hence fine (and no CM303 either).
        for url, env in (
            ("app.database.url", "app.database.urlEnv"),
            ("app.scheduler.redisUrl", "app.scheduler.redisUrlEnv"),
        ):
            if url in self.file and env in self.file:
                self.errors.append("CM106")
        # reading: overrides are one layer, so there urlEnv excludes the runtime key as well.
        for urls, env in (
            (("app.database.url", "runtime.database.url"), "app.database.urlEnv"),
            (("app.scheduler.redisUrl", "runtime.eventBus.redisUrl"), "app.scheduler.redisUrlEnv"),
        ):
            if env in self.over and any(url in self.over for url in urls):
                self.errors.append("CM106")
        # reading: both forms conflict even when their values are equal.
        for app, runtime in self.both_forms():
            if app in self.over and runtime in self.over:
                self.errors.append("CM106")

    def cm201(self, offers: list[Value], *, unused: bool = False) -> None:
        """A rejected variable: an error where it would have decided, else a warning."""
        for offer in offers:
            if offer.source == "environment" and offer.fault:
                decides = offer is offers[0] and not unused
                (self.errors if decides else self.warnings).append("CM201")

    def cm201_everywhere(self) -> None:
        """CM201 of every variable of section 2."""
        rank, kind = self.database_kind()
        offer = self.from_environment("CODEMATION_DATABASE_KIND", "runtime.database.kind")
        if offer and offer.fault:
            (self.errors if rank == 3 else self.warnings).append("CM201")
        # reading: where the kind itself was rejected a bad URL or path variable is still an error of its own.
        # reading: DATABASE_URL where urlEnv names another variable is "not consulted": no CM201, whatever it holds.
        self.cm201(self.database_urls(), unused=kind.value == "sqlite")
        self.cm201(self.sqlite_paths(), unused=kind.value == "postgresql")
        for name in TUNING:
            self.cm201(self.tuning_offers(name), unused=kind.value == "sqlite")
        self.cm201(self.scheduler_kinds())
        self.cm201(self.event_bus_kinds())
        # reading: a bad REDIS_URL that nothing needs (scheduler local, event bus memory) is unused: a warning.
        self.cm201(self.redis_urls(), unused=self.redis_needed() is False)
        for name in RETENTION:
            self.cm201(self.retention_offers(name))
        prefixes = [
            self.sources("app.scheduler.queuePrefix", f"runtime.{part}.queuePrefix", "QUEUE_PREFIX")
            for part in ("scheduler", "eventBus")
        ]
        # reading: one variable is one fault, an error where it would have decided either of the two settings.
        refused = [offers for offers in prefixes if any(one.source == "environment" and one.fault for one in offers)]
        if refused:
            self.cm201(min(refused, key=lambda offers: offers[0].source != "environment"))
        for name in ("NODE_ENV", "CODEMATION_ENV", "AUTH_SECRET"):
            text = self.variable(name) or ""
            if left_over(text) or text in ("undefined", "null"):
                self.errors.append("CM201")
            elif name != "AUTH_SECRET" and text.lower() in ("prod", "prd", "live"):
                self.warnings.append("CM201")

    def cm202(self) -> None:
        """A `CODEMATION_…` variable that nearly matches a known name, and CM205 of one from elsewhere."""
        # reading: the environments tried hold only these of the list of names from elsewhere.
        elsewhere = {"CODEMATION_REDIS_URL", "CODEMATION_SQLITE_PATH"}
        _, kind = self.database_kind()
        for name in self.environment:
            text = self.variable(name)
            # reading: a variable that urlEnv or redisUrlEnv names is known, and blank counts as unset here too.
            if name in KNOWN_VARIABLES or text is None or name in (self.url_variable(), self.redis_variable()):
                continue
            seems = name.upper().replace("-", "_")
            if seems.startswith("CODEMATION_"):
                if name in elsewhere:
                    self.warnings.append("CM205")
                elif not name.endswith("_SERVICE_HOST") and any(near(seems, known) for known in KNOWN_VARIABLES):
                    self.warnings.append("CM202")
            elif (
                kind.source == "default" and letters(name.upper(), "DATABASE_URL") <= 1 and text.startswith("postgres")
            ):
                self.warnings.append("CM202")

    def cm207_and_cm415(self) -> None:
        """SQLite by default: a variable of the URL is blank, or this is production and nobody says so."""
        _, kind = self.database_kind()
        if kind.source != "default":
            return
        names = ("CODEMATION_DATABASE_URL", "DATABASE_URL", "CODEMATION_DATABASE_URL_FILE", "DATABASE_URL_FILE")
        # reading: a blank `_FILE` is one too; and a path that is stated, even a wrong one, says that SQLite is meant.
        if any(name in self.environment and self.variable(name) is None for name in names):
            self.warnings.append("CM207")
        elif self.production() and not self.sqlite_paths():
            self.warnings.append("CM415")

    def cm203_database(self) -> None:
        """`urlEnv` names a variable that is not set."""
        stated = self.url_env()
        if stated is None or stated.fault or self.variable(self.url_variable()):
            return
        layer = self.over if "app.database.urlEnv" in self.over else self.file
        # reading: nothing on top of CM106 of the same pair.
        if "app.database.url" in layer or (layer is self.over and "runtime.database.url" in layer):
            return
        _, kind = self.database_kind()
        file_kind = self.file_kind()
        if kind.fault:
            return
        if kind.value == "postgresql" and not self.database_urls():
            self.errors.append("CM203")
        elif kind.value == "sqlite" and file_kind and file_kind.value == "sqlite":
            return
        else:
            # reading: "not needed" is both: SQLite is in force, or another source supplies the URL.
            self.warnings.append("CM203")

    def cm203_redis(self) -> None:
        """`redisUrlEnv` names a variable that is not set."""
        stated = self.redis_env()
        if stated is None or stated.fault or self.variable(self.redis_variable()):
            return
        layer = self.over if "app.scheduler.redisUrlEnv" in self.over else self.file
        if "app.scheduler.redisUrl" in layer or (layer is self.over and "runtime.eventBus.redisUrl" in layer):
            return
        needed = self.redis_needed()
        if self.redis_urls() or needed is False:
            self.warnings.append("CM203")
        elif needed:
            self.errors.append("CM203")

    def cm301(self) -> None:
        """A URL's variable changed a kind that the file states."""
        rank, _ = self.database_kind()
        if rank != 4:
            return
        # reading: what the file says is the first of ranks 5 to 8; only ranks 5 and 7 *state* a kind. So
        # runtime.database.kind = "sqlite" under app.database.url or urlEnv was not changed by the variable.
        app, runtime = self.from_app("app.database.kind"), self.from_runtime("runtime.database.kind")
        if app is None and {"app.database.url", "app.database.urlEnv"} & self.file.keys():
            return
        stated = app or runtime
        # reading: a rejected URL switches the kind all the same: CM201 and CM301.
        if stated and stated.value == "sqlite":
            self.warnings.append("CM301")

    def cm302_url(self) -> None:
        """A URL in the file beside the file's `kind = "sqlite"`."""
        _, kind = self.database_kind()
        url = self.database_url()
        # reading: app.database.kind = "sqlite" over runtime.database.url warns: both stand in the file, although
        # the app form is the higher source. A rejected value is not reported a second time as unused.
        if kind.value == "sqlite" and kind.source in ("app", "runtime") and url and not url.fault:
            self.warnings.append("CM302")

    def cm302_path(self) -> None:
        """A path under PostgreSQL, unless the kind was forced or (for the file's path) the environment chose."""
        rank, kind = self.database_kind()
        path = self.sqlite_path()
        # reading: only the path that would have won is unused; the lower ones are outranked (once per setting).
        if kind.value != "postgresql" or path.source == "default" or path.fault:
            return
        if rank <= 3:
            return
        # reading: "the environment chose" is rank 4 won, also where the file alone would have said PostgreSQL.
        if rank == 4 and path.source in ("app", "runtime"):
            return
        self.warnings.append("CM302")

    def cm302_redis(self) -> None:
        """A Redis URL that neither the scheduler nor the event bus needs, by the file's own word."""
        url = self.redis_url()
        if self.redis_needed() is not False or url is None or url.fault:
            return
        bus = self.event_bus_kind()
        reasons = {self.scheduler_kind().source, self.inline_stated_by() if bus.source == "inferred" else bus.source}
        # reading: the general rule goes for Redis as well (REDIS_URL under the file's `inline`); not where an
        # override or a variable stated the scheduler or the event bus.
        if not reasons & {"override", "environment"}:
            self.warnings.append("CM302")

    def cm303(self) -> None:
        """The same setting in both forms of the file with different values."""
        for app, runtime in self.both_forms():
            one, other = self.file.get(app), self.file.get(runtime)
            # reading: a rejected value is not compared; values are compared as lowered (inline is local, paths
            # resolved); a higher source that hides both changes nothing.
            if one is None or other is None or one.fault or other.fault:
                continue
            values = [one.value, other.value]
            if app == "app.database.sqliteFilePath":
                values = [self.absolute(value) for value in values]
            if runtime in surface.CHECKS:
                values = [surface.absolute(runtime, value, self.root) for value in values]
            if values[0] != values[1]:
                self.warnings.append("CM303")

    def cm401(self) -> None:
        """PostgreSQL and no URL anywhere."""
        _, kind = self.database_kind()
        if kind.value == "postgresql" and not self.database_urls() and not self.url_env():
            self.errors.append("CM401")

    def cm402(self) -> None:
        """A queue (bullmq) on SQLite."""
        _, kind = self.database_kind()
        if self.scheduler_kind().value == "bullmq" and kind.value == "sqlite":
            self.errors.append("CM402")

    def cm403(self) -> None:
        """Redis is needed and no Redis URL anywhere."""
        if self.redis_needed() and not self.redis_urls() and not self.redis_env():
            self.errors.append("CM403")

    def cm404(self) -> None:
        """Retention values out of order, per level and pair."""
        levels = [{name: self.retention(name) for name in POLICIES}]
        levels += [{name: self.policy(workflow, name) for name in POLICIES} for workflow in sorted(self.named)]
        for level in levels:
            for shorter, longer in RETENTION_ORDER:
                ones, others = [level[name] for name in shorter], [level[name] for name in longer]
                if any(value.fault for value in ones + others):
                    continue
                limit = max(other.value for other in others)
                # reading: of a run's two times those count that are too long; of those that are the limit, all.
                concerned = [one for one in ones if one.value > limit]
                concerned += [other for other in others if other.value == limit] if concerned else []
                # reading: the host level states a value in any of sources 1 to 4, a variable included.
                if {one.source for one in concerned} & {"override", "environment", "app", "runtime"}:
                    self.warnings.append("CM404")

    def cm405(self) -> None:
        """A literal URL with a password in the file."""
        for one, two, three in (
            ("app", "database", "url"),
            ("runtime", "database", "url"),
            ("app", "scheduler", "redisUrl"),
            ("runtime", "eventBus", "redisUrl"),
        ):
            table = self.document.get(one)
            table = table.get(two) if isinstance(table, dict) else None
            raw = table.get(three) if isinstance(table, dict) else None
            # reading: also where the URL is rejected (wrong scheme), outranked or unused: the secret is in the file.
            # `***` is no secret.
            if isinstance(raw, str) and "://" in raw and set(passwords_of(raw)) - {"***"}:
                self.warnings.append("CM405")

    # ------------------------------------------------------------------------------------ section 8

    def surface(self, name: str) -> Value | None:
        """A setting of section 8 by its runtime key without `runtime.`."""
        runtime = f"runtime.{name}"
        offers = self.sources(surface.app_key(runtime), runtime, None)
        return offers[0] if offers else None

    def limit(self, name: str) -> Value:
        """One of the engine's limits."""
        stated = self.surface(f"engineExecutionLimits.{name}")
        if stated:
            return stated
        for default, hard, value in surface.LIMITS:
            if name == default:
                above = self.limit(hard)
                if above.fault:
                    return UNDECIDED
                if above.value < value:
                    return Value("inferred", above.value)
            if name in (default, hard):
                return Value("default", value)
        raise AssertionError(name)

    def production(self) -> bool:
        """Whether a variable says so."""
        # reading: trimmed (as all values are) and in any case.
        return any((self.variable(name) or "").lower() == "production" for name in ("NODE_ENV", "CODEMATION_ENV"))

    def complete(self, provider: dict[str, str]) -> bool:
        """Whether all the variables that a provider names are set."""
        return all(self.variable(name) for key, name in provider.items() if key.endswith("Env"))

    def cm407(self) -> None:
        """Items with the id of another, wherever they are stated."""
        for values in (self.file, self.over):
            for runtime in ("runtime.auth.oidc", "runtime.mcpServers"):
                for key in (runtime, surface.app_key(runtime)):
                    if key in values:
                        # reading: also where something else is wrong with the value.
                        self.errors += ["CM407"] * surface.repeated(values[key].value)

    def cm408(self) -> None:
        """A stated default above its hard limit."""
        for default, hard, _ in surface.LIMITS:
            one, other = self.limit(default), self.limit(hard)
            stated = one.source not in ("default", "inferred")
            if stated and not one.fault and not other.fault and one.value > other.value:
                self.errors.append("CM408")

    def cm409(self) -> None:
        """Log rules after `*`, in the value in force."""
        stated = self.surface("log")
        if stated and not stated.fault:
            self.warnings += ["CM409"] * surface.unreachable(stated.value)

    def access(self) -> None:
        """CM410 to CM414."""
        kind, open_to_all = self.surface("auth.kind"), self.surface("auth.allowUnauthenticatedInDevelopment")
        providers = [self.surface(f"auth.{name}") for name in ("oauth", "oidc")]
        managed = kind is not None and kind.value == "managed" and not kind.fault
        # reading: one error, also in production with `managed`.
        if open_to_all and open_to_all.value is True and (self.production() or managed):
            self.errors.append("CM410")
        if managed:
            self.errors += ["CM411" for one in providers if one and not one.fault and one.value]
            folders = self.surface("workflowDiscovery.directories")
            if not folders or (not folders.fault and not folders.value):
                self.errors.append("CM412")
        if self.production():
            secret = self.variable("AUTH_SECRET") or ""
            # reading: one that is wrong in itself is CM201 in any mode, and nothing on top of that.
            if not (left_over(secret) or secret in ("undefined", "null")) and len(secret) < 16:
                self.errors.append("CM414")
            undecided = any(one and one.fault for one in (kind, *providers))
            enough = kind is not None and kind.value in ("local", "managed")
            ready = any(self.complete(item) for one in providers if one and not one.fault for item in one.value)
            if not undecided and not enough and not ready:
                self.errors.append("CM413")

    def decided_surface(self) -> dict[str, Value]:
        """Section 8's part of `decided`."""
        leaves = {}
        for runtime in surface.CHECKS:
            stated = self.surface(runtime.removeprefix("runtime."))
            if stated and not stated.fault:
                leaves[runtime] = Value(stated.source, surface.absolute(runtime, stated.value, self.root))
        for pair in surface.LIMITS:
            leaves |= {f"runtime.engineExecutionLimits.{name}": self.limit(name) for name in pair[:2]}
        return leaves

    # ------------------------------------------------------------------------------------ the runtime form

    def decided(self) -> dict[str, Value]:
        """Every runtime leaf that is in force, by its key."""
        leaves: dict[str, Value | None] = {}
        _, kind = self.database_kind()
        leaves["runtime.database.kind"] = kind
        if kind.value == "sqlite":
            path = self.sqlite_path()
            leaves["runtime.database.sqliteFilePath"] = (
                path if path.fault else Value(path.source, self.absolute(path.value))
            )
        if kind.value == "postgresql":
            leaves["runtime.database.url"] = self.database_url()
            for name in TUNING:
                leaves[f"runtime.database.{name}"] = next(iter(self.tuning_offers(name)), None)
        leaves["runtime.scheduler.kind"] = self.scheduler_kind()
        leaves["runtime.scheduler.queuePrefix"] = self.scheduler_prefix()
        leaves["runtime.scheduler.workerQueues"] = self.worker_queues()
        leaves["runtime.eventBus.kind"] = self.event_bus_kind()
        leaves["runtime.eventBus.queuePrefix"] = self.event_bus_prefix()
        if self.redis_needed():
            leaves["runtime.eventBus.redisUrl"] = self.redis_url()
        for name in POLICIES:
            leaves[f"runtime.retention.{name}"] = self.retention(name)
        leaves["runtime.retention.auditSeconds"] = self.audit()
        leaves |= self.decided_surface()
        for workflow in sorted(self.named):
            for name in POLICIES:
                leaves[f"runtime.workflows.{workflow}.prunePolicy.{name}"] = self.policy(workflow, name)
        return {key: leaf for key, leaf in leaves.items() if leaf and not leaf.fault}

    def runtime_form(self) -> dict[str, Any]:
        """Section 4's form as plain data."""
        decided = self.decided()

        def table(prefix: str) -> dict[str, Any]:
            names = [key for key in decided if key.startswith(f"{prefix}.") and "." not in key[len(prefix) + 1 :]]
            return {key[len(prefix) + 1 :]: decided[key].value for key in names}

        form: dict[str, Any] = table("runtime")
        names = ("database", "scheduler", "eventBus", "retention", "engineExecutionLimits")
        form |= {name: table(f"runtime.{name}") for name in names}
        # reading: a table of which nothing is stated is left out.
        optional = {name: table(f"runtime.{name}") for name in ("auth", "whitelabel", "workflowDiscovery")}
        form |= {name: content for name, content in optional.items() if content}
        if self.named:
            form["workflows"] = {
                workflow: {"prunePolicy": table(f"runtime.workflows.{workflow}.prunePolicy")}
                for workflow in sorted(self.named)
            }
        return {"runtime": form}

    def answer(self) -> Expectation:
        """Everything, in the order of the codes."""
        self.read_file()
        self.read_overrides()
        self.cm106()
        self.cm201_everywhere()
        self.cm202()
        self.cm207_and_cm415()
        self.cm203_database()
        self.cm203_redis()
        self.cm301()
        self.cm302_url()
        self.cm302_path()
        self.cm302_redis()
        self.cm303()
        self.cm401()
        self.cm402()
        self.cm403()
        self.cm404()
        self.cm405()
        self.cm407()
        self.cm408()
        self.cm409()
        self.access()
        return Expectation(
            runtime=None if self.errors else self.runtime_form(),
            errors=sorted(self.errors),
            warnings=sorted(self.warnings),
            winners={key: leaf.source for key, leaf in self.decided().items()},
        )


def expect(
    document: dict[str, Any],
    environment: dict[str, str],
    overrides: dict[str, object] | None = None,
    root: str = "/srv/app",
) -> Expectation:
    """What the compiler must answer for a parsed file, a merged environment and overrides.

    With errors `winners` still holds every leaf that can be decided; compare it there with more lenience.
    """
    return Oracle(document, environment, dict(overrides or {}), root).answer()
