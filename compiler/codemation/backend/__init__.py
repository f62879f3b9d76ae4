"""The database: provisioned from the runtime form. Importing this package imports no driver; its modules do."""
