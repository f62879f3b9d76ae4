"""What is decided from, and what a decision is: data that the other modules of this room make and look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

from codemation.origin import Source
from codemation.settings.keys import Key
from codemation.settings.places import Place
from codemation.settings.setting import Setting
from codemation.text.redaction import Unshown

State = Literal["won", "rejected", "unused", "unset"]


class Rejected(Struct, frozen=True, gc=False):
    """Stands in a layer for a value that is there but does not count; `reason` is a sentence without its full stop.

    `invalid` tells that the value itself is wrong, not what is around it.
    """

    reason: str
    invalid: bool = False


def invalid(what: str, text: str) -> Rejected:
    """For a value that is not valid: `text` continues a sentence that begins with `what`."""
    return Rejected(f"not valid: {what} {text}", invalid=True)


NOTHING: Mapping[Any, Any] = {}


class PolicyLayers(Unshown, Struct, frozen=True):
    """What the sources say of prune policies, by workflow: an override by its path, the file's forms by name.

    `workflows` are all that any source names.
    """

    workflows: tuple[str, ...] = ()
    override: Mapping[str, Mapping[Key, Any]] = {}
    app: Mapping[str, Mapping[str, Any]] = {}
    runtime: Mapping[str, Mapping[str, Any]] = {}

    def of(self, workflow: str) -> dict[Source, Mapping[Any, Any]]:
        """What they say of one, under the names that places use."""
        return {
            "override": self.override.get(workflow, NOTHING),
            "app": self.app.get(workflow, NOTHING),
            "runtime": self.runtime.get(workflow, NOTHING),
        }


class Layers(Unshown, Struct, frozen=True):
    """What the sources offer: valid values, and `Rejected` for the others. Blank and unset ones are not in it.

    `override` and `file` are looked up by path (of either form), `environment` by the key of the setting whose variable
    it is. `unknown` holds the keys of settings whose variable's name could not be read (a rejected `urlEnv`): their
    environment is undecided. `policies` holds what is said of single workflows.
    """

    override: Mapping[Key, Any]
    environment: Mapping[Key, Any]
    file: Mapping[Key, Any]
    unknown: frozenset[Key] = frozenset()
    policies: PolicyLayers = PolicyLayers()

    def by_source(self) -> dict[Source, Mapping[Any, Any]]:
        """The layers under the names that places use."""
        return {"override": self.override, "environment": self.environment, "app": self.file, "runtime": self.file}


class Decision(Unshown, Struct, frozen=True):
    """What was decided for one setting.

    `value` is the runtime form's (a path still as stated). `place` is where the deciding value stands, `None` where
    nobody stated one; then `rule` and `looked_at` tell the inference, if it was one.
    """

    state: State
    value: Any = None
    source: Source | None = None
    place: Place | None = None
    rule: str | None = None
    looked_at: tuple[Key, ...] = ()


def stated(place: Place, offer: Any) -> Decision:
    """The decision that a stated value makes."""
    if place.implies is not None:
        return Decision("won", place.implies, place.source, place)
    if type(offer) is Rejected:
        return Decision("rejected", None, place.source, place)
    lower = place.lower
    return Decision("won", lower(offer) if lower else offer, place.source, place)


def by_default(setting: Setting) -> Decision:
    """The built-in value, or none."""
    return Decision("unset") if setting.default is None else Decision("won", setting.default, "default")


class Resolution(Unshown, Struct, frozen=True):
    """The decisions by key, and each workflow's prune policy: its values by name (see `decide_policy` for the rest).

    `stated` are the keys of which any source says anything, valid or not; `unused` those that do not apply here, though
    they have a value, in the catalogue's order.
    """

    hosts: Mapping[Key, Decision]
    policies: Mapping[str, Mapping[str, Any]]
    stated: frozenset[Key]
    unused: tuple[Key, ...]

    def value(self, key: Key) -> Any:
        """The value in force, or `None`."""
        decision = self.hosts[key]
        return decision.value if decision.state == "won" else None
