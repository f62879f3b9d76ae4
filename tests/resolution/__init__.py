"""Tests of `codemation/resolution`."""
