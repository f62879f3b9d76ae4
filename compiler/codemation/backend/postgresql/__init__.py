"""PostgreSQL: connections by libpq, and engines for it."""
