"""How a body looks from a plane: rendered with VTK, or cast in numpy."""
