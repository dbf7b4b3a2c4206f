"""From sketch, words and numbers to condition tokens and spatial channels."""

from .encoder import CONDITION_KINDS, VIEW_NAMES, ConditionBatch, ConditionEncoder, ConditionerConfig, ConditionTokens

__all__ = [
    "CONDITION_KINDS",
    "VIEW_NAMES",
    "ConditionBatch",
    "ConditionEncoder",
    "ConditionTokens",
    "ConditionerConfig",
]
