"""The settings of a run and the view of it."""
