"""Tests of `codemation/rules`."""
