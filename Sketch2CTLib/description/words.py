"""Numbers → short sentences and geometric words, deterministic and without a network. Never anything diagnostic.

Every sentence stands alone, because each becomes one text token, and its numbers are rounded, so that few distinct
sentences exist. The values of the words are those of `VOCABULARY`; `parse` reads all of them back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from .quantities import check_numbers

# Word → its values; the first fitting one of the rules below is chosen.
VOCABULARY: dict[str, tuple[str, ...]] = {
    "overall_shape": ("tubular", "ball-like", "egg-shaped", "disc-like", "blade-like", "rod-like", "wedge-like"),
    "surface_smoothness": ("smooth", "slightly uneven", "irregular"),
    "symmetry": ("roughly symmetric", "asymmetric"),
    "topological_continuity": ("one connected piece", "several pieces"),
    "elongation": ("hardly elongated", "moderately elongated", "strongly elongated"),
    "flatness": ("hardly flattened", "moderately flattened", "strongly flattened"),
    "course": ("straight", "gently curved", "winding"),
}
PLACES = {"rl": ("left", "right"), "ap": ("back", "front"), "si": ("bottom", "top")}
PLACED_WORDS = ("widest_section", "mass_distribution")
WORD_NAMES = (*VOCABULARY, *PLACED_WORDS)


def rounded(name: str, value: float) -> float:
    """The value as `sentences` writes it.

    Volumes and areas: two significant digits. Lengths: 10 mm from 100 mm on, 5 mm from 20 mm on, else 1 mm (never
    below 1). Counts: whole. The rest: steps of 0.05.
    """
    if name in ("components", "holes"):
        return float(round(value))
    if name.endswith(("_ml", "_cm2")):
        step = 10.0 ** (math.floor(math.log10(value)) - 1)
        return float(f"{round(value / step) * step:.6g}")
    if name.endswith("_mm"):
        step = 10.0 if value >= 100 else 5.0 if value >= 20 else 1.0
        return max(1.0, round(value / step) * step)
    return round(round(value / 0.05) * 0.05, 2)


def geometric_words(structure: str, numbers: Mapping[str, float]) -> dict[str, str]:
    """The geometric vocabulary for these numbers; a word is left out where its numbers are unknown.

    Args:
        structure: Catalog name; tubular ones get a course, but neither flatness nor smoothness, which compare with an
            ellipsoid.
        numbers: Any subset of the quantities.

    Raises:
        DescriptionError: A number is unknown or impossible.
        UnknownStructure: The catalog has no such structure.
    """
    from .. import catalog

    known = check_numbers(numbers)
    tubular = catalog.structure(structure).tubular
    words = {
        "overall_shape": "tubular" if tubular else _overall_shape(known),
        "surface_smoothness": "" if tubular else _smoothness(known),
        "symmetry": _symmetry(known),
        "topological_continuity": _graded("topological_continuity", known.get("components"), (1.5,)),
        "elongation": _graded("elongation", known.get("elongation"), (1.2, 1.6)),
        "flatness": "" if tubular else _graded("flatness", known.get("flatness"), (1.2, 1.6)),
        "course": _graded("course", known.get("tortuosity"), (1.05, 1.25)),
        "widest_section": _placed(known, "widest", 0.15),
        "mass_distribution": _placed(known, "centroid", 0.04),
    }
    return {name: word for name, word in words.items() if word}


def sentences(structure: str, numbers: Mapping[str, float], words: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """At most eight short sentences about the known numbers, each standing alone; at least one, naming the structure.

    Args:
        structure: Catalog name or alias.
        numbers: Any subset of the quantities.
        words: Geometric words that go before those derived from the numbers.

    Raises:
        DescriptionError: A number is unknown or impossible.
        UnknownStructure: The catalog has no such structure.
    """
    from .. import catalog

    known = check_numbers(numbers)
    chosen = geometric_words(structure, known) | dict(words or {})
    name = catalog.structure(structure).title.split(" (")[0].lower()
    said = [
        _size(name, known),
        _extents(name, known),
        _diameters(name, known),
        _shape(name, chosen),
        _surface_words(name, known, chosen),
        _places(name, chosen),
        _continuity(name, known, chosen),
        _course(name, known, chosen),
    ]
    chosen_sentences = tuple(sentence for sentence in said if sentence)
    if not numbers and not words:
        return (f"The structure is {_article(name)}.",)
    return chosen_sentences or (f"The structure is {_article(name)}.",)


def _article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _graded(word: str, value: float | None, limits: tuple[float, ...]) -> str:
    if value is None:
        return ""
    return VOCABULARY[word][sum(value > limit for limit in limits)]


def _overall_shape(known: Mapping[str, float]) -> str:
    """By the ratios of the equivalent ellipsoid's axes and how far the mass lies off the middle."""
    if "elongation" not in known or "flatness" not in known:
        return ""
    if _off_centre(known) > 0.1:
        return "wedge-like"
    long, flat = known["elongation"] > 1.5, known["flatness"] > 1.5
    if long or flat:
        return "blade-like" if long and flat else "rod-like" if long else "disc-like"
    return "ball-like" if known["elongation"] * known["flatness"] < 1.25 else "egg-shaped"


def _off_centre(known: Mapping[str, float]) -> float:
    return max((abs(known[f"centroid_{axis}"] - 0.5) for axis in PLACES if f"centroid_{axis}" in known), default=0.0)


def _smoothness(known: Mapping[str, float]) -> str:
    """By the surface beside that of the ellipsoid with the same axes; by sphericity where an axis is unknown."""
    axes = [known.get(f"{which}_axis_mm") for which in ("major", "middle", "minor")]
    area, sphericity = known.get("surface_area_cm2"), known.get("sphericity")
    if area is not None and None not in axes:
        half = [float(axis) / 20.0 for axis in axes if axis is not None]  # cm
        pairs = ((half[0] * half[1]) ** 1.6, (half[0] * half[2]) ** 1.6, (half[1] * half[2]) ** 1.6)
        ellipsoid_cm2 = 4.0 * math.pi * (sum(pairs) / 3.0) ** (1 / 1.6)  # Thomsen's formula, within 1.1 %
        return _graded("surface_smoothness", area / ellipsoid_cm2, (1.12, 1.35))
    return _graded("surface_smoothness", None if sphericity is None else 1.0 - sphericity, (0.3, 0.5))


def _symmetry(known: Mapping[str, float]) -> str:
    if not all(f"centroid_{axis}" in known for axis in PLACES):
        return ""
    return _graded("symmetry", _off_centre(known), (0.04,))


def _placed(known: Mapping[str, float], quantity: str, margin: float) -> str:
    """'right, front and top', 'middle', or nothing where unknown."""
    values = {axis: known[f"{quantity}_{axis}"] for axis in PLACES if f"{quantity}_{axis}" in known}
    if not values:
        return ""
    sides = [PLACES[axis][value > 0.5] for axis, value in values.items() if abs(value - 0.5) > margin]
    if len(sides) > 1:
        return f"{', '.join(sides[:-1])} and {sides[-1]}"
    return sides[0] if sides else "middle"


def _say(name: str, value: float) -> str:
    return f"{rounded(name, value):g}" if name != "volume_ml" else f"{rounded(name, value):.6g}"


def _size(name: str, known: Mapping[str, float]) -> str:
    volume, area = known.get("volume_ml"), known.get("surface_area_cm2")
    if volume is not None and area is not None:
        area_text = _say("surface_area_cm2", area)
        return f"The {name} has a volume of about {_say('volume_ml', volume)} mL and a surface of {area_text} cm²."
    if volume is not None:
        return f"The {name} has a volume of about {_say('volume_ml', volume)} mL."
    return f"The {name} has a surface of about {_say('surface_area_cm2', area)} cm²." if area is not None else ""


def _extents(name: str, known: Mapping[str, float]) -> str:
    ways = {
        "extent_rl_mm": "wide from right to left",
        "extent_ap_mm": "deep from front to back",
        "extent_si_mm": "high from top to bottom",
    }
    parts = [f"{_say(key, known[key])} mm {way}" for key, way in ways.items() if key in known]
    return f"The {name} is about {_listed(parts)}." if parts else ""


def _diameters(name: str, known: Mapping[str, float]) -> str:
    longest, shortest = known.get("max_diameter_mm"), known.get("min_diameter_mm")
    parts = []
    if longest is not None:
        parts.append(f"a longest diameter of {_say('max_diameter_mm', longest)} mm")
    if shortest is not None:
        parts.append(f"a shortest diameter of {_say('min_diameter_mm', shortest)} mm")
    return f"The {name} has {_listed(parts)}." if parts else ""


def _shape(name: str, words: Mapping[str, str]) -> str:
    parts = [words[key] for key in ("overall_shape", "elongation", "flatness", "symmetry") if key in words]
    return f"The overall shape of the {name} is {_listed(parts)}." if parts else ""


def _surface_words(name: str, known: Mapping[str, float], words: Mapping[str, str]) -> str:
    sphericity = known.get("sphericity")
    number = f"a sphericity of {_say('sphericity', sphericity)}" if sphericity is not None else ""
    if "surface_smoothness" not in words:
        return f"The {name} has {number}." if number else ""
    smooth = f"The surface of the {name} is {words['surface_smoothness']}"
    return f"{smooth}, with {number}." if number else f"{smooth}."


def _places(name: str, words: Mapping[str, str]) -> str:
    widest, mass = words.get("widest_section"), words.get("mass_distribution")
    parts = []
    if widest:
        parts.append(f"the widest section of the {name} lies at the {widest}")
    if mass:
        parts.append(f"most of {'its' if widest else f'the {name}’s'} mass lies at the {mass}")
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _continuity(name: str, known: Mapping[str, float], words: Mapping[str, str]) -> str:
    pieces, holes = known.get("components"), known.get("holes")
    if pieces is not None and pieces > 1:
        whole = f"consists of {pieces:.0f} pieces"
    elif pieces is not None or words.get("topological_continuity") == VOCABULARY["topological_continuity"][0]:
        whole = "is one connected piece"
    else:
        whole = "consists of several pieces" if "topological_continuity" in words else ""
    if holes is not None:
        bored = "no holes" if holes == 0 else "1 hole" if holes == 1 else f"{holes:.0f} holes"
        whole = f"{whole} with {bored}" if whole else f"has {bored}"
    return f"The {name} {whole}." if whole else ""


def _course(name: str, known: Mapping[str, float], words: Mapping[str, str]) -> str:
    lengths = {
        "centreline_length_mm": "a centreline length of",
        "mean_cross_section_diameter_mm": "a mean cross-section diameter of",
        "max_cross_section_diameter_mm": "a largest cross-section diameter of",
    }
    parts = [f"{title} {_say(key, known[key])} mm" for key, title in lengths.items() if key in known]
    if "course" in words:
        parts.insert(0, f"a {words['course']} course")
    return f"The {name} has {_listed(parts)}." if parts else ""


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
