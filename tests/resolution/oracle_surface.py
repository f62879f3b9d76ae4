"""Section 8 of spec.md for the oracle: the rest of the app surface, slow and literal, without any code of the compiler.

Every choice that the text leaves open is marked `# reading:`.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable
from typing import Any

Faults = list[str]
Check = Callable[[Any], Faults]

LIMITS = (
    ("defaultMaxNodeActivations", "hardMaxNodeActivations", 100000),
    ("defaultMaxSubworkflowDepth", "hardMaxSubworkflowDepth", 32),
)

# reading: "int >= 1" ends where JSON's readers stop being exact.
COUNT_MAX = 2**53 - 1


def text(raw: Any) -> Faults:
    """A string that is not blank."""
    if not isinstance(raw, str):
        return ["CM102"]
    return [] if raw.strip() else ["CM105"]


def one_of(*words: str) -> Check:
    """One of the words."""
    return lambda raw: ["CM102"] if not isinstance(raw, str) else [] if raw in words else ["CM103"]


def integer(low: int, high: int) -> Check:
    """An integer, never a float, a string or a bool."""

    def check(raw: Any) -> Faults:
        if not isinstance(raw, int) or isinstance(raw, bool):
            return ["CM102"]
        return [] if low <= raw <= high else ["CM104"]

    return check


def boolean(raw: Any) -> Faults:
    """True or false."""
    return [] if isinstance(raw, bool) else ["CM102"]


def variable_name(raw: Any) -> Faults:
    """The name of a variable."""
    return text(raw) or ([] if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", raw) else ["CM105"])


def path(raw: Any) -> Faults:
    """A file on disk, or (for folders) a folder."""
    return text(raw) or (["CM105"] if "://" in raw or raw.startswith("file:") or "\0" in raw else [])


def url(raw: Any) -> Faults:
    """An http(s) URL."""
    return text(raw) or ([] if re.match(r"https?://[^/:@]", raw) and "***" not in raw else ["CM105"])


def texts(item: Check) -> Check:
    """An array of distinct strings."""

    def check(raw: Any) -> Faults:
        if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
            return ["CM102"]
        # reading: as `workerQueues`: distinct, and one fault for the whole array.
        return ["CM105"] if len(set(raw)) != len(raw) or any(item(one) for one in raw) else []

    return check


def globs(raw: Any) -> Faults:
    """A glob or a non-empty array of globs."""
    if isinstance(raw, list):
        if not all(isinstance(one, str) for one in raw):
            return ["CM102"]
        return [] if raw and all(one.strip() for one in raw) else ["CM105"]
    return text(raw)


def strings(raw: Any) -> Faults:
    """A table of strings."""
    if not isinstance(raw, dict):
        return ["CM102"]
    return [fault for one in raw.values() for fault in text(one)]


def table(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    """A closed table."""
    known = required | (optional or {})

    def check(raw: Any) -> Faults:
        if not isinstance(raw, dict):
            return ["CM102"]
        unknown = ["CM101" for name in raw if name not in known]
        faults = unknown + [fault for name, one in raw.items() if name in known for fault in known[name](one)]
        # reading: all missing keys of one table are one fault.
        return faults + (["CM406"] if required.keys() - raw.keys() else [])

    return check


def array(item: Check) -> Check:
    """An array of tables."""
    return lambda raw: [fault for one in raw for fault in item(one)] if isinstance(raw, list) else ["CM102"]


LOG_RULE = {"filter": globs, "level": one_of("debug", "info", "warn", "error", "silent")}
PROVIDER = {"clientIdEnv": variable_name, "clientSecretEnv": variable_name}
OAUTH = table({"provider": one_of("google", "github", "microsoft"), **PROVIDER}, {"tenantIdEnv": variable_name})
OIDC = table({"id": text, "issuer": url, **PROVIDER})
SERVER = table(
    {"id": text, "displayName": text, "description": text, "transport": one_of("http"), "url": url},
    {
        "acceptedCredentialTypes": texts(text),
        "requiredScopes": texts(text),
        "staticHeaders": strings,
        "toolDescriptionOverrides": strings,
    },
)


def log(raw: Any) -> Faults:
    """One rule, or `rules`."""
    if not isinstance(raw, dict):
        return ["CM102"]
    if "rules" not in raw:
        return table(LOG_RULE)(raw)
    both = ["CM106"] if LOG_RULE.keys() & raw.keys() else []
    return both + table({}, {**LOG_RULE, "rules": array(table(LOG_RULE))})(raw)


CHECKS: dict[str, Check] = {
    "runtime.codemationVersion": text,
    "runtime.frontendPort": integer(1, 65535),
    "runtime.log": log,
    "runtime.auth.kind": one_of("local", "oauth", "oidc", "managed"),
    "runtime.auth.allowUnauthenticatedInDevelopment": boolean,
    "runtime.auth.oauth": array(OAUTH),
    "runtime.auth.oidc": array(OIDC),
    "runtime.whitelabel.productName": text,
    "runtime.whitelabel.logoPath": path,
    **{f"runtime.engineExecutionLimits.{name}": integer(1, COUNT_MAX) for pair in LIMITS for name in pair[:2]},
    "runtime.workflowDiscovery.directories": texts(path),
    "runtime.mcpServers": array(SERVER),
}

TOP = ("codemationVersion", "workflowDiscovery", "mcpServers")


def app_key(runtime: str) -> str:
    """The app form's key of a setting."""
    bare = runtime.removeprefix("runtime.")
    return bare if bare.startswith(TOP) else f"app.{bare}"


BY_KEY = CHECKS | {app_key(key): one for key, one in CHECKS.items()}
FORMS = [(app_key(key), key) for key in CHECKS]


def absolute(runtime: str, value: Any, root: str) -> Any:
    """A value as it is emitted: paths against the project root."""
    if runtime.endswith(".logoPath"):
        return os.path.normpath(os.path.join(root, value))
    if runtime.endswith(".directories"):
        return [os.path.normpath(os.path.join(root, one)) for one in value]
    return value


def repeated(items: Any) -> int:
    """How many items have the id of an earlier one."""
    tables = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
    ids = [one["id"] for one in tables if isinstance(one.get("id"), str) and one["id"].strip()]
    return len(ids) - len(set(ids))


def unreachable(value: Any) -> int:
    """How many log rules stand after one for `*`."""
    rules = value.get("rules", [])
    for position, rule in enumerate(rules):
        if "*" in ([rule["filter"]] if isinstance(rule["filter"], str) else rule["filter"]):
            # reading: each rule after it is one warning.
            return len(rules) - position - 1
    return 0
