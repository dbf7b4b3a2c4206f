"""Drawing: strokes in mm on paper, shown with QPainter; knows nothing of the scene."""
