"""Candidates, requested beside measured, and what can be done with them."""
