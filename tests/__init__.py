"""The tests of codemation."""
