"""Tests of the database's side."""
