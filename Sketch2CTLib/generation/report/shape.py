"""The checks of a mask's shape: is its surface like those of real masks, and is a vessel a tube?

A check is missed where a value lies beyond all that the training masks show, by more than a quarter of the width of
their middle nine tenths (along a vessel, by more than that width), since a few masks do not show all that is real.
Masks on voxels of another size than the structure's own are measured, not judged: their voxels have other stairs.

A surface smoother than all training masks is noted, not flagged: they were outlined by hand slice by slice, and the
steps from slice to slice are the hand's, not the organ's. `evaluate masks`, which asks whether results can be told from
real masks, counts it all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ... import catalog
from ...apart import told_apart
from ...description.centreline import Centreline
from ...description.surface import SURFACE_NAMES, surface_statistics, voxel_mm
from ...description.surface_ranges import LOW_IS_BAD, TWO_SIDED, outside, surface_ranges, usual
from ...description.tube import TUBE_NAMES, tube_statistics
from ...training_ranges import TrainingRange
from ..values import MaskVolume

TITLES = {
    "roughness_mm": "roughness",
    "opened_share": "spikes and thin parts",
    "flat_share": "cut flat",
    "wall_share": "walls along the outline",
    "beside_share": "beside the main piece",
    "pieces": "pieces",
    "roundness_median": "roundness",
    "roundness_p05": "roundness where flattest",
    "radius_change_p95": "change of radius",
    "smallest_radius_share": "smallest radius",
}
_TOO_MUCH = {
    "roughness_mm": "the surface is rougher than",
    "opened_share": "more of the volume is spikes and thin parts than of",
    "flat_share": "more of the surface is cut flat than of",
    "wall_share": "more of the surface stands like a wall along the outline than of",
    "beside_share": "more lies beside the main piece than of",
}
_ROOM = 0.25  # of the middle nine tenths
_ROOM_OF_TUBES = 1.0  # the same: some twenty vessels show less of what is real
_GRACE = {  # at least that much beyond: what no one sees; a vessel may be oval, 3 to 4
    "beside_share": 0.001,
    "roundness_median": 0.02,
    "roundness_p05": 0.05,
}
_VOXEL_SHARE = 1.25  # how much larger or smaller than the structure's own voxels are judged


@dataclass(frozen=True)
class ShapeCheck:
    """One statistic of a mask beside real ones.

    Args:
        name: One of `description.surface_ranges.SHAPE_NAMES`.
        value: What the mask has.
        known: What the training masks have; None where none were measured, or voxels differ.
    """

    name: str
    value: float
    known: TrainingRange | None

    @property
    def met(self) -> bool | None:
        """Whether a training mask might have it, or it is smoother than they; None where that cannot be said."""
        if self.known is None:
            return None
        low, high = self.known.low - self._room, self.known.high + self._room
        return self.smoother or not outside(self.name, self.value, low, high)

    @property
    def smoother(self) -> bool:
        """Whether it is a roughness, and less than any training mask might have."""
        return self.name in TWO_SIDED and self.known is not None and self.value < self.known.low - self._room

    @property
    def _room(self) -> float:
        """How far beyond the training masks' ends a value is still theirs."""
        assert self.known is not None
        share = _ROOM_OF_TUBES if self.name in TUBE_NAMES else _ROOM
        return max(share * (self.known.p95 - self.known.p05), _GRACE.get(self.name, 0.0))

    @property
    def title(self) -> str:
        """Its name for people."""
        return TITLES[self.name]

    @property
    def found(self) -> str:
        """'0.52 mm', '4.1 %', '0.82'."""
        return f"{self._told(*self._ends)[0]}{self._unit}"

    @property
    def expected(self) -> str:
        """What real masks have: '0.28 to 0.37 mm', 'at most 4.0 %', 'at least 0.96', 'not known'."""
        if self.known is None:
            return "not known"
        texts = self._told(*self._ends)[1:]
        if len(texts) > 1:
            return f"{' to '.join(texts)}{self._unit}"
        return f"at {'least' if self.name in LOW_IS_BAD else 'most'} {texts[0]}{self._unit}"

    @property
    def beyond(self) -> str:
        """'0.52 mm, at most 0.37 mm in training': a missed value beside the end that it lies beyond."""
        if self.known is None:
            return self.found
        low = self.value < self.known.low
        value, end = self._told(self.known.low if low else self.known.high)
        return f"{value}{self._unit}, at {'least' if low else 'most'} {end}{self._unit} in training"

    @property
    def sentence(self) -> str:
        """What is wrong of a surface, without the structure's name: 'the surface is rougher than'."""
        return _TOO_MUCH.get(self.name, f"{self.title} is unlike that of")

    @property
    def _unit(self) -> str:
        return " mm" if self.name.endswith("_mm") else " %" if self._percent else ""

    @property
    def _percent(self) -> bool:
        return self.name.endswith("_share") and self.name in SURFACE_NAMES

    @property
    def _ends(self) -> tuple[float, ...]:
        """The ends of the real range that count."""
        if self.known is None:
            return ()
        if self.name in TWO_SIDED:
            return self.known.low, self.known.high
        return (self.known.low,) if self.name in LOW_IS_BAD else (self.known.high,)

    def _told(self, *ends: float) -> tuple[str, ...]:
        """The value and ends of its range, told apart."""
        scale = 100.0 if self._percent else 1.0
        form = "{:.0f}" if self.name == "pieces" else "{:.1f}" if self._percent else "{:.2f}"
        return told_apart([scale * number for number in (self.value, *ends)], form.format)

    def to_dict(self) -> dict[str, Any]:
        """As JSON-ready data."""
        known = self.known
        return {
            "value": self.value,
            "real_range": None if known is None else [known.low, known.high],
            "real_p05_p95": None if known is None else [known.p05, known.p95],
            "real_cases": None if known is None else known.cases,
            "usual": None if known is None else usual(self.name, self.value, known),
            "smoother": self.smoother,
            "met": self.met,
        }


@dataclass(frozen=True)
class ShapeChecks:
    """All checks of a mask's shape; build it with `check_shape`.

    Args:
        structure: Catalog name.
        surface: Of its surface, in the order of `SURFACE_NAMES`.
        tube: Along its centreline, in the order of `TUBE_NAMES`; none unless it is a vessel.
    """

    structure: str
    surface: tuple[ShapeCheck, ...]
    tube: tuple[ShapeCheck, ...] = ()

    @property
    def torn(self) -> tuple[ShapeCheck, ...]:
        """Checks of the tube that are missed."""
        return tuple(one for one in self.tube if one.met is False)

    def surface_warnings(self, *, without: Sequence[str] = ()) -> tuple[str, ...]:
        """One sentence a missed check of the surface, without a capital and a full stop; pieces are told elsewhere.

        Example: 'the surface is rougher than a real liver's (0.52 mm, at most 0.37 mm in training)'
        """
        title, told = short_title(self.structure), {*without, "pieces"}
        missed = [one for one in self.surface if one.met is False and one.name not in told]
        return tuple(f"{one.sentence} a real {title}'s ({one.beyond})" for one in missed)

    @property
    def tube_warnings(self) -> tuple[str, ...]:
        """One sentence where the vessel is no tube, without a capital and a full stop; else none.

        Example: 'the vessel is torn or ribbon-like (roundness 0.82, at least 0.98 in training)'
        """
        misses = "; ".join(f"{one.title} {one.beyond}" for one in self.torn)
        return (f"the vessel is torn or ribbon-like ({misses})",) if misses else ()

    def surface_told(self, warnings: Sequence[str]) -> dict[str, Any]:
        """The surface as JSON-ready data: value, real range and verdict of every check; warnings and notes."""
        return {**_section(self.surface, warnings), "notes": self.surface_notes}

    @property
    def surface_notes(self) -> list[str]:
        """What is unlike real masks and no fault, one sentence each.

        Example: 'The surface is smoother than a real liver's (0.11 mm, at least 0.28 mm in training): no fault, masks
        outlined by hand have steps from slice to slice.'
        """
        title = short_title(self.structure)
        return [
            f"The surface is smoother than a real {title}'s ({one.beyond}): no fault, masks outlined by hand have "
            "steps from slice to slice."
            for one in self.surface
            if one.smoother
        ]

    def tube_told(self) -> dict[str, Any]:
        """The tube as JSON-ready data, like the surface."""
        return _section(self.tube, self.tube_warnings)


def check_shape(mask: MaskVolume, statistics: Mapping[str, float]) -> ShapeChecks:
    """Measured statistics beside those of real masks.

    Args:
        mask: Whose they are.
        statistics: See `shape_of`.

    Raises:
        ConfigError: The shipped ranges are missing or damaged.
    """
    own = float(mask.grid.spacing_mm.max()) / voxel_mm(mask.structure)
    ranges = surface_ranges(mask.structure) if 1.0 / _VOXEL_SHARE <= own <= _VOXEL_SHARE else {}

    def checks(names: tuple[str, ...]) -> tuple[ShapeCheck, ...]:
        return tuple(ShapeCheck(name, statistics[name], ranges.get(name)) for name in names if name in statistics)

    return ShapeChecks(mask.structure, checks(SURFACE_NAMES), checks(TUBE_NAMES))


def shape_of(mask: MaskVolume, line: Centreline | None = None) -> dict[str, float]:
    """The statistics of a mask's surface and, with its centreline, of the tube; none of an empty mask."""
    if mask.is_empty:
        return {}
    surface = surface_statistics(mask.body, mask.grid, mask.structure)
    return surface if line is None else surface | tube_statistics(line)


def _section(checks: Sequence[ShapeCheck], warnings: Sequence[str]) -> dict[str, Any]:
    return {
        "met": sum(one.met is True for one in checks),
        "missed": [one.name for one in checks if one.met is False],
        "warnings": [f"{text[0].upper()}{text[1:]}." for text in warnings],
        "checks": {one.name: one.to_dict() for one in checks},
    }


def short_title(structure: str) -> str:
    """'liver', 'aorta'."""
    return catalog.structure(structure).title.split(" (")[0].lower()
