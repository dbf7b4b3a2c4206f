"""Notifications between panels in plain Python: the same inside Slicer and on any model of Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Listeners:
    """Functions that are called, in the order in which they were added, when the owner calls this object."""

    def __init__(self) -> None:
        self._functions: list[Callable[..., Any]] = []

    def add(self, function: Callable[..., Any]) -> None:
        """Adds a function; one that is there already stays once."""
        if function not in self._functions:
            self._functions.append(function)

    def remove(self, function: Callable[..., Any]) -> None:
        """Takes a function out; one that is not there is no error."""
        if function in self._functions:
            self._functions.remove(function)

    def clear(self) -> None:
        """Takes all out: the owner is going away."""
        self._functions.clear()

    def __call__(self, *arguments: Any) -> None:
        for function in tuple(self._functions):
            function(*arguments)
