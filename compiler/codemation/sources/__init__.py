"""What settings are read from: TOML documents and environment variables."""
