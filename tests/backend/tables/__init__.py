"""Tests of `codemation/backend/tables`."""
