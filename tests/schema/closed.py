"""The schemas of outputs, for tests: nothing may be printed that they do not tell of."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft7Validator

from codemation.schema.outputs import OUTPUTS


def validate_output(name: str, data: object) -> None:
    """Hold what a command printed against its schema, closed.

    Raises:
        jsonschema.ValidationError: it is not as promised, or has more than that.

    """
    Draft7Validator(closed(OUTPUTS[name])).validate(data)


def closed(schema: Any) -> Any:
    """The schema with every object closed, which is open for later versions."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(item) for name, item in schema.items()}
    return {"additionalProperties": False, **found} if "required" in schema else found
