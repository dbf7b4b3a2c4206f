"""Metrics, baselines, tables and benchmarks."""
