"""The volume stage measured beside real scans, and the downstream study."""
