"""Tests of `codemation/settings`."""
