"""The rules about what fails while a database is used, each one file: raised as a `BackendError`, not checked."""
