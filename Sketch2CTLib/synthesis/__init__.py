"""Data sets of synthetic cases, made on Ray."""
