"""A model in plain Python and the pruning agree, over many databases and policies, on both engines."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from codemation.backend.engine import provision_async
from codemation.backend.migrations import migrate
from codemation.backend.retention.prune import prune, prune_async
from codemation.backend.retention.result import Pruned
from tests.backend.places import Place
from tests.backend.retention.model import Model
from tests.backend.retention.world import NOW, World, keys, keys_of, runtime_with, write
from tests.torture import searching


class StoreError(Exception):
    """What a store raises."""


class Store:
    """Where blobs are: `broken` keys cannot be deleted, the others may be, any number of times."""

    def __init__(self, broken: set[str]) -> None:
        self.broken = broken
        self.gone: set[str] = set()

    def delete(self, storage_keys: Sequence[str]) -> None:
        self.gone |= set(storage_keys) - self.broken
        if self.broken & set(storage_keys):
            raise StoreError

    async def delete_async(self, storage_keys: Sequence[str]) -> None:
        await asyncio.sleep(0)
        self.delete(storage_keys)


def pruned(place: Place, world: World, store: Store | None, dice: random.Random) -> Pruned:
    runtime = runtime_with(place, world.document)
    options = {"now": NOW, "fast": dice.random() < 0.5, "batch": dice.choice((None, 1, 3, 1000))}
    if dice.random() < 0.7:
        return prune(place.engine, runtime, on_binary=store.delete if store else None, **options)  # type: ignore[arg-type]

    async def run() -> Pruned:
        engine = provision_async(runtime)
        try:
            return await prune_async(engine, runtime, on_binary=store.delete_async if store else None, **options)  # type: ignore[arg-type]
        finally:
            await engine.dispose()

    return asyncio.run(run())


@pytest.mark.parametrize("seed", range(searching(4).max_examples))
def test_what_is_left_is_what_the_model_leaves(place: Place, seed: int) -> None:
    migrate.upgrade(place.engine)
    for number in range(10):
        dice = random.Random(f"{seed}-{number}")
        world = World(dice)
        runtime = runtime_with(place, world.document)
        world.fill(runtime)
        write(place.engine, world.rows)
        blobs = [it["storage_key"] for it in world.rows["binaries"]]
        store = None if dice.random() < 0.2 else Store({it for it in blobs if dice.random() < 0.2})
        host = {**runtime.to_dict()["runtime"]["retention"]}
        named = {name: it["prunePolicy"] for name, it in runtime.to_dict()["runtime"].get("workflows", {}).items()}
        model = Model(world.rows, {"auditSeconds": None, **host}, named, NOW, store.broken if store else None)
        expected, before = keys(model.left()), keys(world.rows)
        result = pruned(place, world, store, dice)
        left = keys_of(place.engine)
        assert left == expected, f"seed {seed}-{number}"
        assert result.end == "done"
        assert result.rows == {name: len(of) - len(left[name]) for name, of in before.items() if of != left[name]}
        kept = left["binaries"] & {it["id"] for it in world.rows["binaries"]}
        if store is not None:
            gone = {it["storage_key"] for it in world.rows["binaries"] if it["id"] not in left["binaries"]}
            assert gone == store.gone, "a blob went whose row stays, or the other way round"
        else:
            assert result.kept.get("binaries", 0) <= len(kept)
        again = pruned(place, world, store, dice)
        assert again.rows == {}
