"""From sketch, words and numbers to condition tokens and spatial channels."""

from .encoder import ConditionBatch, ConditionEncoder, ConditionerConfig, ConditionTokens

__all__ = ["ConditionBatch", "ConditionEncoder", "ConditionTokens", "ConditionerConfig"]
