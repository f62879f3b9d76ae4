"""Tests of `codemation/explain`."""
