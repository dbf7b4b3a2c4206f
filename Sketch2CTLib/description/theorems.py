"""What geometry says of the numbers of any body: theorems as inequalities, with their sources.

In what follows a body is any measurable set of one or several pieces, with volume V, surface A, extents E, largest
diameter D, covariance matrix Σ of its points (spreads s: the roots of its diagonal; full axes a = 2√(5λ), λ its
eigenvalues). What holds, and why:

- V ≤ E₁E₂E₃; E ≤ D; D ≤ √(E₁² + E₂² + E₃²).
- V ≤ πD³/6: isodiametric inequality (Bieberbach 1915). V ≤ w·πD²/4 for the width w along any direction: each slice
  has a diameter of at most D, and the same inequality holds in the plane.
- 36πV² ≤ A³: isoperimetric inequality. Sphericity π^⅓(6V)^⅔/A and compactness, its cube, are defined by V and A.
- V ≤ πa₁a₂a₃/6: of all bodies with one Σ the ellipsoid is the largest. (The ratio V²/det Σ does not change under
  linear maps; where Σ is a multiple of the identity it is largest for the ball, which has the least ∫|x|² of its
  volume.) V ≤ (4π/3)√5³·s₁s₂s₃ follows from det Σ ≤ s₁²s₂²s₃² (Hadamard).
- V ≤ √12·s₁E₂E₃: along an axis the density is at most E₂E₃/V, and of such densities the even one spreads least.
- 2s ≤ E and a ≤ √5·w: a value within an interval of length E spreads at most E/2 (Popoviciu); with its mean at the
  share c, s² ≤ c(1 − c)E² (Bhatia & Davis 2000).
- s₁² + s₂² + s₃² = (a₁² + a₂² + a₃²)/20: both are the trace of Σ; each s² lies between its eigenvalues.
- Elongation a₁/a₂ and flatness a₂/a₃ by definition.
- Tortuosity = centreline length / distance of its ends, which is at most D. In one piece the longest way is at least
  D long; half of it is asked here, since a measured centreline ends within its last cross-sections.
- A plane section lies in a disc's area πD²/4. A tube holds its cross-sections: V ≥ L·πd²/4 with the mean diameter d
  (Jensen); half of it is asked here, since sections overlap in bends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .quantities import quantity

AXES = ("rl", "ap", "si")
EXTENTS = tuple(f"extent_{axis}_mm" for axis in AXES)
SPREADS = tuple(f"spread_{axis}_mm" for axis in AXES)
PRINCIPAL = ("major_axis_mm", "middle_axis_mm", "minor_axis_mm")


@dataclass(frozen=True)
class Rule:
    """`name` ≤ factor · ∏ value^power, or = where `equal`.

    Args:
        name: Quantity on the left.
        powers: Quantities on the right and their powers.
        factor: With the conversion of units.
        what: The right side in words; '{name}' becomes its value. Empty where it is one quantity as it is.
        fine: Whether both sides are lengths as they are, which rounding keeps in order.
    """

    name: str
    powers: tuple[tuple[str, float], ...]
    factor: float = 1.0
    what: str = ""
    equal: bool = False
    fine: bool = False


def _order(small: str, large: str, factor: float = 1.0, what: str = "") -> Rule:
    return Rule(small, ((large, 1.0),), factor, what, fine=factor == 1.0)


def _volume(what: str, factor: float, **powers: float) -> Rule:
    return Rule("volume_ml", tuple(powers.items()), factor, what)


_ROOT5 = math.sqrt(5.0)
RULES: tuple[Rule, ...] = (
    _order("min_diameter_mm", "max_diameter_mm"),
    _order("minor_axis_mm", "middle_axis_mm"),
    _order("middle_axis_mm", "major_axis_mm"),
    _order("minor_axis_mm", "major_axis_mm"),
    _order("mean_cross_section_diameter_mm", "max_cross_section_diameter_mm"),
    *(_order(extent, "max_diameter_mm") for extent in EXTENTS),
    _order("max_cross_section_diameter_mm", "max_diameter_mm"),
    _order("mean_cross_section_diameter_mm", "max_diameter_mm"),
    *(
        _order(s, e, 0.5, f"half of the {quantity(e).title.lower()} ({{{e}}})")
        for s, e in zip(SPREADS, EXTENTS, strict=True)
    ),
    _order("major_axis_mm", "max_diameter_mm", _ROOT5, "√5 times the largest diameter ({max_diameter_mm})"),
    _order("minor_axis_mm", "min_diameter_mm", _ROOT5, "√5 times the smallest diameter ({min_diameter_mm})"),
    *(_order(s, "major_axis_mm", 0.5 / _ROOT5, "the major axis ({major_axis_mm}) divided by 2√5") for s in SPREADS),
    *(_order("minor_axis_mm", s, 2 * _ROOT5, f"2√5 times the {quantity(s).title.lower()} ({{{s}}})") for s in SPREADS),
    _volume(
        "the box of its extents ({extent_rl_mm} × {extent_ap_mm} × {extent_si_mm})",
        1e-3,
        extent_rl_mm=1,
        extent_ap_mm=1,
        extent_si_mm=1,
    ),
    _volume("a ball of its largest diameter ({max_diameter_mm})", math.pi / 6e3, max_diameter_mm=3),
    _volume("what its surface of {surface_area_cm2} can enclose", 1 / (6 * math.sqrt(math.pi)), surface_area_cm2=1.5),
    _volume(
        "the ellipsoid of its axes ({major_axis_mm} × {middle_axis_mm} × {minor_axis_mm})",
        math.pi / 6e3,
        major_axis_mm=1,
        middle_axis_mm=1,
        minor_axis_mm=1,
    ),
    _volume(
        "any body with its spreads ({spread_rl_mm}, {spread_ap_mm}, {spread_si_mm}) has",
        4 / 3 * math.pi * _ROOT5**3 / 1e3,
        spread_rl_mm=1,
        spread_ap_mm=1,
        spread_si_mm=1,
    ),
    *(
        _volume(
            f"a disc as wide as its largest diameter ({{max_diameter_mm}}) and {{{width}}} thick",
            math.pi / 4e3,
            **{width: 1, "max_diameter_mm": 2},
        )
        for width in (*EXTENTS, "min_diameter_mm")
    ),
    *(
        _volume(
            f"fits a spread of {{{SPREADS[n]}}} across {{{EXTENTS[n - 2]}}} × {{{EXTENTS[n - 1]}}}",
            math.sqrt(12.0) / 1e3,
            **{SPREADS[n]: 1, EXTENTS[n - 2]: 1, EXTENTS[n - 1]: 1},
        )
        for n in range(3)
    ),
    Rule(
        "sphericity",
        (("volume_ml", 2 / 3), ("surface_area_cm2", -1)),
        (36 * math.pi) ** (1 / 3),
        "{volume_ml} in a surface of {surface_area_cm2}",
        equal=True,
    ),
    Rule(
        "compactness",
        (("volume_ml", 2), ("surface_area_cm2", -3)),
        36 * math.pi,
        "{volume_ml} in a surface of {surface_area_cm2}",
        equal=True,
    ),
    Rule("compactness", (("sphericity", 3),), 1.0, "a sphericity of {sphericity}, whose cube it is", equal=True),
    Rule(
        "elongation",
        (("major_axis_mm", 1), ("middle_axis_mm", -1)),
        1.0,
        "a major axis of {major_axis_mm} and a middle one of {middle_axis_mm}",
        equal=True,
    ),
    Rule(
        "flatness",
        (("middle_axis_mm", 1), ("minor_axis_mm", -1)),
        1.0,
        "a middle axis of {middle_axis_mm} and a minor one of {minor_axis_mm}",
        equal=True,
    ),
    Rule(
        "elongation",
        (("major_axis_mm", 1), ("minor_axis_mm", -1), ("flatness", -1)),
        1.0,
        "axes of {major_axis_mm} and {minor_axis_mm} with a flatness of {flatness}",
        equal=True,
    ),
    *(
        Rule(
            ratio,
            (("major_axis_mm", 1), ("minor_axis_mm", -1)),
            1.0,
            "the major axis ({major_axis_mm}) divided by the minor one ({minor_axis_mm})",
        )
        for ratio in ("elongation", "flatness")
    ),
    Rule(
        "centreline_length_mm",
        (("tortuosity", 1), ("max_diameter_mm", 1)),
        1.0,
        "a tortuosity of {tortuosity} makes of a largest diameter of {max_diameter_mm}",
    ),
    Rule(
        "centreline_length_mm",
        (("volume_ml", 1), ("mean_cross_section_diameter_mm", -2)),
        8e3 / math.pi,
        "twice the length of a tube of {volume_ml} that is {mean_cross_section_diameter_mm} wide",
    ),
)
# Of bodies in one piece only.
CONNECTED: tuple[Rule, ...] = tuple(
    Rule(across, (("centreline_length_mm", 1),), 2.0, "twice the centreline length ({centreline_length_mm})")
    for across in ("max_diameter_mm", *EXTENTS)
)
