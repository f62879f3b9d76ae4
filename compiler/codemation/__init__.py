"""Compiler and validator for `codemation.toml`."""

__version__ = "0.1.0"
