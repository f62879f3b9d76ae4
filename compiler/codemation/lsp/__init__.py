"""The language server: what editors show of `codemation.toml` and env files while they are written.

`server` speaks the protocol, and is the only module that knows pygls. The others answer in plain data, from the trace,
the diagnostics and the declarations: nothing is decided here.
"""
