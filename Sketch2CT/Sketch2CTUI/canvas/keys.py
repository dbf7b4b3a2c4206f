"""The keys of the canvas: which does what, as tooltips and the tutorial tell them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CanvasKey:
    """One key, or several that do the same.

    Args:
        does: The name of a tool, of a method of the canvas, or of what the panel does.
        names: Of Qt's keys.
        shown: What stands on them.
    """

    does: str
    names: tuple[str, ...]
    shown: str


TOOL_KEYS = (
    CanvasKey("pen", ("Key_P",), "P"),
    CanvasKey("line", ("Key_L",), "L"),
    CanvasKey("eraser", ("Key_E",), "E"),
    CanvasKey("move", ("Key_M",), "M"),
)
METHOD_KEYS = (
    CanvasKey("smooth", ("Key_S",), "S"),
    CanvasKey("mirror", ("Key_R",), "R"),
    CanvasKey("clear", ("Key_Delete", "Key_Backspace"), "Del"),
    CanvasKey("zoom_in", ("Key_Plus", "Key_Equal"), "+"),
    CanvasKey("zoom_out", ("Key_Minus",), "-"),
    CanvasKey("zoom_to_fit", ("Key_F",), "F"),
)
PANEL_KEYS = (
    CanvasKey("outline", ("Key_O",), "O"),
    CanvasKey("crease", ("Key_I",), "I"),
    CanvasKey("smaller_eraser", ("Key_Comma",), ","),
    CanvasKey("larger_eraser", ("Key_Period",), "."),
    CanvasKey("add_view", ("Key_V",), "V"),
    CanvasKey("add_contour", ("Key_C",), "C"),
    CanvasKey("previous_drawing", ("Key_PageUp",), "PgUp"),
    CanvasKey("next_drawing", ("Key_PageDown",), "PgDown"),
)
HELD_KEYS = (CanvasKey("pan", ("Key_Space",), "Space"), CanvasKey("give_up", ("Key_Escape",), "Esc"))
SHORTCUTS = (("Ctrl+Z", "undo"), ("Ctrl+Shift+Z", "redo"), ("Ctrl+Y", "redo"))
ALL_KEYS = (*TOOL_KEYS, *METHOD_KEYS, *PANEL_KEYS, *HELD_KEYS)


def shown_keys(does: str) -> str:
    """What stands on the keys of an action, the first of them for a tooltip; empty where it has none."""
    shown = [one.shown for one in ALL_KEYS if one.does == does] + [keys for keys, action in SHORTCUTS if action == does]
    return shown[0] if shown else ""
