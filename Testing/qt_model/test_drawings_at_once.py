"""Five drawings with 10,000 points together: the event loop never stands still for long, whatever is done with them."""

import canvas_events
import numpy as np
import pytest
import slicer_model
from heartbeat import limit_ms, watched

slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

from Sketch2CTLib.frames import PlaneFrame  # noqa: E402
from Sketch2CTLib.sketch import Sketch, Stroke  # noqa: E402

PLACES = {"axial": ((0, 0, 0), (0, 0, 20), (0, 0, -30)), "coronal": ((0, 0, 0), (0, 8, 0))}


def drawings(points=2_000):
    """Two views and three contours, each one closed line of so many points."""
    angle, trembling = np.linspace(0, 2 * np.pi, points, endpoint=False), np.random.default_rng(1)
    made = []
    for view, centers in PLACES.items():
        for number, center in enumerate(centers):
            egg = np.stack([1.3 * np.cos(angle), np.sin(angle)], axis=1) * (70 - 10 * number)
            line = Stroke(egg + trembling.normal(0, 0.1, egg.shape), closed=True)
            role = "contour" if number else "silhouette"
            made.append(Sketch((line,), PlaneFrame.standard(view, 320.0, center), "liver", role))
    return tuple(made)


@pytest.mark.alone
def test_nothing_that_is_done_with_many_drawings_holds_the_loop_up(opened):
    _, controller, backend = opened
    panel = controller.window.sketch
    controller.window.generate.draft.check.checked = True
    panel.set_drawings(drawings())
    assert sum(len(one.strokes[0].points_mm) for one in panel.drawings()) == 10_000

    def work() -> None:
        for number in (1, 3, 2):
            panel.choose(number)
            slicer_model.turns(2)
            canvas_events.drag(panel.canvas, [(60 + step, 60 + step % 7) for step in range(0, 60, 3)])
            slicer_model.turns(2)
        for position_mm in (21.0, 22.0, 23.0):
            panel.set_position(position_mm)
            slicer_model.turns(2)
        for act in (
            panel.canvas.undo,
            panel.canvas.redo,
            panel.add_contour,
            panel.remove,
            panel.add_view,
            panel.remove,
        ):
            act()
            slicer_model.turns(2)

    work()  # what is loaded once is loaded
    asked = len(backend.drafts)
    beat = watched(work)
    assert asked and beat.longest_ms < limit_ms(), beat.longest_gap
