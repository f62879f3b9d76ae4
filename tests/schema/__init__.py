"""Tests of `codemation/schema`."""
