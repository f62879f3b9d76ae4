"""What an editor may set: the section `codemation` of its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Options(Struct, frozen=True):
    """`env_files` stand in place of `.env` (relative to the project's root), as `--env-file`; `None`: `.env`.

    `no_env` is `--no-env`. With `shape` everything is told that the schema can say too, for editors without a server
    for TOML.
    """

    env_files: tuple[str, ...] | None = None
    no_env: bool = False
    shape: bool = False


def read_options(settings: object, otherwise: Options = Options()) -> Options:  # noqa: B008  (it is frozen)
    """What settings say (as JSON), by themselves or in the section; what is of no use is `otherwise`'s."""
    table: Mapping[str, Any] = settings if isinstance(settings, Mapping) else {}
    inner = table.get("codemation")
    table = inner if isinstance(inner, Mapping) else table
    files = table.get("envFiles")
    no_env, shape = table.get("noEnv"), table.get("shape")
    return Options(
        tuple(filter(None, files))
        if isinstance(files, list) and all(isinstance(one, str) for one in files)
        else otherwise.env_files,
        no_env if isinstance(no_env, bool) else otherwise.no_env,
        shape if isinstance(shape, bool) else otherwise.shape,
    )
