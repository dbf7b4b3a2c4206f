"""The mask stage measured: methods, baselines, sweeps and edits, tables, targets and plots."""
