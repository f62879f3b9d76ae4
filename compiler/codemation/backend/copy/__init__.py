"""Copying a SQLite database into PostgreSQL, verified.

`codemation.copy` and `codemation db copy` do the same: `scan` reads the source once, tells what PostgreSQL cannot hold,
sums up what is there, and gives the lines for COPY; `target` writes these as they come, all in one transaction, and
lets PostgreSQL sum up what it holds.
"""
