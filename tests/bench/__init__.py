"""Measurements, which pass and fail nothing: `make bench`."""
