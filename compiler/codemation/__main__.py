"""`python -m codemation`."""

from codemation.cli import console

console()
