"""What was probably meant by a key that is none."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeGuard

from msgspec.structs import replace

from codemation.origin import Path
from codemation.settings.catalogue import Catalogue, Table, dotted, is_bare
from codemation.settings.elsewhere import instead_of_key
from codemation.settings.host_variables import AUTH_SECRET, HOST_VARIABLES, SWITCHES
from codemation.settings.renames import Suggestion, outside, rename, spelt_otherwise
from codemation.settings.setting import ANY
from codemation.text.patterns import lazy
from codemation.text.redaction import redact
from codemation.text.wording import FAR, Near, by_folded_name, fold, near_words, nearest, surely_meant
from codemation.values.repair import Rename

UNIT = "Seconds"
"""How every key of retention ends."""

LONGEST_PATH = 12
"""Parts of a key that are looked at for a name that lacks its quotes."""


NearWords = Callable[[str, tuple[str, ...]], Near]


def suggest_key(
    catalogue: Catalogue,
    path: Path,
    siblings: tuple[str, ...],
    value: object = None,
    near_words: NearWords = near_words,
) -> Suggestion:
    """What to do about an unknown key with a value.

    `near_words` is the function of that name: who asks about thousands may hand over one that remembers.
    """
    name = str(path[-1])
    if "." in name and (unquoted := (*path[:-1], *name.split("."))) and catalogue.node(unquoted) is not None:
        return Suggestion(f"take the quotes out: `{dotted(unquoted)}`")
    if fold(name) not in by_folded_name(siblings) and (known := instead_of_key(catalogue, path, value)):
        return known
    elsewhere = _same_name(catalogue, path)
    words = near_words(name, siblings)
    near = _nearest(name, siblings, near_words, cutoff=0.8 if elsewhere else FAR)
    if near is not None:
        meant = (*path[:-1], near)
        sure = spelt_otherwise(path, meant) or near == surely_meant(words)
        repair = rename(catalogue, path, meant, value) if sure else None
        return _suggestion(catalogue, name, meant, near, repair)
    if elsewhere:
        alone = len({known[1:] for known in _by_name(catalogue)[fold(name)]}) == 1
        repair = rename(catalogue, path, elsewhere, value) if alone else None
        return replace(
            _suggestion(catalogue, name, elsewhere, dotted(elsewhere), repair), outside=outside(path, elsewhere)
        )
    if not siblings:
        return Suggestion("take it out")
    return Suggestion(f"known here: {', '.join(f'`{sibling}`' for sibling in siblings)}")


def _nearest(name: str, siblings: tuple[str, ...], near_words: NearWords, *, cutoff: float) -> str | None:
    """The nearest of the keys beside; what all of them end with makes none of them near."""
    end = UNIT if name.endswith(UNIT) and all(sibling.endswith(UNIT) for sibling in siblings) else ""
    words = near_words(name.removesuffix(end), tuple([sibling.removesuffix(end) for sibling in siblings]))
    return words[0][1] + end if words and words[0][0] >= cutoff else None


def _suggestion(catalogue: Catalogue, name: str, meant: Path, said: str, repair: Rename | None) -> Suggestion:
    """That another key is meant, and what its value is where what is written does not say that."""
    leaf = catalogue.leaf(meant)
    unsaid = leaf.kind.unsaid_by(name) if leaf else ""
    return Suggestion(
        f"did you mean `{said}`? {unsaid}".rstrip(), leaf is not None and leaf.setting.type.harmless, repair
    )


def suggest_quotes(catalogue: Catalogue, path: Path, value: object) -> str | None:
    """A help line for a name with dots in it, a workflow's id, that was not quoted and so became several tables."""
    around = catalogue.node(path[:-2])
    if not isinstance(around, Table) or ANY not in around.children:
        return None
    known = around.children[ANY]
    names = list(path[-2:])
    while isinstance(value, dict) and isinstance(known, Table) and len(names) < LONGEST_PATH:
        meant = next((name for name in value if name in known.children), None)
        if meant is not None:
            whole = (*path[:-2], ".".join(str(name) for name in names), meant)
            return f"put the name in quotes where it has dots: `[{dotted(whole)}]`"
        if len(value) != 1:
            return None
        name, value = next(iter(value.items()))
        names.append(name)
    return None


def suggest_table(catalogue: Catalogue, path: Path, value: object) -> str:
    """A help line for what is no table where one is meant."""
    node = catalogue.node(path)
    children = tuple(node.children) if isinstance(node, Table) else ()
    item = value[0] if isinstance(value, list) and value else None
    if children == (ANY,):
        given = next((item[key] for key in ("id", "name", "workflowId") if key in item), "") if _is_table(item) else ""
        inner = node.children[ANY] if isinstance(node, Table) else None
        below = next(iter(inner.children)) if isinstance(inner, Table) else ""
        name = given if isinstance(given, str) and _harmless_name(given) else "my-workflow"
        return f"write one table for each, with its name in the header: `[{dotted((*path, name, below))}]`"
    around = catalogue.node(path[:-1])
    if isinstance(around, Table) and tuple(around.children) == (ANY,) and not isinstance(value, list):
        named = (*path[:-1], "my-workflow", *children[:1])
        return f"name the workflow in the header, `[{dotted(named)}]`, and write its policy on the lines below"
    if _is_table(item):
        return f"write it as `[{dotted(path)}]`, in single brackets"
    return f"write it as `[{dotted(path)}]`, and below it what it holds, such as `{children[0]} = …`"


def _is_table(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _harmless_name(name: str) -> bool:
    return bool(lazy(r"[\w .-]{1,64}").fullmatch(name)) and redact(name) == name


def _same_name(catalogue: Catalogue, path: Path) -> Path:
    """The key or table of this name that is nearest to where it was written, for the same workflow; or `()`."""
    named = _by_name(catalogue).get(fold(str(path[-1])), ())
    best = max(named, key=lambda known: _shared(known, path), default=())
    if ANY not in best:
        return best
    at = best.index(ANY)
    # Of another workflow there is no telling which.
    return (*best[:at], path[at], *best[at + 1 :]) if _shared(best, path) > at else ()


@cache
def _by_name(catalogue: Catalogue) -> dict[str, tuple[Path, ...]]:
    """The paths of all keys and tables, by their folded last name."""
    found: dict[str, tuple[Path, ...]] = {}
    for path in dict.fromkeys(known[:length] for known in catalogue.paths() for length in range(1, len(known) + 1)):
        if path[-1] != ANY:
            found[fold(path[-1])] = (*found.get(fold(path[-1]), ()), path)
    return found


def _shared(known: Path, path: Path) -> int:
    """How many leading names a known path shares with one that was written."""
    pairs = zip(known, path, strict=False)
    return next((i for i, (one, other) in enumerate(pairs) if one not in {ANY, other}), min(len(known), len(path)))


def suggest_path(catalogue: Catalogue, path: Path) -> str:
    """A help line for an unknown path of an override."""
    node = catalogue.node(path)
    if isinstance(node, Table):
        return f"it is a table: name one setting in it, such as `{dotted((*path, next(iter(node.children))))}`"
    around = catalogue.leaf_above(path)
    if around:
        return f"`{dotted(around[0])}` is one setting: override all of it"
    parent = catalogue.node(path[:-1])
    siblings = tuple(parent.children) if isinstance(parent, Table) and ANY not in parent.children else ()
    variable = _of_variable(catalogue, path)
    if variable:
        return variable
    lacks_quotes = _lacks_quotes(catalogue, path)
    if lacks_quotes:
        return lacks_quotes
    whole = nearest(dotted(path), tuple(dotted(known) for known in catalogue.paths()), cutoff=0.8)
    if not siblings and whole:
        return f"did you mean `{whole}`?"
    return suggest_key(catalogue, path, siblings or tuple(catalogue.root.children)).help


def _of_variable(catalogue: Catalogue, path: Path) -> str | None:
    """A help line for an override that is named like a variable, in any case."""
    name = str(path[0]).upper()
    if len(path) > 1 or not lazy(r"[A-Z][A-Z0-9_]*").fullmatch(name):
        return None
    from codemation.settings.elsewhere import VARIABLES  # noqa: PLC0415  (only for what is wrong)

    if name in catalogue.variables:
        setting = catalogue.variables[name][0]
        return f"it is a variable: write `{dotted(setting.app or setting.runtime)}`, or `--env {name}=…`"
    if name in HOST_VARIABLES or name in SWITCHES or _is_companion(catalogue, name):
        return f"it is a variable: set {name} with `--env`"
    instead = VARIABLES.get(name, "")
    if instead.startswith("`"):
        return f"write {instead.removesuffix(' in codemation.toml')}"
    return instead if " " in instead else instead and _of_variable(catalogue, (instead,))


def _is_companion(catalogue: Catalogue, name: str) -> bool:
    """Whether a variable names the file of a secret."""
    secret = name.removesuffix("_FILE")
    settings = catalogue.variables.get(secret, ()) if secret != name else ()
    return name == f"{AUTH_SECRET}_FILE" or any(setting.secret for setting in settings)


def _lacks_quotes(catalogue: Catalogue, path: Path) -> str | None:
    """A help line for an override in which a workflow's name has no quotes, or none that the shell left there."""
    names = path if len(path) > 1 else tuple(part.strip("\"' ") for part in str(path[0]).split("."))
    meant = _unquoted(catalogue, names)
    bare = [is_bare(str(name)) for name in meant or names]
    if meant is None and len(names) > len(path) and not all(bare):
        # It is no TOML as it stands, or in quotes as a whole.
        meant = _with_known_end(catalogue, names)
    if meant is None:
        return None
    if all(bare):
        return f"did you mean `{dotted(meant)}`?"
    import shlex  # noqa: PLC0415  (only for what is wrong)

    typed = shlex.quote(f"{dotted(meant)}=…")
    return f"put quotes around the name: --set {typed}"


def _with_known_end(catalogue: Catalogue, names: Path) -> Path | None:
    """A path whose last name is a setting's, or nearly that of one."""
    table = catalogue.node(names[:-1])
    known = tuple(table.children) if isinstance(table, Table) else ()
    near = names[-1] if names[-1] in known else nearest(str(names[-1]), known)
    meant = (*names[:-1], near) if near else ()
    return meant if catalogue.leaf(meant) else None


def _unquoted(catalogue: Catalogue, path: Path) -> Path | None:
    """The path that was meant where a name with dots in it, a workflow's id, was not quoted."""
    if len(path) > LONGEST_PATH:
        return None
    for start in range(1, len(path)):
        for end in range(start + 2, len(path)):
            joined = (*path[:start], ".".join(str(part) for part in path[start:end]), *path[end:])
            if catalogue.leaf(joined) is not None:
                return joined
    return None
