"""Smooth conformity: a mask field is changed smoothly so that its body meets what was drawn and stated."""

from .finish import MAX_SHIFT, conforming, finished, unsaturated
from .targets import Contour, Shadow, Targets, targets_of

__all__ = ["MAX_SHIFT", "Contour", "Shadow", "Targets", "conforming", "finished", "targets_of", "unsaturated"]
