"""The keys of settings that code names; all others are found through the catalogue."""

from __future__ import annotations

from typing import Final

Key = tuple[str, ...]
"""A setting's path in the runtime form: what identifies it."""

KIND: Final[Key] = ("runtime", "database", "kind")
URL: Final[Key] = ("runtime", "database", "url")
SQLITE_PATH: Final[Key] = ("runtime", "database", "sqliteFilePath")
SCHEDULER: Final[Key] = ("runtime", "scheduler", "kind")
EVENT_BUS: Final[Key] = ("runtime", "eventBus", "kind")
REDIS_URL: Final[Key] = ("runtime", "eventBus", "redisUrl")
LOG: Final[Key] = ("runtime", "log")
AUTH_KIND: Final[Key] = ("runtime", "auth", "kind")
UNAUTHENTICATED: Final[Key] = ("runtime", "auth", "allowUnauthenticatedInDevelopment")
OAUTH: Final[Key] = ("runtime", "auth", "oauth")
OIDC: Final[Key] = ("runtime", "auth", "oidc")
DIRECTORIES: Final[Key] = ("runtime", "workflowDiscovery", "directories")
