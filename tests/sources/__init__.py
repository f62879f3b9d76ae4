"""Tests of `codemation/sources`."""
