"""Tests of `codemation/backend/postgresql`."""
