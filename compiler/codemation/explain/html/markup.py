"""Elements of HTML, every text of them escaped."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Final

from codemation.text.patterns import lazy
from codemation.text.terminal import Terminal

_VISIBLE: Final = Terminal()
_JOINTS: Final = lazy(r"([_/](?=\w)|\.(?=[a-z]+[A-Z])|[a-z](?=[A-Z][a-z]))")


class Markup(str):
    """HTML; any other string is text."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | bool | None) -> Markup:
    """An element around its children; `_` in an attribute's name stands for `-`, one at its end for nothing.

    An attribute that is `None` or `False` is left out; one that is `True` has no value.
    """
    return Markup(f"<{name}{''.join(_attributes(attributes))}>{join(children)}</{name}>")


def element_alone(name: str, /, **attributes: str | bool | None) -> Markup:
    """An element that has no content, and so no end; attributes as `element`."""
    return Markup(f"<{name}{''.join(_attributes(attributes))}>")


def join(children: Iterable[str]) -> Markup:
    """Several of them behind each other."""
    return Markup("".join(child if isinstance(child, Markup) else text(child) for child in children))


@lru_cache(maxsize=1024)
def text(plain: str) -> Markup:
    """A text, with nothing in it that cannot be seen: what turns the direction of writing is shown as an escape."""
    return Markup(escape(_VISIBLE.visible(plain)))


def breakable(name: str) -> Markup:
    """A name or a path, which a line may end within at its joints."""
    return Markup(_JOINTS.sub(r"\1<wbr>", text(name)))


def prose(sentence: str) -> Markup:
    """A sentence, what stands in backquotes as code."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return text(sentence)
    return join(element("code", part, dir="auto") if place % 2 else part for place, part in enumerate(parts))


def _attributes(attributes: dict[str, str | bool | None]) -> Iterable[str]:
    for name, value in attributes.items():
        spelled = name.rstrip("_").replace("_", "-")
        if value is True:
            yield f" {spelled}"
        elif value is not None and value is not False:
            yield f' {spelled}="{text(value)}"'
