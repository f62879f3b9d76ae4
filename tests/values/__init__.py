"""Tests of `codemation/values`."""
