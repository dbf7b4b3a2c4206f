"""A model as one file: packed, verified and unpacked without torch, and without ever unpickling anything."""

from .packing import pack
from .unpacking import Unpacked, unpack, unpacked_beside

__all__ = ["Unpacked", "pack", "unpack", "unpacked_beside"]
