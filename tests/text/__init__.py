"""Tests of `codemation/text`."""
