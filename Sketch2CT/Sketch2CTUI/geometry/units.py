"""In which units numbers are shown: millimetres or centimetres, millilitres or litres; and their names on the panel."""

from __future__ import annotations

from Sketch2CTLib import catalog
from Sketch2CTLib.description.quantities import QUANTITIES, quantity

from .phrases import Unit

SYSTEMS = (("mm_ml", "mm, mL"), ("cm_ml", "cm, mL"), ("cm_l", "cm, L"))  # (key, title)
_SHOWN = {
    "mm": {"mm_ml": Unit("mm", 1.0, 1), "cm_ml": Unit("cm", 10.0, 2), "cm_l": Unit("cm", 10.0, 2)},
    "mL": {"mm_ml": Unit("mL", 1.0, 1), "cm_ml": Unit("mL", 1.0, 1), "cm_l": Unit("L", 1000.0, 4)},
    "cm²": dict.fromkeys(("mm_ml", "cm_ml", "cm_l"), Unit("cm²", 1.0, 1)),
}
_COUNT, _RATIO, _SMALL = Unit("", 1.0, 0), Unit("", 1.0, 3), Unit("", 1.0, 5)
_STEPS = {"mm": 1.0, "cm": 0.1, "mL": 10.0, "L": 0.01, "cm²": 10.0}
_TITLES = {
    "max_diameter_mm": "Longest diameter",
    "min_diameter_mm": "Shortest diameter",
    "mean_cross_section_diameter_mm": "Mean cross-section",
    "max_cross_section_diameter_mm": "Largest cross-section",
    "widest_rl": "Widest, left to right",
    "widest_ap": "Widest, back to front",
    "widest_si": "Widest, bottom to top",
    "centroid_rl": "Mass, left to right",
    "centroid_ap": "Mass, back to front",
    "centroid_si": "Mass, bottom to top",
}
_COMMON = ("volume_ml", "extent_rl_mm", "extent_ap_mm", "extent_si_mm")
_COMMON_BODY = (*_COMMON, "max_diameter_mm", "sphericity")
_COMMON_TUBE = (
    *_COMMON, "centreline_length_mm", "mean_cross_section_diameter_mm", "max_cross_section_diameter_mm",
)  # fmt: skip
_MEANINGS = {
    "widest": "Where the largest cross-section lies: 0 is the one end of the extent, 1 the other.",
    "centroid": "Where the centre of mass lies: 0 is the one end of the extent, 1 the other.",
    "spread": "The standard deviation of the organ's points along this direction.",
    "sphericity": "How near it is to a ball: a ball has 1, all else less.",
    "compactness": "Volume squared beside surface cubed: a ball has 1, all else less.",
    "elongation": "Major axis divided by the middle one.",
    "flatness": "Middle axis divided by the minor one.",
    "holes": "Tunnels and enclosed cavities.",
    "components": "Pieces that do not touch.",
    "tortuosity": "Length of the centreline beside the straight way between its ends.",
    "extent": "Outer bounds along this direction of the patient.",
    "surface": "Area of the outer surface.",
}


def unit_of(name: str, system: str) -> Unit:
    """In which unit a quantity is shown, and with how many decimals."""
    wanted = quantity(name)
    if wanted.unit:
        return _SHOWN[wanted.unit][system]
    return _COUNT if wanted.whole else _SMALL if name == "compactness" else _RATIO


def step_of(name: str, unit: Unit) -> float:
    """How far an arrow of the spin box goes, in the unit shown."""
    return 1.0 if quantity(name).whole else _STEPS.get(unit.label, 0.01)


def title_of(name: str) -> str:
    """A quantity's short name; its own is the tooltip's."""
    return _TITLES.get(name, quantity(name).title)


def tip_of(name: str) -> str:
    """Its own name and what it means."""
    return f"{quantity(name).title}. {_MEANINGS.get(name.split('_')[0], '')}".strip()


def common_names(structure: str) -> tuple[str, ...]:
    """The numbers that stand on top."""
    return _COMMON_TUBE if catalog.structure(structure).tubular else _COMMON_BODY


def sensible_names(structure: str) -> tuple[str, ...]:
    """All numbers that an organ of that kind has, in token order."""
    tubular = catalog.structure(structure).tubular
    return tuple(one.name for one in QUANTITIES if tubular or not one.tubular)
