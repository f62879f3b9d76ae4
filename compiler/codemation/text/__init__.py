"""Texts: what may be shown of them, how they are worded, how wide a terminal is. All else stands on these."""
