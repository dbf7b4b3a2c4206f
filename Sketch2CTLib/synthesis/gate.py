"""The quality gate: which results of a data set are kept, by the report's own measures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import ConfigError
from ..generation.report.report import Report

GRADES = ("any", "partly met", "met")
_FORM = "Write grade=met,iou=0.8,surface,scan,copies, each where wanted."


@dataclass(frozen=True)
class Gate:
    """What is accepted.

    Args:
        grade: The least grade of the verdict: any, 'partly met' or met.
        iou: The least overlap with each drawing.
        surface: Whether a surface that no training mask has is rejected, and a torn vessel.
        scan: Whether a scan that fails a check is rejected.
        copies: Whether a mask that is nearly a training mask is rejected.
    """

    grade: str = "partly met"
    iou: float = 0.0
    surface: bool = False
    scan: bool = False
    copies: bool = True

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise ConfigError(f"Unknown grade '{self.grade}'.", hint=f"Choose one of {', '.join(GRADES)}.")
        if not 0.0 <= self.iou <= 1.0:
            raise ConfigError(f"The overlap of a gate must lie in 0…1, got {self.iou}.")

    @classmethod
    def parse(cls, text: str) -> Gate:
        """The gate that a text names; what is not named is not looked at, and 'none' accepts everything.

        Raises:
            ConfigError: It cannot be read.
        """
        wanted: dict[str, object] = {"grade": "any", "copies": False}
        for part in [one.strip() for one in text.split(",") if one.strip() and text.strip() != "none"]:
            name, equals, value = part.partition("=")
            try:
                if name in ("surface", "scan", "copies") and not equals:
                    wanted[name] = True
                elif name == "grade" and equals:
                    wanted[name] = value.replace("_", " ").strip()
                elif name == "iou" and equals:
                    wanted[name] = float(value)
                else:
                    raise ValueError(part)
            except ValueError as error:
                raise ConfigError(f"The gate '{part[:40]}' cannot be read.", hint=_FORM) from error
        return cls(**wanted)  # type: ignore[arg-type]

    def reasons(self, report: Report) -> tuple[str, ...]:
        """Why a result is rejected, one word or two each; none where it is accepted. An empty mask never is."""
        return ("empty",) if report.is_empty else tuple(self._reasons(report))

    def _reasons(self, report: Report) -> Iterator[str]:
        grade = report.grade
        if grade in GRADES and GRADES.index(grade) < GRADES.index(self.grade):
            yield grade
        if grade == "not met" and self.grade != "any":
            yield grade
        if any(match.iou < self.iou for match in report.matches):
            yield "drawing"
        if self.surface and (report.surface_warnings or report.torn):
            yield "surface"
        if self.scan and report.volume is not None and any(check.met is False for check in report.volume.checks):
            yield "scan"
        if self.copies and report.nearest_case is not None and report.nearest_case.copied:
            yield "copy"
