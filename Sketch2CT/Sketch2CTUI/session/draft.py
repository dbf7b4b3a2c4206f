"""A draft that follows the pen: asked while points come and numbers change, shown when it is here, gone at Apply.

One draft is on its way at a time, and what changed meanwhile is asked when it has come. Faults are told in the log
alone: somebody draws.
"""

from __future__ import annotations

import time
from typing import Any

from Sketch2CTLib.errors import Sketch2CTError

from ..nodes.draft import draft_surface, remove_draft, show_draft
from ..widgets.events import attempt, single_shot
from ..widgets.translation import _
from .request import draft_request
from .steps import Steps

EVERY_MS = 120  # at most, while points come
REST_S = 5.0  # after a worker was lost
_MOST_LOSSES = 3  # in a row
_PASSING = ("cancelled", "busy", "bad_sketch", "bad_description", "bad_input", "unforeseen")  # of this request alone
_LOST = ("worker_lost", "service_unavailable", "closing")


class DraftFollower:
    """Asks for drafts and shows them.

    Args:
        window: The panels.
        backend: See `backend.Backend`.
    """

    def __init__(self, window, backend) -> None:
        self._window, self._backend = window, backend
        self._turn = 0  # what was asked before the draft was dropped is left out
        self._is_asked = self._is_stale = False
        self._asked_at = self._rests_until = 0.0
        self._losses, self._refused = 0, False
        self._node: Any = None
        self._steps = Steps(self._failed_here)
        self._timer = single_shot(EVERY_MS, self._ask)
        window.sketch.on_stroke.add(self.points_came)
        window.sketch.on_changed.add(self.edited)
        window.geometry.on_changed.add(self.edited)
        window.on_structure.add(self.edited)
        window.generate.on_changed.add(self.settings_changed)
        window.setup.on_changed.add(self.settings_changed)

    @property
    def node(self):
        """The draft's segmentation; None where nothing is shown."""
        return self._node

    def points_came(self, *_ignored) -> None:
        """A line grows: the draft follows soon."""
        if self._is_wanted() and not self._timer.active:
            since_ms = 1000 * (time.monotonic() - self._asked_at)
            self._timer.interval = max(int(EVERY_MS - since_ms), 0)
            self._timer.start()

    def edited(self, *_ignored) -> None:
        """An edit is done: the draft follows at once, after a loss when the rest is over, or goes with all lines."""
        if not self._window.sketch.is_drawn:
            self.drop()
        elif not self._refused and self._window.generate.settings().drafts:
            rest_ms = 1000 * (self._rests_until - time.monotonic())
            self._timer.interval = int(max(rest_ms + 1, 0))
            self._timer.start()

    def settings_changed(self, *_ignored) -> None:
        """The switch, the place or what is installed changed: what was refused may work now."""
        self._refused, self._losses, self._rests_until = False, 0, 0.0
        if not self._window.generate.settings().drafts:
            self.drop()

    def drop(self, *_ignored) -> None:
        """Takes the draft away; what is on its way is left out."""
        self._timer.stop()
        self._steps.drop()
        self._turn += 1
        self._is_asked = self._is_stale = False
        node, self._node = self._node, None
        attempt(lambda: remove_draft(node), self._failed_here)

    # ---- inside

    def _is_wanted(self) -> bool:
        return not self._refused and self._window.generate.settings().drafts and time.monotonic() >= self._rests_until

    def _ask(self) -> None:
        if self._is_asked:
            self._is_stale = True
        else:
            attempt(self._send, self._failed_here)

    def _send(self) -> None:
        window = self._window
        drawings = window.sketch.drawn_so_far()
        description = window.geometry.read_so_far()[1]
        if description is None or not drawings:
            return
        structure, turn = window.structure, self._turn
        models = "" if window.generate.settings().where == "server" else window.model_of(structure)
        request = draft_request(structure, description, drawings, models)
        self._is_asked, self._is_stale, self._asked_at = True, False, time.monotonic()
        self._backend.draft(
            request,
            lambda event: self._came(event, structure) if turn == self._turn else None,
            lambda failed: self._failed(failed) if turn == self._turn else None,
        )

    def _came(self, event, structure: str) -> None:
        """Makes the surface in one turn of the event loop and shows it in the next."""
        made: list[Any] = []

        def surface() -> None:
            from Sketch2CTLib.service.protocol.bits import unpacked

            body = unpacked(event.mask, event.shape_kji)
            made.extend([draft_surface(body, event.ijk_to_ras)] if body.any() else [])

        def show() -> None:
            if made:
                self._node = show_draft(made[0], structure, self._node)

        self._losses = 0
        self._steps.add(surface, show, self._next)

    def _next(self) -> None:
        self._is_asked = False
        if self._is_stale:
            self._ask()

    def _failed(self, event) -> None:
        """A fault of the service, told in the log alone; one that the next draft would meet too ends the asking."""
        self._window.generate.log(
            _("No draft: {message} {hint}").format(message=event.message, hint=event.hint).strip()
        )
        if event.code in _LOST and self._losses < _MOST_LOSSES:
            self._losses, self._rests_until = self._losses + 1, time.monotonic() + REST_S
        elif event.code not in _PASSING:
            self._refused = True
        self._next()

    def _failed_here(self, error: Sketch2CTError) -> None:
        """A fault of these panels or of the scene."""
        self._is_asked = False
        self._window.generate.log(
            _("No draft: {message} {hint}").format(message=error.message, hint=error.hint).strip()
        )
