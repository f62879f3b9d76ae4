"""Copying a SQLite database into PostgreSQL, verified.

`codemation.copy` and `codemation db copy` do the same: `scan` reads the source once, tells what PostgreSQL cannot hold
and sums up what is there; `target` writes all of it in one transaction and lets PostgreSQL sum up what it holds.
"""
