"""`docs/reference/library.md`: every public name of the package, with its signature and docstring."""

from __future__ import annotations

import inspect
import re
from textwrap import dedent
from typing import Any

import codemation
from codemation.runtime import form
from tests.docs.reference.markdown import head, table

_TOP = """\
What `import codemation` gives. Every name is imported when it is first used. Where a signature names a type of
SQLAlchemy or asyncio, that is theirs. How they go together is told in [Embedding in a host](../guides/embedding.md)."""

NARROW = 88
"""Columns of a signature that stays in one line."""

GROUPS = {
    "Configuration": ("compile", "load", "render", "Compilation", "Runtime", "Diagnostic", "ConfigError"),
    "A host": ("boot", "boot_async", "Host", "AsyncHost", "provision", "provision_async", "BackendError"),
    "Retention": (
        *("prune", "prune_async", "retention_loop", "retention_lag", "retention_lag_async", "keep_snapshot"),
        *("Pruned", "Lag", "RetentionThread", "RetentionTask"),
    ),
    "Moving on": ("copy", "Copied", "CopyRefusedError"),
    "The rest": ("tables", "__version__"),
}
"""Every public name; a test holds it to `__all__`."""

_REST = {
    "tables": "The tables, as SQLAlchemy metadata: [Tables](tables.md) lists them with the types of their columns.",
    "__version__": "The version of the package, as text.",
}


def page() -> str:
    """The whole page."""
    text = head("Library", _TOP)
    for title, names in GROUPS.items():
        text += f"\n## {title}\n" + "".join(map(_name, names))
    return text + _runtime()


def _name(name: str) -> str:
    value = getattr(codemation, name)
    text = f"\n### `{name}`\n\n"
    if name in _REST:
        return f"{text}{_REST[name]}\n"
    text += f"```text\n{_signature(name, value)}\n```\n\n{_prose(value.__doc__)}"
    if not inspect.isclass(value):
        return text
    members = "".join(_member(it, found) for it, found in _members(value))
    return text + _attributes(value) + (f"\n{members}" if members else "")


def _signature(name: str, value: Any) -> str:
    """As it is called, one argument a line where it is long; types as the source spells them."""
    if inspect.isclass(value):
        return f"class {name}"
    prefix = "async def" if inspect.iscoroutinefunction(value) else "def"
    signature = inspect.signature(inspect.unwrap(value))
    short = f"{prefix} {name}{_unquoted(str(signature))}"
    if len(short) <= NARROW:
        return short
    lines = [f"    {_unquoted(str(it))},\n" for it in signature.parameters.values()]
    named = [it.kind is it.KEYWORD_ONLY for it in signature.parameters.values()]
    if any(named):
        lines.insert(named.index(True), "    *,\n")
    return f"{prefix} {name}(\n{''.join(lines)}) -> {signature.return_annotation}"


def _unquoted(signature: str) -> str:
    """A signature without the quotes around types, which are texts while the program runs."""
    return re.sub(r"(?<=: |> )'([^']*)'", r"\1", signature)


def _members(value: type) -> list[tuple[str, Any]]:
    """The public methods and properties that the class or one of ours below it declares."""
    found: dict[str, Any] = {}
    for base in reversed(value.__mro__):
        if base.__module__.startswith("codemation"):
            found |= {
                name: it
                for name, it in vars(base).items()
                if not name.startswith("_") and (inspect.isfunction(it) or isinstance(it, property))
            }
    return sorted(found.items())


def _member(name: str, found: Any) -> str:
    function: Any = found.fget if isinstance(found, property) else found
    call = "" if isinstance(found, property) else _unquoted(str(inspect.signature(function)))
    first = (function.__doc__ or "").strip().partition("\n")[0]
    return f"- `.{name}{re.sub(r'self(?:, )?', '', call)}`: {first}\n"


def _attributes(value: type) -> str:
    """The fields of a class that is data, unless the page has a table of them."""
    names = getattr(value, "__struct_fields__", None) or getattr(value, "_fields", ())
    if not names or value.__module__ == form.__name__:
        return ""
    return f"\nAttributes: {', '.join(f'`{it}`' for it in names)}.\n"


def _prose(doc: str | None) -> str:
    """A docstring as Markdown: the sections of Google's style become paragraphs."""
    text = inspect.cleandoc(doc or "")
    head_, *sections = re.split(r"^(Raises|Returns|Args|Yields):\n", text, flags=re.MULTILINE)
    for name, body in zip(sections[::2], sections[1::2], strict=True):
        items = re.split(r"\n(?=\S)", dedent(body).strip())
        head_ += f"{name}:\n\n" + "".join(f"- {' '.join(item.split())}\n" for item in items)
    return head_.rstrip() + "\n"


def _runtime() -> str:
    """The attributes of the runtime form, table by table."""
    text = "\n## The runtime form\n\nAttributes of `Runtime` are snake_case; `to_dict()` gives the keys of the file.\n"
    for value in vars(form).values():
        if inspect.isclass(value) and value.__module__ == form.__name__ and hasattr(value, "__struct_fields__"):
            rows = ((f"`{name}`", f"`{value.__annotations__[name]}`") for name in value.__struct_fields__)
            text += f"\n### `{value.__name__}` of the runtime form\n\n" + table(("attribute", "type"), rows)
    return text
