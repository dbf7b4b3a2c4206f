"""The chain from conditions to files: presets, stages, pipeline, reports and results."""
