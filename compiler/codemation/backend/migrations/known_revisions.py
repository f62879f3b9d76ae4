"""The revisions that this program knows (generated from the scripts by `make generate`; do not edit)."""

from __future__ import annotations

from typing import Final

KNOWN: Final = (
    ("0001", "3e41524b2ace54db2440134f58a84e48bb2add23d9fdce8f300057719289a7ad"),
    ("0002", "61672917a30ecc038ce16d5d924650bdae527bd0fae8ce7dd53238f977b79b70"),
    ("0003", "bfbf272302ff1ae38ef47a63427776dbc0f3deb9fd1d714fa6eed90d78821d69"),
)
"""Each revision with its checksum, oldest first."""
