"""The rules about single values, each one file: kinds of value, tables and overrides give their codes to problems."""
