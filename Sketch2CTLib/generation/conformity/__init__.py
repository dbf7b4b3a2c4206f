"""Smooth conformity: a mask field is changed smoothly so that its body meets what was drawn and stated."""

from .finish import MAX_SHIFT, conforming, finished
from .targets import Targets, targets_of

__all__ = ["MAX_SHIFT", "Targets", "conforming", "finished", "targets_of"]
