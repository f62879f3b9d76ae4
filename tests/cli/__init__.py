"""Tests of `codemation/cli`."""
