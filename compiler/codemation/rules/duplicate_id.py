"""CM407: two items of one array have the same id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codemation.diagnostics import Diagnostic
from codemation.origin import Origin, OverrideOrigin, Path
from codemation.resolution.semantic_model import SemanticModel
from codemation.rules.rule import Rule
from codemation.settings.catalogue import dotted
from codemation.settings.keys import Key
from codemation.text.redaction import redact
from codemation.text.wording import quoted
from codemation.values import ItemArray


def check(model: SemanticModel) -> Iterator[Diagnostic]:
    """Report every id that an earlier item of the same array has, in the file and in overrides."""
    # As written: what else is wrong with a value, which rejects it, has nothing to do with it.
    paths, file = model.catalogue.unique_paths, model.layers.file
    stated: list[tuple[Key, Any, bool]] = [(path, model.source.value(path), False) for path in paths if path in file]
    if model.overrides:
        stated += [(o.path, o.value, True) for o in model.overrides if o.path in paths]
    for path, value, is_override in stated:
        leaf = model.catalogue.leaf(path)
        if leaf and isinstance(leaf.setting.type, ItemArray) and isinstance(value, list):
            yield from _repeated(model, path, leaf.setting.type.unique or "", value, is_override=is_override)


def _repeated(
    model: SemanticModel, path: Key, name: str, items: list[Any], *, is_override: bool
) -> Iterator[Diagnostic]:
    first: dict[str, tuple[str, Origin]] = {}
    for position, item in enumerate(items):
        word = item.get(name) if isinstance(item, dict) else None
        if not isinstance(word, str) or not word.strip():
            continue
        where: Path = (*path, position, name)
        key = dotted(where)
        origin = OverrideOrigin(redact(key)) if is_override else model.source.origin(where, key)
        if word in first:
            other, place = first[word]
            yield RULE.at(
                model,
                origin,
                f"{'the override ' if is_override else ''}`{key}` is {quoted(word)}, which `{other}` is already",
                "give each one an id of its own, or take one of them out",
                key=key,
                related=((f"`{other}` is here", place),),
            )
        first.setdefault(word, (key, origin))


RULE = Rule(
    "CM407",
    "duplicate-id",
    "error",
    "two items of one array have the same id",
    """\
The id is what tells the servers under `mcpServers`, and the providers under `auth.oidc`, apart.
With one id for two of them one would hide the other.

Example:

    [[mcpServers]]
    id = "search"
    …
    [[mcpServers]]
    id = "search"

Instead: give each one an id of its own.
""",
)
