"""The kinds of value that a setting can have: one class each.

A kind says these things about itself: how text becomes a value (`parse`, for environment variables and `--set`), what
is wrong with a value (`problem`, `problems`), what it is in a JSON Schema (`schema`), its Python type in the runtime
form (`annotation`), and what in a value is secret (`secrets`).
"""

from __future__ import annotations

from codemation.values.arrays import FolderArray, TextArray, TextOrArray
from codemation.values.base import Problem, ValueType, of_text, text_problems
from codemation.values.durations import Duration
from codemation.values.paths import FilePath, Folder
from codemation.values.scalars import (
    Boolean,
    Choice,
    HeaderValue,
    Integer,
    QueueName,
    Text,
    Url,
    VariableName,
)
from codemation.values.tables import Item, ItemArray, OneOrMore, TextTable, field

__all__ = [
    "Boolean",
    "Choice",
    "Duration",
    "FilePath",
    "Folder",
    "FolderArray",
    "HeaderValue",
    "Integer",
    "Item",
    "ItemArray",
    "OneOrMore",
    "Problem",
    "QueueName",
    "Text",
    "TextArray",
    "TextOrArray",
    "TextTable",
    "Url",
    "ValueType",
    "VariableName",
    "field",
    "of_text",
    "text_problems",
]
