"""The panel around the canvas."""
