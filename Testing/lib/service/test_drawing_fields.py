"""The drawings of a message: lists of silhouettes and contours, and the fields of older clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from drawings import egg
from pydantic import ValidationError

from Sketch2CTLib.errors import SketchError
from Sketch2CTLib.generation.request import GenerationRequest
from Sketch2CTLib.service.client.drawings import drawing_fields
from Sketch2CTLib.service.inputs import shape_of
from Sketch2CTLib.service.protocol.messages import Generate
from Sketch2CTLib.sketch import Sketch

CUT = replace(egg(center_ras=(0.0, 0.0, 20.0)), role="contour")
SIDE = egg("coronal", (90.0, 50.0))


def asked(**fields: Any) -> GenerationRequest:
    return shape_of(Generate(id="a", structure="liver", **fields))[0]


@pytest.mark.parametrize(
    ("drawings", "names"),
    [
        ((), set()),
        ((egg(),), {"sketch"}),
        ((egg(), SIDE), {"sketch", "second_sketch"}),
        ((egg(), SIDE, CUT), {"sketches", "contours"}),
        ((CUT,), {"sketches", "contours"}),
        ((egg(), SIDE, egg("sagittal", (70.0, 50.0))), {"sketches", "contours"}),
    ],
)
def test_what_the_command_line_sends_is_read(drawings: tuple[Sketch, ...], names: set[str]) -> None:
    fields = drawing_fields(drawings)
    assert set(fields) == names and asked(**fields).drawings == drawings


def test_a_list_says_the_role_of_a_sketch_that_does_not() -> None:
    (cut,) = asked(contours=[egg().to_dict()]).drawings
    assert cut == replace(egg(), role="contour")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"sketches": [CUT.to_dict()]}, "A contour is given as a silhouette"),
        ({"sketches": [egg().to_dict(), egg().to_dict()]}, "Two sketches are axial"),
        ({"second_sketch": SIDE.to_dict()}, "without a first"),
        ({"contours": [{**CUT.to_dict(), "role": "shadow"}]}, "Unknown role of a drawing 'shadow'"),
    ],
)
def test_drawings_that_cannot_be_used_are_told(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(SketchError, match=told):
        asked(**fields)


def test_one_way_to_give_sketches() -> None:
    with pytest.raises(ValidationError, match="give sketches, or sketch and second_sketch"):
        Generate(id="a", sketches=(egg().to_dict(),), sketch=egg().to_dict())
