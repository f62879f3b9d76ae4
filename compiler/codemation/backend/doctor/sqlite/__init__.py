"""The checks of SQLite's file, and what they look at."""
