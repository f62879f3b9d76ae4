"""JSON as PostgreSQL's `jsonb` tells it, made without PostgreSQL; and what `jsonb` does not take.

Facts are of PostgreSQL's documentation ("JSON Types", "Numeric Types") and of `jsonb`'s output: the last of equal keys
stands, keys are in the order of their lengths and then bytes, numbers are `numeric`s without an exponent and keep their
trailing zeros, and zero has no sign.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from codemation.backend.copy.findings import Kind

_MOST_WHOLE: Final = 131_072
"""Digits before the decimal point of a `numeric`."""
_MOST_AFTER: Final = 16_383
"""Digits after it."""
_MOST_EXPONENT: Final = 2**30

_NESTED: Final = (dict, list)


class TooLargeError(ValueError):
    """A number does not fit into a `numeric`."""


def normal(text: bytes) -> bytes:
    """JSON text as `jsonb` would print it.

    Raises:
        ValueError: `jsonb` does not take it.
        RecursionError: it is nested too deeply.

    """
    try:
        value = _DECODER.decode(text)
    except msgspec.ValidationError:  # a whole number of very many digits
        found: list[Kind] = []
        value = _loaded(text.decode(), found)
        if found:
            message = "a number that is none"
            raise ValueError(message) from None
    done = _FORMAT(_ENCODE(_ordered(value) if type(value) in _NESTED else value), indent=0)
    # `in` would take twice as long.
    if done.find(b"\\u0000") >= 0 and _holds_nul(value):
        message = "a NUL character"
        raise ValueError(message)
    return done


def examined(text: str) -> tuple[set[Kind], str | None]:
    """What is wrong with JSON text, and a text without it; `None` where there is none.

    Half surrogates in `text` itself, and NUL characters, count as escaped ones do.
    """
    found: list[Kind] = []
    try:
        value = _mended(_loaded(text.replace("\0", r"\u0000"), found), found)
        mended = _ENCODE(value).decode()
    except RecursionError:
        return {"too-deep"}, None
    except TooLargeError:
        return {"number-too-large"}, None
    except ValueError:
        return {"not-json"}, None
    return set(found), mended if found else text


def joined(text: str) -> str:
    """The text with surrogate pairs joined, and U+FFFD for each half."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number(text: str) -> msgspec.Raw:
    """A number as `numeric` prints it.

    Raises:
        TooLargeError: it has too many digits.

    """
    if "e" not in text and "E" not in text and not text.startswith("-0") and len(text) < _MOST_AFTER:
        return msgspec.Raw(text.encode())
    exponent = text.lower().partition("e")[2].lstrip("+-").lstrip("0")
    number = Decimal(text) if int(exponent[:12] or 0) < _MOST_EXPONENT else Decimal("Infinity")
    after = -int(number.as_tuple().exponent) if number.is_finite() else 0
    if not number.is_finite() or after > _MOST_AFTER or (number and number.adjusted() >= _MOST_WHOLE):
        raise TooLargeError(text[:20])
    return msgspec.Raw(format(number or abs(number), "f").encode())


_DECODER: Final = msgspec.json.Decoder(float_hook=_number)
_ENCODE: Final = msgspec.json.Encoder().encode
_FORMAT: Final = msgspec.json.format


@lru_cache(4096)
def _order(keys: tuple[str, ...]) -> Sequence[str]:
    return sorted(keys, key=_rank)


def _rank(key: str) -> tuple[int, bytes]:
    encoded = key.encode()
    return len(encoded), encoded


def _ordered(value: Any) -> Any:
    """The same with the keys of its objects in order; `value` is an object or an array, which is changed.

    One call for each level: what Python can read must be within its limit here, too.
    """
    if type(value) is dict:
        done = {}
        for key in _order(tuple(value)):
            one = value[key]
            done[key] = _ordered(one) if type(one) in _NESTED else one
        return done
    for place, one in enumerate(value):
        if type(one) in _NESTED:
            value[place] = _ordered(one)
    return value


def _holds_nul(value: Any) -> bool:
    found: list[Kind] = []
    _mended(value, found)
    return "nul" in found


def _loaded(text: str, found: list[Kind]) -> Any:
    """The value with its numbers as `numeric` prints them; what is no number is noted in `found`, and null."""

    def constant(_: str) -> None:
        found.append("not-finite")

    return json.loads(text, parse_float=_number, parse_int=_number, parse_constant=constant)


def _mended(value: Any, found: list[Kind]) -> Any:
    """The same without NUL characters and half surrogates, which are noted in `found`; `value` may be changed."""
    if isinstance(value, str):
        return _mended_text(value, found)
    if isinstance(value, dict):
        done = {}
        for key, one in value.items():
            done[_mended_text(key, found)] = _mended(one, found)
        return done
    if isinstance(value, list):
        for place, one in enumerate(value):
            value[place] = _mended(one, found)
    return value


def _mended_text(text: str, found: list[Kind]) -> str:
    if "\0" in text:
        found.append("nul")
    whole = joined(text)
    if whole != text:
        found.append("surrogate")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")
