"""`python -m tests.bench [PART …]`."""

from __future__ import annotations

from tests.bench.measure import main

main()
