"""Re-editing measured: one half of a drawing is changed, and the other half of the mask shall stay as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...description import GeometryDescription
from ...errors import ConfigError
from ...frames import project, resample
from ...frames import view as view_of
from ...generation.editing import edit
from ...generation.report.agreement import picture_iou
from ...generation.request import GenerationRequest
from ...generation.run import generate
from ...generation.state import Former
from ...sketch import Sketch, silhouette
from ..overlap import dice
from ..table import CaseRow, Column
from .methods import Asking

EDIT = "edit"
SAYS = "one half of the drawing stretched by a tenth of its length; the first result edited at four strengths"
STRENGTHS: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
EDIT_COLUMNS: tuple[Column, ...] = (
    Column("kept_dice", "Dice, unedited half"),
    Column("followed_iou", "sketch IoU, edited half"),
    Column("unchanged_iou", "the same of the first result", higher_is_better=None),
)
SHARE = 0.1  # of the drawing's length, by which its far end moves
_ROOM = 0.48  # of the paper's edge: nothing is pushed further from its middle


@dataclass(frozen=True, eq=False)
class HalfEdit:
    """A drawing whose half beyond the middle of its longer direction was stretched; nothing moves at the middle.

    Args:
        sketch: The changed drawing, on the same paper.
        along: 0 for u, 1 for v.
        middle_mm: Where the unedited half ends, on paper.
    """

    sketch: Sketch
    along: int
    middle_mm: float

    @property
    def axis_ras(self) -> int:
        """The RAS axis (0 R, 1 A, 2 S) that was stretched."""
        plane = view_of(self.sketch.plane.view)
        return int(np.argmax(np.abs((plane.u_ras, plane.v_ras)[self.along])))

    def edited(self, pixels: int) -> NDArray[np.bool_]:
        """(P, P) bool of the paper: the edited half."""
        at_mm = ((np.arange(pixels) + 0.5) / pixels - 0.5) * self.sketch.plane.size_mm[self.along]
        if self.along == 0:
            return np.broadcast_to(at_mm > self.middle_mm, (pixels, pixels))
        return np.broadcast_to((-at_mm > self.middle_mm)[:, None], (pixels, pixels))

    def kept(self, shape_kji: tuple[int, int, int]) -> NDArray[np.bool_]:
        """(D, H, W) bool of the cube: the half that shall stay."""
        plane = view_of(self.sketch.plane.view)
        kept = ~self.edited(shape_kji[0])
        return np.broadcast_to(np.expand_dims(plane.from_picture(kept), plane.axis_kji), shape_kji)


def stretched(sketch: Sketch, share: float = SHARE) -> HalfEdit:
    """The drawing with its far half stretched smoothly: its end moves by `share` of the whole length."""
    points = np.concatenate([stroke.points_mm for stroke in sketch.of_kind(("outline",))])
    low, high = points.min(axis=0), points.max(axis=0)
    along = int(np.argmax(high - low))
    middle, end, room = (low + high)[along] / 2, high[along], _ROOM * sketch.plane.size_mm[along]
    push_mm = min(share * (high - low)[along], max(room - end, 0.0))

    def moved(stroke_points: NDArray[np.float64]) -> NDArray[np.float64]:
        way = np.clip((stroke_points[:, along] - middle) / (end - middle), 0.0, 1.0)
        changed = stroke_points.copy()
        changed[:, along] += push_mm * way * way * (3.0 - 2.0 * way)
        return changed

    strokes = tuple(replace(stroke, points_mm=moved(stroke.points_mm)) for stroke in sketch.strokes)
    return HalfEdit(replace(sketch, strokes=strokes), along, float(middle))


def edit_case(asking: Asking) -> dict[str, float]:
    """Edits of one case at each strength, through the product's own generation and edit.

    Asked before and after: the drawing, the volume, and the extents along the two directions that stay. After the edit
    only the drawing is another one.

    Returns:
        `kept_dice@s`: Dice of the unedited half with the first result; `followed_iou@s`: IoU of the edited half's
        silhouette with the changed drawing; `unchanged_iou`: the same of the first result.
    """
    axis_ras = stretched(asking.one.sketch).axis_ras
    names = ["volume_ml", *(f"extent_{name}_mm" for axis, name in enumerate(("rl", "ap", "si")) if axis != axis_ras)]
    description = GeometryDescription.checked(
        {"structure": asking.one.case.structure, "numbers": {name: asking.one.numbers[name] for name in names}}
    )
    drawings = (asking.one.sketch,)
    request = GenerationRequest(description, drawings, asking.seed, with_volume=False, settings=asking.settings)
    first = generate(request, asking.pipeline)
    former = Former.of(first)
    if former is None:
        raise ConfigError("The model made a result that cannot be edited.", hint="Leave the edit out of --methods.")
    change = stretched(first.drawings[0])
    grid = first.best.mask.grid
    kept = change.kept(grid.shape_kji)
    values = {"unchanged_iou": _followed(change, first.best.mask.body)}
    for strength in STRENGTHS:
        changed = replace(request, drawings=(change.sketch,), former=former, strength=strength)
        again = edit(changed, asking.pipeline).best.mask
        body = resample(again.labels, again.grid, grid, interpolation="nearest") > 0  # the cube moves by whole voxels
        values[f"kept_dice@{strength:g}"] = dice(first.best.mask.body & kept, body & kept)
        values[f"followed_iou@{strength:g}"] = _followed(change, body)
    return values


def _followed(change: HalfEdit, body: NDArray[np.bool_]) -> float:
    """IoU of the edited half as seen with the changed drawing."""
    seen = project(body, view_of(change.sketch.plane.view))
    half = change.edited(len(seen))
    drawn = silhouette(change.sketch, len(seen), size_mm=float(change.sketch.plane.size_mm[0]))
    return picture_iou(seen & half, drawn & half)


def edit_rows(rows: Sequence[CaseRow]) -> list[CaseRow]:
    """Rows of edits, one a strength and case, from rows of all kinds."""
    found = []
    for row in rows:
        for strength in STRENGTHS if row.method == EDIT else ():
            values = {name: row.values[f"{name}@{strength:g}"] for name in ("kept_dice", "followed_iou")}
            values["unchanged_iou"] = row.values["unchanged_iou"]
            found.append(CaseRow(f"strength {strength:g}", row.structure, row.case, values))
    return found
