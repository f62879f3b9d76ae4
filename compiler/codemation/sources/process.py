"""The one place that reads the real environment."""

from __future__ import annotations

import os


def process_environment() -> dict[str, str]:
    """A copy of the process environment."""
    return dict(os.environ)
