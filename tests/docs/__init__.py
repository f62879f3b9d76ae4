"""The documentation: what generates its reference, what runs its pages, and what holds both to the program.

`reference/` makes `docs/reference/` and the man page from the declarations. `pages.py` lists the pages and parts them
into blocks, `shell.py` runs what they tell to run. The site itself is built by `make docs`.
"""
