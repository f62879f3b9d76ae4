"""Retention: what is due by the declarations of the tables and the runtime form, and how it goes."""
