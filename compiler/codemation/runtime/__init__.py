"""The result: what a host boots from, as typed data."""
