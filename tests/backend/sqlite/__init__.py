"""Tests of `codemation/backend/sqlite`."""
