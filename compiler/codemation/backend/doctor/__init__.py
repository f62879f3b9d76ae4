"""`doctor`: every part that a host needs, tried for real and without changing anything.

A check is declared once, by `check` above the function that looks: its name, what it looks at, its page. `catalogue`
names the modules that hold checks, part by part, and `examination` runs them.
"""
