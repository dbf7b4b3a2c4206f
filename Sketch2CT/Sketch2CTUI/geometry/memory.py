"""Text and numbers of an organ while those of another one stand on the panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .state import GeometryState


@dataclass(frozen=True)
class GeometryMemory:
    """What was entered of an organ, with all that undo brings back.

    Args:
        structure: Catalog name.
        history: Texts with what stood beside them, as the editor keeps them.
        at: Which of them is the present one.
    """

    structure: str
    history: tuple[tuple[str, Any], ...]
    at: int = 0

    @classmethod
    def empty(cls, structure: str) -> GeometryMemory:
        """Nothing entered yet."""
        return cls(structure, (("", GeometryState(structure).beside()),))

    @classmethod
    def of(cls, structure: str, description: Any, text: str) -> GeometryMemory:
        """What a scene keeps of it: a GeometryDescription (or None) and the text."""
        state = GeometryState(structure)
        if description is not None:
            state.set_description(description, text)
        else:
            state.take_text(text)
        return cls(structure, ((state.text, state.beside()),))

    @property
    def present(self) -> tuple[str, Any]:
        """The text as it stands, and what stands beside it."""
        return self.history[self.at]

    def description(self) -> Any:
        """It as a GeometryDescription, as `GeometryPanel.description` gives it.

        Raises:
            Sketch2CTError: The text cannot be read, or the numbers contradict each other.
        """
        from Sketch2CTLib.description.merging import merged_description

        state = GeometryState(self.structure)
        state.restore(*self.present)
        return merged_description(state.description())
