"""JSON Schemas, made from the declarations: of the file, and of what the commands print."""
