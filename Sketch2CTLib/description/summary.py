"""Numbers and words → one short natural paragraph for people, which `parse.parse_text` reads back.

    A liver of about 1,550 mL, 21 cm wide, 16.2 cm deep and 18 cm high; wedge-like, smooth, moderately elongated.

`words.sentences` writes for the model, in round numbers and standing alone; this writes for people: three significant
digits, centimetres, and the tolerances as the hedges of `hedges`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from .quantities import check_number, check_numbers
from .words import geometric_words

# The numbers that a summary says; the others stand behind its words.
SUMMARISED: tuple[str, ...] = (
    "volume_ml", "surface_area_cm2", "extent_rl_mm", "extent_ap_mm", "extent_si_mm", "max_diameter_mm",
    "min_diameter_mm", "sphericity", "components", "holes", "centreline_length_mm", "mean_cross_section_diameter_mm",
    "max_cross_section_diameter_mm",
)  # fmt: skip
_HEDGED = ((0.01, "exactly "), (0.10, "about "), (0.15, "roughly "), (0.20, "very roughly "))
_CENTIMETRES_FROM_MM = 20.0
_SHAPE_WORDS = ("overall_shape", "surface_smoothness", "elongation", "flatness", "symmetry")
_EXTENTS = {
    "extent_rl_mm": ("wide", "from right to left"),
    "extent_ap_mm": ("deep", "from front to back"),
    "extent_si_mm": ("high", "from top to bottom"),
}
_TUBE = {
    "centreline_length_mm": "centreline length",
    "mean_cross_section_diameter_mm": "mean cross-section diameter",
    "max_cross_section_diameter_mm": "largest cross-section diameter",
}


def shown(name: str, value: float) -> float:
    """The value as a summary writes it: three digits for volumes and areas, 1 mm from 20 mm on, 0.01 for ratios."""
    if name in ("components", "holes"):
        return float(round(value))
    if name.endswith("_mm") and value >= _CENTIMETRES_FROM_MM:
        return float(round(value))
    if name.endswith(("_mm", "_ml", "_cm2")):
        return float(f"{value:.3g}")
    return round(value, 2)


def summary_text(
    structure: str,
    numbers: Mapping[str, float],
    words: Mapping[str, str] | None = None,
    tolerances: Mapping[str, float] | None = None,
) -> str:
    """One paragraph about the known numbers and words; at least it names the structure.

    Args:
        structure: Catalog name or alias.
        numbers: Any subset of the quantities; those of `SUMMARISED` are said.
        words: Geometric words that go before those derived from the numbers.
        tolerances: Absolute, in each quantity's own unit; written as hedges.

    Raises:
        DescriptionError: A number is unknown or impossible.
        UnknownStructure: The catalog has no such structure.
    """
    from .. import catalog

    known = check_numbers(numbers)
    wanted = catalog.structure(structure)
    writer = _Writer({name: shown(name, value) for name, value in known.items()}, dict(tolerances or {}))
    chosen = (geometric_words(structure, known) if known else {}) | dict(words or {})
    name = wanted.title.split(" (")[0].lower()
    body = [
        ", ".join(filter(None, (writer.volume(), writer.extents(tubular=wanted.tubular), writer.diameters()))),
        ", ".join(
            filter(None, (*(chosen.get(word, "") for word in _SHAPE_WORDS), writer.one("sphericity", "sphericity")))
        ),
        writer.tube(chosen.get("course", "")),
        writer.pieces(chosen.get("topological_continuity", "")),
    ]
    said = [part for part in body if part]
    article = "An" if name[0] in "aeiou" else "A"
    joint = "" if not said else " of " if writer.volume() else ", "
    text = f"{article} {name}{joint}{'; '.join(said)}."
    return f"{text} {places}" if (places := _places(chosen)) else text


class _Writer:
    """Writes single numbers of one description."""

    def __init__(self, numbers: dict[str, float], tolerances: dict[str, float]) -> None:
        self.numbers, self.tolerances = numbers, tolerances

    def one(self, name: str, lead: str = "", tail: str = "", *, plain: bool = False) -> str:
        """'longest diameter about 24 cm'; '' where unknown. plain: the tolerance as '± 10 %', not as a word."""
        if name not in self.numbers:
            return ""
        before, after = self._tolerance(name, plain=plain)
        return " ".join(filter(None, (lead, f"{before}{_amount(name, self.numbers[name])}{after}", tail)))

    def volume(self) -> str:
        """The volume, and the surface area."""
        area = self.one("surface_area_cm2", "a surface of")
        volume = self.one("volume_ml")
        return f"{volume} with {area}" if volume and area else volume or area

    def extents(self, *, tubular: bool) -> str:
        """Right–left, front–back, top–bottom; in a tube 'wide' would be its cross-section."""
        names = [name for name in _EXTENTS if name in self.numbers]
        plain = not all(name in self.tolerances for name in names)  # a hedge would reach over the whole list
        return _listed([self.one(name, "", _EXTENTS[name][tubular], plain=plain) for name in names])

    def diameters(self) -> str:
        """The longest and the shortest diameter."""
        parts = (("max_diameter_mm", "longest diameter"), ("min_diameter_mm", "shortest diameter"))
        return ", ".join(filter(None, (self.one(name, lead, plain=True) for name, lead in parts)))

    def tube(self, course: str) -> str:
        """The centreline and the cross-sections."""
        parts = [self.one(name, lead, plain=True) for name, lead in _TUBE.items()]
        return ", ".join(filter(None, (f"{course} course" if course else "", *parts)))

    def pieces(self, continuity: str) -> str:
        """'one connected piece with no holes'."""
        count, holes = self.numbers.get("components"), self.numbers.get("holes")
        whole = continuity if count is None else "one connected piece" if count == 1 else f"{count:.0f} pieces"
        bored = "" if holes is None else "no holes" if holes == 0 else "1 hole" if holes == 1 else f"{holes:.0f} holes"
        return " with ".join(filter(None, (whole, bored)))

    def _tolerance(self, name: str, *, plain: bool) -> tuple[str, str]:
        tolerance, value = self.tolerances.get(name), self.numbers[name]
        if tolerance is None or not math.isfinite(tolerance) or tolerance <= 0 or value == 0:
            return "", ""
        share = tolerance / value
        for known, word in _HEDGED:
            if not plain and abs(share - known) < 0.005:
                return word, ""
        return "", f" ± {max(100 * share, 0.1):.2g} %" if share < 1 else ""


def _amount(name: str, value: float) -> str:
    check_number(name, value)
    if name.endswith("_mm"):
        return f"{value / 10:g} cm" if value >= _CENTIMETRES_FROM_MM else f"{value:g} mm"
    unit = {"volume_ml": " mL", "surface_area_cm2": " cm²"}.get(name, "")
    return f"{value:,.0f}{unit}" if value >= 1000 else f"{value:.6g}{unit}"


def _places(words: Mapping[str, str]) -> str:
    widest, mass = words.get("widest_section"), words.get("mass_distribution")
    parts = [f"the widest section lies at the {widest}"] if widest else []
    parts += [f"most of its mass lies at the {mass}"] if mass else []
    said = "; ".join(parts)
    return f"{said[0].upper()}{said[1:]}." if said else ""


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
