"""The schema in the servers that editors run, and in the validators that continuous integration runs.

`taplo` is npm's @taplo/lsp, which VS Code's Even Better TOML starts; `tombi` is PyPI's `tombi lsp --offline`. Both are
real, and are talked to as an editor does (`lsp.py`). check-jsonschema, jsonschema, jsonschema-rs and Ajv get the same
documents (`engines.py`). What they are asked about is found by walking the schema and the examples (`documents.py`);
only the mistakes that people make are listed by hand, as data (`mistakes.toml`).

What the servers do that no schema can change, each held by a test, so that it is noticed when it ends:

- taplo 0.8.0 panics where a completion is asked for between things: in a comment, at the start of a line, behind a
  value. It does so with any schema that has a key to offer (`test_positions.py`).
- taplo says that a key is unknown, or that one is missing, at the table, once for each place where that table is
  written, and at the top of a document three times: the same words each time (`test_mistakes.py`).
- taplo panics where a completion is asked for below a header that stands in an array's item and whose keys have names
  that authors choose (`test_positions.py`).
- taplo shows nothing where a key of an array's item is hovered over, with any schema, and completes it only where
  nothing of it is typed yet, then with its documentation (`test_servers.py`, `test_positions.py`).
- tombi 1.9 hangs or panics where a table within an array is not closed yet, with any schema (`test_positions.py`).
- A date where `filter` of `log` is written, a string or an array, is told by tombi once for each type that there is.
- Unknown and missing keys, wrong types and numbers out of range are told in each engine's own words. Those of a number
  show the bound and stand at the value; the key is where they stand, not what they say. A sentence of ours would reach
  nobody in tombi, which prints no words but its own for numbers.
"""
