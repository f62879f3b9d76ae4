"""The history of the tables, one for both engines; `codemation.backend.migrate` applies it."""
