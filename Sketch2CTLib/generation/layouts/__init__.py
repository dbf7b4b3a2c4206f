"""Layouts drawn around given organs, measured, checked and finished."""
