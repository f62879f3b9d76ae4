"""Data as JSON text: the one way in which anything here writes it."""

from __future__ import annotations

from typing import Any

from msgspec import json


def json_text(data: Any, *, indent: int | None = 2) -> str:
    """Data as JSON for people and machines: keys in their order, a last line feed; without `indent` on one line.

    Characters stand for themselves, but lone surrogates (PEP 383: undecodable bytes), which no encoding takes, are
    escaped.
    """
    try:
        text = json.encode(data)
    except UnicodeEncodeError:
        return _escaped(data, indent)
    # A space after each colon and comma, as people write it.
    return json.format(text, indent=0 if indent is None else indent).decode() + "\n"


def _escaped(data: Any, indent: int | None) -> str:
    """The same of what msgspec refuses; three times slower."""
    import json as slow  # noqa: PLC0415  (2 ms, and file names of other bytes are rare)

    text = slow.dumps(data, ensure_ascii=False, indent=indent)
    return "".join(f"\\u{ord(it):04x}" if "\ud800" <= it <= "\udfff" else it for it in text) + "\n"
