"""Secrets among a caller's options: frames of a traceback may be shown with their variables. Imports no driver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from codemation.text.redaction import MASK

_SECRET: Final = ("password", "sslpassword")


class Secret(str):
    """A text that only its user sees: whoever shows a variable, or what holds it, gets `***`."""

    __slots__ = ()

    def __repr__(self) -> str:
        """No part of it."""
        return f"'{MASK}'"


def masked_options(options: Mapping[str, Any] | None) -> dict[str, Any]:
    """Options of `create_engine`, whose secrets among `connect_args` nobody is shown."""
    given = dict(options or {})
    if "connect_args" in given:
        given["connect_args"] = dict(given["connect_args"] or {})
        for name in _SECRET:
            if isinstance(value := given["connect_args"].get(name), str):
                given["connect_args"][name] = Secret(value)
            del value
    return given
