"""Copying SQLite into PostgreSQL."""
