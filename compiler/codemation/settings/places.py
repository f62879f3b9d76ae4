"""The places that may state a setting, in their order (spec section 3), as data.

`resolution/precedence.py` decides by it and `explain/trace.py` explains by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from codemation.origin import Source
from codemation.settings.keys import Key
from codemation.settings.setting import Setting

LAYERS: tuple[Source, ...] = ("override", "environment", "app", "runtime")
"""The sources that state values, highest first."""


class Place(Struct, frozen=True):
    """One place where a setting may be stated.

    `key` is looked up in the layer `source`: a path of the file or the overrides; in the environment the key of the
    setting whose variable it is. With `implies` the mere presence counts, and says that. `app_form` tells the
    vocabulary of the value there, and `lower` turns it into the runtime form's, where the two differ.
    """

    source: Source
    key: Key
    implies: Any = None
    app_form: bool = False
    lower: Callable[[Any], Any] | None = None


def places_of(setting: Setting, by_key: Mapping[Key, Setting]) -> tuple[Place, ...]:
    """The places that may state a setting, highest first: override, environment, app form, runtime form.

    Inside each layer the setting itself comes before the neighbours whose presence implies it.
    """
    places: list[Place] = []
    for layer in LAYERS:
        places += _own(layer, setting)
        for key, value in setting.implied_by:
            neighbour = by_key[key]
            stated = _own(layer, neighbour)
            if neighbour.reference and layer in {"override", "app"}:
                stated.append(Place(layer, neighbour.reference))
            places += [replace(place, implies=value) for place in stated]
    return tuple(places)


def sorted_by_need(settings: tuple[Setting, ...]) -> Iterator[Setting]:
    """The settings, each after those that it is decided from.

    Raises:
        ValueError: some wait for each other.
    """
    done: set[Key] = set()
    waiting = list(settings)
    while waiting:
        ready = [s for s in waiting if done.issuperset(s.inherits + s.looks_at)]
        if not ready:
            message = f"settings that wait for each other: {[s.runtime for s in waiting]}"
            raise ValueError(message)
        yield from ready
        done.update(s.runtime for s in ready)
        waiting = [s for s in waiting if s.runtime not in done]


def _own(layer: Source, setting: Setting) -> list[Place]:
    """Where one layer may state this very setting."""
    if layer == "environment":
        return [Place(layer, setting.runtime)] if setting.variables else []
    places = []
    if setting.app and layer in {"override", "app"}:
        places.append(Place(layer, setting.app, app_form=True, lower=setting.type.lower))
    if layer in {"override", "runtime"}:
        places.append(Place(layer, setting.runtime, lower=setting.type.in_runtime_form().lower))
    return places
