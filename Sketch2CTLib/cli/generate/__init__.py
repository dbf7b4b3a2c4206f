"""`sketch2ct generate`: the command, what it reads, and where it runs."""

from .verb import generate

__all__ = ["generate"]
