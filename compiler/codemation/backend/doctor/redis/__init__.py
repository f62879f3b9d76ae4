"""The checks of Redis."""
