"""One mask against its request, ready for JSON, and the verdict on it: one sentence that says first whether the request
was met, then by what.

- Met: every number is within its tolerance, and every drawing is followed (see `agreement.DrawingMatch`). In more
  pieces than are usual for the structure it is 'met, but in N pieces' where all but one are specks, and partly met
  where they are more than that; a number of pieces that was asked for is a number like any other. With a surface that
  no training mask has it is 'met, but unlike a real liver'; a vessel that is torn or ribbon-like is partly met.
- Not met: the mask is empty, the volume is off by more than three tolerances, a drawing is lost, or fewer than half of
  all parts (numbers and drawings, each counts one) are met.
- Partly met: anything between.

A moved surface, the cube's border, likeness to a training mask, unusual requests and the scan's look are told,
but are no part of the grade: they are not what was asked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ...apart import told_apart, told_miss
from ...description.flags import grouped, with_unit
from ...description.quantities import quantity
from ...training_ranges import training_range
from ..nearest_case import NearestCase
from ..volumes.checks import VolumeChecks
from .agreement import DrawingMatch
from .evidence import Making
from .quality import Quality
from .rows import NumberRow, plain
from .shape import ShapeChecks, short_title

Grade = Literal["met", "partly met", "not met", "nothing asked"]

LOST_TOLERANCES = 3.0
TOLD_SHIFT_MM = 0.5
TOLD_STRETCH = 0.03
SPECKS = 0.01  # of the volume: what all pieces but the largest may have to be no more than specks
_NAMED_MISSES = 2
_NAMED_CONTOURS = 2
_VOLUME = "volume_ml"


@dataclass(frozen=True)
class Report:
    """One mask against its request; build it with `build_report`.

    Args:
        structure: Catalog name.
        numbers: Each requested number.
        measured: Every measured number, finite ones only.
        matches: Agreement with each drawing.
        quality: Surface and pieces; None where they were not looked at.
        making: Level shift and nearest training case.
        outside_range: What of the request lay outside the training range, one sentence each.
        notes: What disagreed in the request and how it was taken, one sentence each.
        is_empty: Whether the mask has no voxel.
        volume: Whether the scan that was drawn for it looks real; None without a scan.
        shape: Whether its surface, and a vessel along its centreline, is like real ones; None of an empty mask.
    """

    structure: str
    numbers: tuple[NumberRow, ...]
    measured: Mapping[str, float]
    matches: tuple[DrawingMatch, ...]
    quality: Quality | None
    making: Making = field(default_factory=Making)
    outside_range: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_empty: bool = False
    volume: VolumeChecks | None = None
    shape: ShapeChecks | None = None

    @property
    def silhouette(self) -> DrawingMatch | None:
        """Agreement with the main silhouette, None without one."""
        return next(iter(self.silhouettes), None)

    @property
    def silhouettes(self) -> tuple[DrawingMatch, ...]:
        """Agreement with each silhouette, the main one first."""
        return tuple(match for match in self.matches if match.role == "silhouette")

    @property
    def components(self) -> int | None:
        """Number of pieces."""
        counted = _whole(self.measured.get("components"))
        return self.quality.components if counted is None and self.quality is not None else counted

    @property
    def holes(self) -> int | None:
        """Number of holes (tunnels and cavities as the metrics count them)."""
        return _whole(self.measured.get("holes"))

    @property
    def level_shift_mm(self) -> float:
        """How far the zero level was moved, positive outwards."""
        return float(self.making.level_shift_mm)

    @property
    def nearest_case(self) -> NearestCase | None:
        """The nearest training case, if it was looked for."""
        return self.making.nearest

    @property
    def met(self) -> int:
        """How many requested numbers are within tolerance."""
        return sum(row.within_tolerance for row in self.numbers)

    @property
    def grade(self) -> Grade:
        """Whether the request was met, by the rules of `verdict`."""
        scattered = self.in_pieces and not self._specked
        return grade(self.numbers, self.matches, empty=self.is_empty, scattered=scattered or self.torn)

    @property
    def torn(self) -> bool:
        """Whether it is a vessel, and torn or ribbon-like."""
        return self.shape is not None and bool(self.shape.torn)

    @property
    def surface_warnings(self) -> tuple[str, ...]:
        """What of its surface no training mask has, one sentence each; pieces that were asked for do not count."""
        if self.shape is None:
            return ()
        asked = any(row.name == "components" for row in self.numbers)
        return self.shape.surface_warnings(without=("beside_share",) if asked else ())

    @property
    def in_pieces(self) -> bool:
        """Whether it is in more pieces than are usual for the structure; never where their number was asked for."""
        asked = any(row.name == "components" for row in self.numbers)
        return not asked and (self.components or 0) > usual_pieces(self.structure)

    @property
    def _specked(self) -> bool:
        """Whether all pieces but the largest are specks."""
        return self.quality is not None and self.quality.largest_share > 1.0 - SPECKS

    @property
    def verdict(self) -> str:
        """One sentence for people: whether the request was met, and by what."""
        return verdict(self)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data: no NaN, no numpy."""
        first, second = self.silhouette, next(iter(self.silhouettes[1:]), None)
        near = self.nearest_case
        quality = self.quality
        return plain(
            {
                "structure": self.structure,
                "grade": self.grade,
                "verdict": self.verdict,
                "numbers": {row.name: row.to_dict() for row in self.numbers},
                "met": self.met,
                "requested": len(self.numbers),
                "sketch": None if first is None else first.to_dict(),
                "second_sketch": None if second is None else second.to_dict(),
                "drawings": [match.to_dict() for match in self.matches],
                "components": self.components,
                "holes": self.holes,
                "roughness_mm": None if quality is None else quality.roughness_mm,
                "largest_share": None if quality is None else quality.largest_share,
                "touches_border": None if quality is None else quality.touches_border,
                "level_shift_mm": self.level_shift_mm,
                "depth_scale": float(self.making.depth_scale),
                "measured": dict(self.measured),
                "outside_training_range": list(self.outside_range),
                "nearest_training_case": None if near is None else near.to_dict(),
                "volume": None if self.volume is None else self.volume.to_dict(),
                "surface": None if self.shape is None else self.shape.surface_told(self.surface_warnings),
                "tube": None if self.shape is None or not self.shape.tube else self.shape.tube_told(),
                "notes": list(self.notes),
            }
        )

    def to_json(self) -> str:
        """Indented strict JSON."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)


def grade(rows: Sequence[NumberRow], matches: Sequence[DrawingMatch], *, empty: bool, scattered: bool = False) -> Grade:
    """How far a request was met, by the rules of this module.

    Args:
        rows: The numbers asked.
        matches: Agreement with each drawing.
        empty: Whether the mask has no voxel.
        scattered: Whether it is in more pieces than are usual, and not for specks alone; or a vessel that is torn.
    """
    if empty:
        return "not met"
    if not rows and not matches:
        return "nothing asked"
    missed = [row for row in rows if not row.within_tolerance]
    parts = len(rows) + len(matches)
    met = parts - len(missed) - sum(not match.followed for match in matches)
    if met == parts:
        return "partly met" if scattered else "met"
    volume = next((row for row in missed if row.name == _VOLUME), None)
    far = volume is not None and volume.tolerances_off > LOST_TOLERANCES
    lost = any(match.lost for match in matches)
    return "not met" if far or lost or 2 * met < parts else "partly met"


def verdict(report: Report) -> str:
    """The sentence for people."""
    if report.is_empty:
        return "Not met: the mask is empty, nothing of the request is in it."
    parts = [*_numbers(report), *_sketches(report.matches), *_pieces(report), *_moved(report.making)]
    parts += [*_unusual(report), *_warnings(report)]
    if report.grade == "nothing asked":
        return f"Nothing was asked that could be compared: {'; '.join([_measured_volume(report), *parts])}."
    return f"{told_grade(report)}: {'; '.join(parts)}."


def told_grade(report: Report) -> str:
    """'Met', 'Met, but in 6 pieces', 'Met, but unlike a real liver', 'Partly met', 'Not met', 'Nothing asked'."""
    if report.grade != "met":
        return report.grade.capitalize()
    but = [f"in {report.components} pieces"] if report.in_pieces else []
    but += [f"unlike a real {short_title(report.structure)}"] if report.surface_warnings else []
    return f"Met, but {' and '.join(but)}" if but else "Met"


def usual_pieces(structure: str) -> int:
    """How many pieces are usual: no more than nineteen of twenty training cases have; one where none are known."""
    known = training_range(structure, "components")
    return 1 if known is None else max(1, math.ceil(known.p95))


def _numbers(report: Report) -> list[str]:
    rows = report.numbers
    parts = [_volume(row) for row in rows if row.name == _VOLUME]
    others = [row for row in rows if row.name != _VOLUME]
    if not others:
        return parts
    missed = sorted((row for row in others if not row.within_tolerance), key=lambda row: -row.tolerances_off)
    if not missed:
        return [*parts, "the number asked is within tolerance" if len(rows) == 1 else _share(report)]
    named = [_miss(row) for row in missed[:_NAMED_MISSES]]
    if len(missed) > _NAMED_MISSES:
        named.append(f"{len(missed) - _NAMED_MISSES} more")
    return [*parts, f"{_share(report)}, off {'is' if len(missed) == 1 else 'are'} {_listed(named)}"]


def _share(report: Report) -> str:
    count = len(report.numbers)
    if report.met == count:
        return f"all {count} numbers within tolerance"
    return f"{report.met or 'none'} of {count} {'number' if count == 1 else 'numbers'} within tolerance"


def _volume(row: NumberRow) -> str:
    if row.measured is None:
        return f"volume {with_unit(_VOLUME, row.asked)} asked, not measured"
    by = "" if row.relative_error is None else f" ({percent_off(row)})"
    asked, measured = (f"{text} {quantity(_VOLUME).unit}" for text in told_miss(*_numbers_of(row), grouped))
    return f"volume {measured} of {asked} asked{by}"


def _miss(row: NumberRow) -> str:
    title = quantity(row.name).title
    title = title[0].lower() + title[1:]
    if row.measured is None:
        return f"{title} (not measured)"
    wanted = quantity(row.name)
    tell = grouped if wanted.unit or wanted.whole else "{:.2f}".format  # shape ratios and places
    asked, measured = (f"{text} {wanted.unit}".rstrip() for text in told_miss(*_numbers_of(row), tell))
    return f"{title} ({measured} instead of {asked})"


def _numbers_of(row: NumberRow) -> tuple[float, float, float]:
    """Asked, measured, tolerance."""
    assert row.measured is not None
    return row.asked, row.measured, row.tolerance


def _sketches(matches: Sequence[DrawingMatch]) -> list[str]:
    """Each drawing, or of many contours how many are followed and the worst of them."""
    contours = [match for match in matches if match.role == "contour"]
    named = matches if len(contours) <= _NAMED_CONTOURS else [one for one in matches if one.role == "silhouette"]
    parts = [_sketch(match, match.title if len(matches) > 1 or contours else "sketch") for match in named]
    if len(contours) > _NAMED_CONTOURS:
        worst = min(contours, key=lambda match: match.iou)
        share = "all" if all(one.followed for one in contours) else f"{sum(one.followed for one in contours)} of"
        parts.append(f"follows {share} {len(contours)} contours, the worst is the {worst.title} {_measures(worst)}")
    return parts


def _sketch(match: DrawingMatch, name: str) -> str:
    does = "follows" if match.followed else "has little to do with" if match.lost else "departs from"
    return f"{does} the {name} {_measures(match)}"


def _measures(match: DrawingMatch) -> str:
    apart = match.contour_distance_mm
    return f"(IoU {match.iou:.2f}{'' if apart is None else f', contours {apart:.1f} mm apart'})"


def _pieces(report: Report) -> list[str]:
    count = report.components
    if count is None or any(row.name == "components" and not row.within_tolerance for row in report.numbers):
        return []  # a missed number of pieces is told among the numbers
    usual = usual_pieces(report.structure)
    pieces = "one piece" if count == 1 else f"{count} pieces"
    if report.in_pieces:
        pieces += f" where {'one is' if usual == 1 else f'up to {usual} are'} usual"
    if count == 1 or report.quality is None:
        return [pieces]
    return [f"{pieces}, the largest with {share_of_all(report.quality.largest_share)} of the volume"]


def share_of_all(share: float) -> str:
    """'97 %'; never '100 %' of something in pieces."""
    return "over 99 %" if share > 0.99 else f"{share:.0%}".replace("%", " %")


def _moved(making: Making) -> list[str]:
    parts, shift_mm = [], making.level_shift_mm
    if abs(making.depth_scale - 1.0) > TOLD_STRETCH:
        parts.append(f"the body was made {making.depth_scale:.2f} times as deep for the volume")
    if abs(shift_mm) > TOLD_SHIFT_MM:
        way = "outwards" if shift_mm > 0 else "inwards"
        parts.append(f"the surface was moved {abs(shift_mm):.1f} mm {way} for the volume")
    return parts


def _unusual(report: Report) -> list[str]:
    count = len(report.outside_range)
    if count == 0:
        return []
    return [f"{count} {'value' if count == 1 else 'values'} asked beyond what the model was trained on"]


def _warnings(report: Report) -> list[str]:
    parts = []
    if report.quality is not None and report.quality.touches_border:
        parts.append("warning: it reaches the border of the cube and may be cut off there")
    near = report.nearest_case
    if near is not None and near.copied:
        parts.append(f"warning: nearly a copy of the training case {near.case} ({near.distance_mm:.1f} mm)")
    shape = () if report.shape is None else (*report.surface_warnings, *report.shape.tube_warnings)
    parts += [f"warning: {sentence}" for sentence in shape]
    if report.volume is not None and report.volume.warning is not None:
        parts.append(report.volume.warning)
    return parts


def _measured_volume(report: Report) -> str:
    volume = report.measured.get(_VOLUME)
    return "volume not measured" if volume is None else f"volume {with_unit(_VOLUME, volume)}"


def signed_percent(share: float) -> str:
    """'+1.3 %', '−12.0 %'; '0.0 %' of what rounds to nothing."""
    text = f"{100 * share:+.1f} %".replace("-", "−")
    return "0.0 %" if text[1:] == "0.0 %" else text


def percent_off(row: NumberRow) -> str:
    """The error of a number in percent; of a missed one so that it differs from none and from the tolerance's."""
    share = row.relative_error
    if share is None:
        return "–"
    if row.within_tolerance:
        return signed_percent(share)
    bound = math.copysign(row.tolerance / abs(row.asked), share)
    text = told_apart((100 * share, 100 * bound, 0.0), "{:+.1f}".format)[0]
    return f"{text if text[0] in '+-' else f'{share:+f}'[0] + text.lstrip('-')} %".replace("-", "−")


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
