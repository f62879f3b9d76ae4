"""Tests of `codemation/reports`."""
