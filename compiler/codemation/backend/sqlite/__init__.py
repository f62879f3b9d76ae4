"""SQLite: its file, and engines for it."""
