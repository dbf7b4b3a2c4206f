"""Which drawings of a former result stay when a message changes it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from Sketch2CTLib.description import GeometryDescription
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.generation.request import GenerationRequest
from Sketch2CTLib.service import inputs
from Sketch2CTLib.service.protocol.messages import Generate
from Sketch2CTLib.sketch import Sketch, Stroke

VIEWS = ("axial", "coronal", "sagittal")
BOX = [[-60.0, -40.0], [60.0, -40.0], [60.0, 40.0], [-60.0, 40.0]]


def drawing(view: str) -> Sketch:
    return Sketch((Stroke(BOX, closed=True),), PlaneFrame.standard(view, 320.0), "liver")  # type: ignore[arg-type]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch):
    """The request of a message that changes a result with three views."""
    former = SimpleNamespace(
        description=GeometryDescription.checked(structure="liver"), drawings=tuple(map(drawing, VIEWS))
    )
    monkeypatch.setattr("Sketch2CTLib.generation.state.read_state", lambda _path: former)
    monkeypatch.setattr(GenerationRequest, "__post_init__", lambda _self: None)

    def views(*drawn: str, **edit: object) -> list[str]:
        message = Generate(
            id="e", edit={"path": "x", **edit}, sketches=[drawing(one).to_dict() for one in drawn], contours=[]
        )
        files = SimpleNamespace(path=lambda _part, _upload: Path("x"))
        request, _notes = inputs.request_of(message, files)  # type: ignore[arg-type]
        return [one.plane.view for one in request.drawings]

    return views


def test_a_view_that_was_taken_out_stays_away_where_the_drawings_are_all_there_are(asked) -> None:
    assert asked("axial", whole=True) == ["axial"]
    assert asked("coronal", "sagittal", whole=True) == ["coronal", "sagittal"]
    assert asked(whole=True) == []


def test_without_that_word_the_first_are_replaced_and_the_others_stay(asked) -> None:
    assert asked("axial") == ["axial", "coronal", "sagittal"]
    assert asked() == ["axial", "coronal", "sagittal"]
