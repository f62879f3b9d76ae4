"""The reference: a page each from what the program itself declares, and the man page."""
