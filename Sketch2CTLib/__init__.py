"""Sketch2CT: a sketch, words and numbers become a 3D segmentation and a CT volume that fits it."""

__version__ = "0.1.0"
