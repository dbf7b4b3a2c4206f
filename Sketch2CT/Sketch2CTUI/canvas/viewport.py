"""What part of the paper a canvas shows: mm of the plane ↔ pixels of the widget."""

from __future__ import annotations

from dataclasses import dataclass, replace

LEAST_SCALE, MOST_SCALE = 0.05, 60.0  # pixels a mm


@dataclass(frozen=True)
class Viewport:
    """A look at the paper: u goes to the right and v goes up.

    Args:
        width, height: The widget's size in its own pixels (not the screen's finer ones).
        scale: Pixels a mm.
        center_mm: The point (u, v) in the middle of the widget.
    """

    width: int
    height: int
    scale: float = 1.0
    center_mm: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def fitted(cls, width: int, height: int, paper_mm: tuple[float, float], margin: int) -> Viewport:
        """The whole paper in the middle, with a margin in pixels on all sides."""
        free = max(width - 2 * margin, 8), max(height - 2 * margin, 8)
        return cls(width, height, _bounded(min(free[0] / paper_mm[0], free[1] / paper_mm[1])))

    def to_pixels(self, u: float, v: float) -> tuple[float, float]:
        """A point in mm → (x, y) in pixels."""
        x = self.width / 2 + (u - self.center_mm[0]) * self.scale
        return x, self.height / 2 - (v - self.center_mm[1]) * self.scale

    def to_mm(self, x: float, y: float) -> tuple[float, float]:
        """(x, y) in pixels → the point (u, v) in mm."""
        u = self.center_mm[0] + (x - self.width / 2) / self.scale
        return u, self.center_mm[1] - (y - self.height / 2) / self.scale

    def zoomed(self, factor: float, x: float, y: float) -> Viewport:
        """Larger or smaller about a point of the widget, which stays where it is."""
        scale = _bounded(self.scale * factor)
        u, v = self.to_mm(x, y)
        center = u - (x - self.width / 2) / scale, v + (y - self.height / 2) / scale
        return replace(self, scale=scale, center_mm=center)

    def panned(self, x: float, y: float) -> Viewport:
        """The paper moved along with the pointer, by pixels."""
        return replace(self, center_mm=(self.center_mm[0] - x / self.scale, self.center_mm[1] + y / self.scale))

    def resized(self, width: int, height: int) -> Viewport:
        """A widget of another size; the middle and the scale stay."""
        return replace(self, width=width, height=height)

    def paper(self, paper_mm: tuple[float, float]) -> tuple[float, float, float, float]:
        """The paper's (left, top, width, height) in pixels."""
        left, top = self.to_pixels(-paper_mm[0] / 2, paper_mm[1] / 2)
        return left, top, paper_mm[0] * self.scale, paper_mm[1] * self.scale


def _bounded(scale: float) -> float:
    return float(min(max(scale, LEAST_SCALE), MOST_SCALE))
