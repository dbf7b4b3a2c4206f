"""Mouse, pen, wheel and keys of the canvas: what they mean to the tool, and looking around."""

from __future__ import annotations

import qt

from .keys import METHOD_KEYS, PANEL_KEYS, TOOL_KEYS
from .tools import Pointer

_WHEEL_STEP = 1.2
_NOTCH = 120.0  # of a wheel, as Qt counts it


class CanvasInput:
    """Turns events into presses, drags and releases of the canvas's tool.

    Args:
        canvas: The SketchCanvas.
    """

    def __init__(self, canvas) -> None:
        self._canvas = canvas
        self._tool = None  # that is at work
        self._pan_from: tuple[float, float] | None = None
        self._space = False

    @property
    def is_drawing(self) -> bool:
        """Whether a tool is at work."""
        return self._tool is not None

    def stop(self) -> bool:
        """Gives up what is under way; whether there was anything."""
        tool, self._tool = self._tool, None
        if tool is not None:
            tool.cancel()
        return tool is not None

    # ---- mouse

    def mouse_press(self, event) -> None:
        """The left button draws; the middle one, or the left one with Space, moves the paper."""
        at = _mouse(event)
        if event.button() == qt.Qt.MiddleButton or (event.button() == qt.Qt.LeftButton and self._space):
            self.stop()
            self._pan_from = (at.x, at.y)
            self._canvas.show_cursor("ClosedHandCursor")
        elif event.button() == qt.Qt.LeftButton and self._tool is None:
            self._press(self._canvas.tool, at)
        event.accept()

    def mouse_move(self, event) -> None:
        """Drags while a button is down, hovers otherwise."""
        self._move(_mouse(event))
        event.accept()

    def mouse_release(self, event) -> None:
        """Ends the edit, or the panning."""
        at = _mouse(event)
        if self._pan_from is not None:
            self._pan_from = None
            self._canvas.show_cursor("OpenHandCursor" if self._space else "")
        elif event.button() == qt.Qt.LeftButton:
            self._release(at)
        event.accept()

    # ---- pen

    def tablet(self, event) -> None:
        """A pen draws with its pressure; its other end erases. Accepted, so that no mouse event follows."""
        at, kind = _pen(event), event.type()
        if kind == qt.QEvent.TabletPress:
            if event.button() == qt.Qt.LeftButton and self._tool is None:
                erases = _is_eraser(event)
                self._press(self._canvas.tool_named("eraser") if erases else self._canvas.tool, at)
        elif kind == qt.QEvent.TabletMove:
            self._move(at)
        elif kind == qt.QEvent.TabletRelease:
            self._release(at)
        event.accept()

    # ---- looking

    def wheel(self, event) -> None:
        """Zooms about the pointer."""
        notches = _told(event.angleDelta).y() / _NOTCH
        point = _told(event.position if hasattr(event, "position") else event.pos)
        if notches and self._tool is None:
            canvas = self._canvas
            canvas.look(canvas.viewport.zoomed(_WHEEL_STEP**notches, point.x(), point.y()))
        event.accept()

    def key_press(self, event) -> None:
        """Space for the hand, Esc gives up; others as `keys` says, while no line grows; the rest goes to the parent."""
        canvas, key = self._canvas, event.key()
        plain = not event.modifiers() & (qt.Qt.ControlModifier | qt.Qt.AltModifier | qt.Qt.MetaModifier)
        if key == qt.Qt.Key_Space:
            if not self._space:
                self._space = True
                canvas.show_cursor("OpenHandCursor")
        elif not (plain and self._act(key)) and not (key == qt.Qt.Key_Escape and self.stop()):
            event.ignore()
            return
        event.accept()

    def _act(self, key) -> bool:
        """Does what a key is for; whether it is for anything."""
        canvas = self._canvas
        if tool := _does(TOOL_KEYS, key):
            canvas.set_tool(tool)
        elif method := _does(METHOD_KEYS, key):
            getattr(canvas, method)()
        elif action := _does(PANEL_KEYS, key):
            canvas.on_key(action)
        else:
            return False
        return True

    def key_release(self, event) -> None:
        """Space went up; keys that repeat while held do not count."""
        if event.key() != qt.Qt.Key_Space:
            event.ignore()
            return
        if not event.isAutoRepeat():
            self.focus_lost()
        event.accept()

    def focus_lost(self) -> None:
        """Whatever key was held is held no more."""
        self._space = False
        self._canvas.show_cursor("ClosedHandCursor" if self._pan_from is not None else "")

    # ---- the same for mouse and pen

    def _press(self, tool, at: Pointer) -> None:
        self._canvas.prepare()  # layers to draw on, also before the first paint
        self._tool = tool
        tool.press(at)
        self._canvas.update()  # the hint goes

    def _move(self, at: Pointer) -> None:
        if self._pan_from is not None:
            x, y = self._pan_from
            self._pan_from = (at.x, at.y)
            self._canvas.look(self._canvas.viewport.panned(at.x - x, at.y - y))
        elif self._tool is not None:
            self._tool.drag(at)
            self._canvas.on_stroke()
        elif not self._space:
            self._canvas.tool.hover(at)

    def _release(self, at: Pointer) -> None:
        tool, self._tool = self._tool, None
        if tool is not None:
            tool.release(at)


def _does(keys, pressed) -> str:
    """What a pressed key does of some; empty where none is it."""
    return next((one.does for one in keys if any(pressed == getattr(qt.Qt, name) for name in one.names)), "")


def _told(value):
    """What a method gives, or a property: Qt 6 made some of one the other."""
    return value() if callable(value) else value


def _mouse(event) -> Pointer:
    point = event.localPos() if hasattr(event, "localPos") else event.pos()  # parts of a pixel on fine screens
    return Pointer(float(point.x()), float(point.y()), None, bool(event.modifiers() & qt.Qt.ShiftModifier))


def _pen(event) -> Pointer:
    point = event.posF() if hasattr(event, "posF") else event.pos()  # a pen tells parts of a pixel
    straight = bool(event.modifiers() & qt.Qt.ShiftModifier)
    return Pointer(float(point.x()), float(point.y()), min(max(float(event.pressure()), 0.0), 1.0), straight)


def _is_eraser(event) -> bool:
    """Whether the pen is turned over."""
    if hasattr(qt.QTabletEvent, "Eraser"):  # Qt 5
        return bool(event.pointerType() == qt.QTabletEvent.Eraser)
    return bool(event.pointerType() == qt.QPointingDevice.Eraser)
