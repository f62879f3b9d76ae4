"""The history of the tables, one for both engines; `codemation.backend.migrations.migrate` applies it."""
