"""Decide: from what the sources say to what is in force."""
