"""Data sets: their definition (YAML), preparation into organ-centred cubes, and the reader of prepared folders."""

from .prepared import PreparedCase, PreparedSet
from .spec import DatasetSpec

__all__ = ["DatasetSpec", "PreparedCase", "PreparedSet"]
