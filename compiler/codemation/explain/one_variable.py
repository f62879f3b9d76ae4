"""What one variable does: which settings it touches, whether it won, and why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from codemation.explain.answer import candidate_name, spelled
from codemation.explain.candidates import Candidate, Resolved
from codemation.explain.touched import about, decider, following, is_of, names_alike
from codemation.explain.trace import host_trace
from codemation.explain.variables import VariableRow, advice_for, variable_rows
from codemation.origin import EnvironmentOrigin, Origin, written_at
from codemation.resolution.semantic_model import SemanticModel
from codemation.settings.catalogue import dotted
from codemation.settings.elsewhere import VARIABLES
from codemation.settings.host_variables import HOST_VARIABLES
from codemation.sources.environment import COMPANION
from codemation.text.redaction import redact
from codemation.text.terminal import wrap

if TYPE_CHECKING:
    from codemation.settings.setting import Setting
    from codemation.text.terminal import Terminal


DECIDES: Final = ("decides ", "")
NOT_READ: Final = "is not read"


class Answer(Struct, frozen=True):
    """What is told of a variable: the sentence, and the settings (runtime keys) that it is about."""

    sentence: str
    settings: tuple[str, ...] = ()

    def text(self, terminal: Terminal) -> str:
        """The sentence in lines."""
        return "\n".join(wrap(terminal.visible(self.sentence), terminal.width))


def answer_for(model: SemanticModel, name: str) -> Answer | None:
    """What a variable does; `None` where the name is that of no variable that is set, or known here or elsewhere."""
    rows = {row.name: row for row in variable_rows(model, asked=name) if row.name in names_alike(model, name)}
    if name in rows:
        return _Telling(model, rows, name).answer()
    variable, advice = model.environment.variable(name), advice_for(model, name)
    if variable is None and name not in VARIABLES:
        return None
    state = f"is set ({written_at(variable.origin)}), but" if variable is not None else "is not set, and"
    return Answer(f"{redact(name)} {state} nothing here reads it" + (f": {advice}" if advice else ""))


class _Telling:
    """Tells of one variable: `rows` are its own and that of its companion in `_FILE` (or of what that belongs to)."""

    def __init__(self, model: SemanticModel, rows: Mapping[str, VariableRow], name: str) -> None:
        self.model = model
        self.names = tuple(rows)
        self.row = rows[name]
        # What it is about may be said by the other of the two.
        self.set = next((one for one in (self.row, *rows.values()) if one.value is not None), None)

    def answer(self) -> Answer:
        """The sentence, and what it is about."""
        if not self.row.settings:
            role = self.row.role.removeprefix("none: ")
            return Answer(f"{self._state()}; no setting takes it: {role}{self._in_check()}")
        trace = host_trace(self.model)
        touched = about(self.model, trace, self.row.name)
        also = following(trace, {fact.key for fact in touched}, self.names)
        told = tuple(fact.key for fact in trace if fact in touched or fact in also)
        return Answer(self._what_it_does(touched, also) if self.set else self._what_it_would(touched, also), told)

    def _in_check(self) -> str:
        """What check makes of a variable of the host, and whether it is production now."""
        variable = HOST_VARIABLES.get(self.names[0])
        if variable is None:
            return ""
        now = f"on, by {self.model.production}" if self.model.production else "off"
        return f", and {variable.check} (production is {now})"

    def _state(self) -> str:
        """Whether it is set, and where."""
        wrong = ", but not valid" if self.set and not self.set.settings and self.set.status == "invalid" else ""
        if self.set is self.row:
            return f"{self.row.name} is set ({self.row.place}){wrong}"
        blank = self.row.status == "blank"
        hides = f", and hides {', '.join(self.row.hides)}" if self.row.hides else ""
        nothing = f"is set, but blank, which counts as not set ({self.row.place}){hides}" if blank else "is not set"
        other = f", but {self.set.name} is set ({self.set.place}){wrong}" if self.set else ""
        return f"{self.row.name} {nothing}{other}"

    def _what_it_does(self, touched: Sequence[Resolved], also: Sequence[Resolved]) -> str:
        """What became of it for each setting that looks at it; `also` are the settings that follow from those."""
        outcomes = dict[tuple[str, str], list[str]]()
        for fact in touched:
            own = [one for one in fact.candidates if is_of(one, self.names)]
            # What is hidden by its own name above is told below.
            one = min(own, key=lambda one: (one.origin != self._origin(), one.status == "hidden"))
            outcomes.setdefault(self._outcome(fact, one), []).append(fact.key)
        sentence, joint = self._state(), ", but"
        for number, outcome in enumerate(sorted(outcomes, key=lambda outcome: outcome != DECIDES)):
            before, after = outcome
            sentence += f"{', and' if outcome == DECIDES else joint} {before}"
            sentence += f"{_listed(outcomes[outcome])}{after}" if not before.startswith(NOT_READ) else after
            sentence += _follow(also) if number == 0 else ""
            joint = ", but" if outcome == DECIDES else ", and"
        return sentence

    def _origin(self) -> Origin | None:
        """Where the one of the two that is set is set."""
        variable = self.model.environment.variable(self.set.name) if self.set else None
        return variable.origin if variable else None

    def _outcome(self, fact: Resolved, one: Candidate) -> tuple[str, str]:
        """What became of it for one setting: what is told before that and after it."""
        if one.status == "won":
            return DECIDES
        if one.cause == "not consulted":
            return f"{NOT_READ}: ", self._instead()
        if one.cause == "does not apply":
            return "", f" does not apply, as {one.because}"
        above = decider(fact)
        if one.status == "outranked" and above is not None:
            return f"{_who(above)} decides ", ""
        if one.cause == "not valid":
            return "is no valid value for ", ""
        return "is not taken for ", f": {one.reason}"

    def _what_it_would(self, touched: Sequence[Resolved], also: Sequence[Resolved]) -> str:
        """What it would decide if it were set."""
        own = [one for fact in touched for one in fact.candidates if is_of(one, self.names)]
        if misread := next((one for one in own if one.status == "rejected"), None):
            return f"{self._state()}, as far as one can tell: {misread.reason}"
        if self._instead():
            return f"{self._state()}, and would not be read: {self._instead()}"
        would, over = list[str](), dict[str, list[str]]()
        for fact in touched:
            above = decider(fact)
            if above is None or self._is_above(fact, above):
                would.append(fact.key)
            else:
                over.setdefault(_who(above), []).append(fact.key)
        now = f" ({_in_force(touched[0])})" if len(touched) == 1 else ""
        told = f"; it would decide {_listed(would)}{now}{_follow(also)}" if would else "; it would decide nothing"
        others = " and ".join(f"{who} decides {_listed(keys)}" for who, keys in over.items())
        return f"{self._state()}{told}{', but' if would else ':'} {others}" if others else f"{self._state()}{told}"

    def _is_above(self, fact: Resolved, other: Candidate) -> bool:
        """Whether the variable, set in the process, would stand above what decides."""
        own = next(number for number, one in enumerate(fact.candidates) if is_of(one, self.names))
        origin, looked_at = other.origin, self._looked_at()
        if isinstance(origin, EnvironmentOrigin) and (name := origin.variable.removesuffix(COMPANION)) in looked_at:
            # Names of one setting: the place decides before the name.
            return origin.file is not None or looked_at.index(self.names[0]) <= looked_at.index(name)
        return own < fact.candidates.index(other)

    def _looked_at(self) -> tuple[str, ...]:
        """The names that the variable's setting looks at."""
        key = self._setting().runtime
        return self.model.offers.names.get(key, self.names[:1])

    def _setting(self) -> Setting:
        return next(it for it in self.model.catalogue.hosts if dotted(it.runtime) == self.row.settings[0])

    def _instead(self) -> str:
        """Which variable is named in its place, and where; nothing where none is."""
        reference, looked_at = self.model.reference(self._setting()), self._looked_at()
        if reference is None or self.names[0] in looked_at:
            return ""
        at = written_at(self.model.origin(reference))
        names = f"names `{looked_at[0]}`" if looked_at else "names another"
        return f"{self.model.said(reference)}{f' ({at})' if at else ''} {names} in its place"


def _who(one: Candidate) -> str:
    """Who said something, and where that is written."""
    at = written_at(one.origin)
    name = candidate_name(one)
    return f"{name} ({at})" if at else f"an {name}" if one.source == "override" else name


def _in_force(fact: Resolved) -> str:
    """What is in force for a setting, and by whom."""
    winner = fact.winner
    if winner is None:
        return "in force: nothing"
    why = "by default" if winner.source == "default" else f"from {written_at(winner.origin) or candidate_name(winner)}"
    return f"in force: {spelled(fact.value)}, {winner.reason if winner.source == 'inferred' else why}"


def _follow(also: Sequence[Resolved]) -> str:
    """That settings follow from what was named last."""
    return f", from which {_listed(fact.key for fact in also)} follow{'s' if len(also) == 1 else ''}" if also else ""


def _listed(settings: Iterable[str]) -> str:
    names = [f"`{key}`" for key in settings]
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
