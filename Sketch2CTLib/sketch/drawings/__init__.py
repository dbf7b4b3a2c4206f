"""Drawings in files (pictures, photos of paper, SVG) → strokes in mm: `importing.import_drawing` and its parts."""
