"""Tests of `codemation/backend/migrations`."""
