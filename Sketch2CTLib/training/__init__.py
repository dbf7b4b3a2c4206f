"""Corpora of augmented copies, training loops, EMA, resume, export."""
