"""Requested beside measured: facts, tables, the verdict, and their pictures."""
