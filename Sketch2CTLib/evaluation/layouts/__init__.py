"""Drawn layouts beside real ones: anatomy against training layouts, what is kept and missing, copies, baselines."""
