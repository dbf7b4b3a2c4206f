"""Scans painted from layouts."""
