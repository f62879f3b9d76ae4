"""Data whose representation masks secrets; attribute access gives the plain value."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from codemation.text.redaction import redact_value


class Masked(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A struct whose `repr` and `str` (and Rich's) mask the credentials of every URL in it, and of headers."""

    def __repr__(self) -> str:
        """The usual representation, masked."""
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({fields})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The fields that hold something, masked: Rich uses this in place of `repr`."""
        values = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [
            (name, value if isinstance(value, Masked) else _shown(name, value))
            for name, value in values
            if value is not None
        ]


def _shown(name: str, value: Any) -> Any:
    """A field's value, masked as it would be under its name in plain data."""
    data: Any = redact_value({name: value})
    return data[name]
