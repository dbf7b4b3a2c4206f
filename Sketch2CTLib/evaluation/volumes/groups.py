"""What an evaluation of volumes gives: measures of a structure's scans in one modality, drawn by one stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...generation.volumes.scan_look import STEEPNESS
from ..table import CaseRow
from .cases import ALL_MET, FOUND, MEAN_MET, NEAREST, SPREAD_MET, Levels
from .detail import FINE_INSIDE, FINE_OUTSIDE, SEAMS

_NAN = float("nan")
FRECHET_ONE, FRECHET_PAIRED, FRECHET_SEVERAL = "fid_left_out", "fid_left_out_paired", "fid_four_left_out"
KERNEL_SEVERAL = "kid_four_left_out"
TEXTURES, ASTRA = "texture_four_left_out", "astra_four_left_out"
TOLD_APART = "told_apart"


@dataclass(frozen=True)
class Measure:
    """One measure of a group.

    Args:
        name: Key, see TITLES.
        found: Of the generated scans.
        real: Of real scans, or of what stands in their place; NaN where there is none.
        low, high: Interval of `found` over patients; NaN where it is no sum over them.
        planes: (found, real) of axial, coronal and sagittal slices, where that is how it is measured.
        floor: (low, high) interval of `real`.
        ratio: (`found` over `real`, low, high), where that is what counts.
    """

    name: str
    found: float
    real: float
    low: float = _NAN
    high: float = _NAN
    planes: tuple[tuple[float, float], ...] = ()
    floor: tuple[float, float] = (_NAN, _NAN)
    ratio: tuple[float, float, float] = (_NAN, _NAN, _NAN)


@dataclass(frozen=True)
class Group:
    """The scans of a structure in one modality that a stage drew.

    Args:
        structure, modality: Which.
        n: Generated scans, and as many real ones.
        measures: In the order of TITLES.
        rows: Two a mask, see `cases.case_row`, with the distance to the `nearest` training scan.
        levels: The organ's values.
        stage: Name in `stages.STAGES`.
    """

    structure: str
    modality: str
    n: int
    measures: tuple[Measure, ...]
    rows: tuple[CaseRow, ...] = ()
    levels: Levels | None = None
    stage: str = "mask"

    def measure(self, name: str) -> Measure | None:
        """A measure by its name; None if it was not taken."""
        return next((one for one in self.measures if one.name == name), None)


TITLES: Mapping[str, str] = {
    "fid": "2.5D Fréchet distance to training scans",
    FRECHET_ONE: "the same to other patients, one left out at a time",
    FRECHET_PAIRED: "the same, beside these patients' own real scans",
    FRECHET_SEVERAL: "the same, four left out at a time",
    "kid": "kernel distance to training scans",
    KERNEL_SEVERAL: "the same to other patients, four left out at a time",
    TEXTURES: "texture Fréchet distance, four left out at a time",
    ASTRA: "3D Fréchet distance (Astra), four left out at a time",
    TOLD_APART: "told from real slices: area under the curve",
    "precision": "precision",
    "recall": "recall",
    FINE_INSIDE: "energy of fine detail in the organ",
    FINE_OUTSIDE: "energy of fine detail outside",
    SEAMS: "energy at the period of patches over that beside",
    STEEPNESS: "steepness of the organ's border a mm",
    "diversity": "perceptual distance of pairs",
    "ms_ssim": "MS-SSIM of pairs",
    "continuity": "correlation of neighbouring slices",
    "slicewise": "the same, drawn slice by slice",
    FOUND: "Dice of the organ found again",
    MEAN_MET: "organ's mean within the real range",
    SPREAD_MET: "organ's spread within the real range",
    ALL_MET: "all checks met",
    NEAREST: "distance to the nearest training scan",
}


def labels(groups: Sequence[Group]) -> list[str]:
    """What each group is called: its structure, with modality and stage where there are several of it."""
    kinds = {(group.structure, group.modality) for group in groups}
    two = {one for one, _ in kinds if sum(structure == one for structure, _ in kinds) > 1}
    several = len({group.stage for group in groups}) > 1
    return [
        g.structure + (f" {g.modality}" if g.structure in two else "") + (f", {g.stage}" if several else "")
        for g in groups
    ]
