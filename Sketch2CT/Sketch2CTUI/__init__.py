"""What users see inside 3D Slicer: panels, the canvas, nodes; one noun a file."""
