"""Data as JSON text: the one way in which anything here writes it."""

from __future__ import annotations

from typing import Any, Final

from codemation.text.patterns import lazy

_SURROGATE: Final = lazy("[\ud800-\udfff]")


def json_text(data: Any, *, indent: int | None = 2) -> str:
    """Data as JSON for people and machines: keys in their order, a last line feed; without `indent` on one line.

    Characters stand for themselves, but lone surrogates (PEP 383: undecodable bytes), which no encoding takes, are
    escaped.
    """
    import json  # noqa: PLC0415  (2 ms, and most commands print none)

    text = json.dumps(data, ensure_ascii=False, indent=indent)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"
