"""The tutorials as tests read them: their commands, what should be seen, their clicks, the places of their headings."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "Resources" / "Tutorial"
SECTION = "In Slicer"


@dataclass(frozen=True)
class TutorialPage:
    """One page of Resources/Tutorial.

    Args:
        name: The file's name.
    """

    name: str

    @cached_property
    def text(self) -> str:
        """The whole page."""
        return (FOLDER / self.name).read_text(encoding="utf-8")

    @property
    def commands(self) -> list[str]:
        """The lines of its shell blocks, in order."""
        return [line for block in self._blocks("sh") for line in block.splitlines() if line.strip()]

    @property
    def seen(self) -> list[str]:
        """What a reader should find in the output, a line each."""
        return [line for block in self._blocks("text") for line in block.splitlines()]

    @property
    def clicks(self) -> list[str]:
        """What is clicked in Slicer, in the order of the numbered steps; the rest explains."""
        found = re.search(rf"^## {SECTION}\n(.*?)(?=^## |\Z)", self.text, re.DOTALL | re.MULTILINE)
        steps = re.findall(r"^\d+\. .*(?:\n   .*)*", found[1] if found else "", re.MULTILINE)
        return re.findall(r"\*\*([^*]+)\*\*", "\n".join(steps).replace("\n   ", " "))

    @property
    def anchors(self) -> set[str]:
        """The places of its headings, as GitHub names them."""
        heads = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", self.text, flags=re.DOTALL), re.MULTILINE)
        return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}

    def _blocks(self, language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```", self.text, re.DOTALL | re.MULTILINE)
