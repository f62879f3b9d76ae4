"""The checks of PostgreSQL, and what they look at."""
