"""Declare: every setting, once, with all that is known of it."""
