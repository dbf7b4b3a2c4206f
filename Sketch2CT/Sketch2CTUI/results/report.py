"""What the results panel says of a candidate: read from its report.json, in words, without any library of networks."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from pathlib import Path

from Sketch2CTLib.apart import told_apart, told_miss
from Sketch2CTLib.description.flags import grouped, with_unit
from Sketch2CTLib.description.quantities import QUANTITY_NAMES, quantity
from Sketch2CTLib.errors import DescriptionError, UnknownStructure

from ..widgets.terms import organ_in_text, organ_title, quantity_title
from ..widgets.translation import _
from .drawn import DrawnMatch, drawn_matches
from .organs import organs_of
from .values import as_dict, as_list, as_number

_SCAN_CHECKS = {  # as `generation.volume_checks` names them
    "mean": _("mean inside"),
    "spread": _("spread inside"),
    "border_slope_per_mm": _("border steepness"),
    "border_sharpness": _("border sharpness"),
    "found_again_dice": _("Dice when found again"),
}
_OVERLAP = {
    True: _("Overlap of the drawn silhouette and that of the mask; 1 is complete."),
    False: _("Overlap of the drawn contour and the cut of the mask; 1 is complete."),
}
REPORT, AGREEMENT = "report.json", "agreement.nrrd"
MET, OFF, UNKNOWN, NOT_ASKED = "met", "off", "unknown", "not asked"
_MOST_BYTES = 16 * 2**20  # of a report; true ones have less than a hundredth
_VOLUME = "volume_ml"


def short_warnings(report: dict) -> list[str]:
    """The warnings of a report, a few words each."""
    numbers = [as_dict(row) for row in as_dict(report.get("numbers")).values()]
    off = sum(row.get("within_tolerance") is not True for row in numbers)
    short = [_("1 number off") if off == 1 else _("{count} numbers off").format(count=off)] if off else []
    lost = [match for match in drawn_matches(report) if not match.followed]
    short += [_("sketch not followed")] if any(match.position_mm is None for match in lost) else []
    short += [_("contour not followed")] if any(match.position_mm is not None for match in lost) else []
    pieces = as_number(report.get("components"))
    short += [_("{count:.0f} pieces").format(count=pieces)] if pieces is not None and pieces > 1 else []
    short += [_("may be cut off")] if report.get("touches_border") is True else []
    short += [_("near copy of a training case")] if as_dict(report.get("nearest_training_case")).get("copied") else []
    short += [_("scan looks unreal")] if as_list(as_dict(report.get("volume")).get("missed")) else []
    short += [_("surface unlike real ones")] if _shape_warnings(report, "surface") else []
    short += [_("torn vessel")] if _shape_warnings(report, "tube") else []
    short += [_("unusual request")] if as_list(report.get("outside_training_range")) else []
    return short


def note_sentences(report: dict) -> list[str]:
    """The notes and warnings of a report, in whole sentences."""
    notes = []
    if report.get("touches_border") is True:
        notes.append(_("Warning: the organ reaches the border of its cube and may be cut off there."))
    near = as_dict(report.get("nearest_training_case"))
    if near.get("copied"):
        notes.append(_("Warning: it is nearly a copy of the training case '{case}'.").format(case=near.get("case")))
    for key in ("surface", "tube"):
        texts = (f"{text[:1].lower()}{text[1:]}" for text in _shape_warnings(report, key))
        notes += [_("Warning: {text}").format(text=text) for text in texts]
    notes += _scan_notes(as_dict(report.get("volume")))
    notes += [str(note) for note in as_list(report.get("outside_training_range"))]
    return notes + [str(note) for note in as_list(report.get("notes"))]


def shared_notes(result: dict) -> list[str]:
    """What a result tells of all its organs or candidates together, in whole sentences."""
    report = as_dict(result.get("report")) if organs_of(result) else {}
    verdict = [str(report["verdict"])] if report.get("verdict") else []
    return [*verdict, *_scan_notes(as_dict(report.get("volume"))), *map(str, as_list(result.get("notes")))]


def _shape_warnings(report: dict, section: str) -> list[str]:
    """The sentences of the report on its surface or tube."""
    return [str(text) for text in as_list(as_dict(report.get(section)).get("warnings"))]


def _scan_notes(volume: dict) -> list[str]:
    checks = as_dict(volume.get("checks"))
    missed = [(str(name), as_dict(checks.get(name))) for name in as_list(volume.get("missed"))]
    if not missed:
        return []
    parts = ", ".join(f"{_SCAN_CHECKS.get(name, name)} {_found(check)}" for name, check in missed)
    return [_("Warning: the scan does not look real: {parts}.").format(parts=parts)]


def _found(check: dict) -> str:
    """'31 HU instead of 3.5 to 27 HU'."""
    unit = f" {check['unit']}" if check.get("unit") else ""
    value = as_number(check.get("value"))
    ends = [as_number(end) for end in [*as_list(check.get("expected")), None, None][:2]]
    texts = iter(told_apart([number for number in (value, *ends) if number is not None], _short))
    value_text = _("is unknown") if value is None else f"{next(texts)}{unit}"
    low, high = ("" if end is None else next(texts) for end in ends)
    if low and high:
        return _("{value} instead of {low} to {high}{unit}").format(value=value_text, low=low, high=high, unit=unit)
    if low:
        return _("{value} instead of at least {low}{unit}").format(value=value_text, low=low, unit=unit)
    return (
        _("{value} instead of at most {high}{unit}").format(value=value_text, high=high, unit=unit)
        if high
        else value_text
    )


def _short(value: float) -> str:
    """Three digits, or whole above a thousand."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


@dataclass(frozen=True)
class AskedRow:
    """One line of the table of requested and measured numbers, all texts with units.

    Args:
        title: Name for people.
        asked, measured, error, allowed: Texts; '–' where there is none.
        state: MET, OFF, UNKNOWN or NOT_ASKED.
        tip: One or two sentences for the tooltip.
        tolerances_off: How far off, in tolerances; 0 where met.
    """

    title: str
    asked: str
    measured: str
    error: str
    allowed: str
    state: str
    tip: str = ""
    tolerances_off: float = 0.0


@dataclass(frozen=True)
class CandidateReport:
    """One candidate of a result.

    Args:
        index: From 0, the best first.
        folder: Relative to the result's folder: '.', 'candidate_02', …
        score: The score of the ranking; None where it is not known.
        sketch_iou: Worst overlap with a drawing; None without one.
        volume_error: (measured − asked) / asked; None where no volume was asked.
        verdict: One sentence.
        warnings: Short, each a few words.
        notes: Whole sentences: warnings, what lay outside of the training range, how the request was taken.
        rows: The rows of the table, the farthest off first.
        others: What was measured and not asked.
        organ: Of a result of several organs, its name for people; the candidates then are its organs.
    """

    index: int
    folder: str
    score: float | None = None
    sketch_iou: float | None = None
    volume_error: float | None = None
    verdict: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[AskedRow, ...] = field(default=())
    others: tuple[AskedRow, ...] = field(default=())
    organ: str = ""


def read_candidates(folder, result) -> list[CandidateReport]:
    """All candidates of a result, in its order; of several organs each of these.

    A report that is missing or damaged makes a candidate of which only the summary is known; it is no error.

    Args:
        folder: With report.json, candidate_02/report.json, …; may be empty where nothing was fetched yet.
        result: The Result event as a dict.
    """
    summaries = [one for one in as_list(result.get("candidates")) if isinstance(one, dict)] or [{"folder": "."}]
    read = [_candidate(index, one, Path(folder or "."), result) for index, one in enumerate(summaries)]
    organs = organs_of(result)
    return [replace(one, organ=organ_title(one.folder)) for one in read] if organs else read


def agreement_sentence(agreement) -> str:
    """What the candidates have in common, one sentence; empty where they were not compared."""
    if not isinstance(agreement, dict):
        return ""
    common, union, dice = (as_number(agreement.get(key)) for key in ("common_ml", "union_ml", "pairwise_dice"))
    if common is None or union is None:
        return ""
    sentence = _("All candidates share {common} mL of the {any} mL that any of them fills").format(
        common=grouped(common), any=grouped(union)
    )
    return (
        _("{sentence} (mean Dice {dice:.2f}).").format(sentence=sentence, dice=dice)
        if dice is not None
        else f"{sentence}."
    )


def _candidate(index: int, summary: dict, folder: Path, result: dict) -> CandidateReport:
    name = str(summary.get("folder") or ".")
    report = read_report(folder / name / REPORT)
    if not report and index == 0 and isinstance(result.get("report"), dict) and not organs_of(result):
        report = result["report"]
    score = as_number(summary.get("score"))
    verdict = str(report.get("verdict") or summary.get("verdict") or "")
    if not report:
        unread = (_("Its report.json could not be read, so that its numbers are unknown."),)
        return CandidateReport(index, name, score, verdict=verdict, warnings=(_("no report"),), notes=unread)
    volume = as_dict(as_dict(report.get("numbers")).get(_VOLUME))
    return CandidateReport(
        index,
        name,
        score,
        sketch_iou=min((match.iou for match in drawn_matches(report)), default=None),
        volume_error=as_number(volume.get("relative_error")),
        verdict=verdict,
        warnings=tuple(short_warnings(report)),
        notes=tuple(note_sentences(report)),
        rows=tuple(sorted(_rows(report), key=lambda row: -row.tolerances_off)),
        others=tuple(_others(report)),
    )


def read_report(path: Path) -> dict:
    """A report.json; empty where it is missing, damaged or far too long."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return {}
        return as_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return {}


# ---- the table


def _rows(report: dict) -> list[AskedRow]:
    rows = [_row(name, as_dict(row), report) for name, row in as_dict(report.get("numbers")).items()]
    return [*(_sketch_row(match) for match in drawn_matches(report)), *rows]


def _row(name: str, row: dict, report: dict) -> AskedRow:
    requested, measured, tolerance = (as_number(row.get(key)) for key in ("asked", "measured", "tolerance"))
    state = UNKNOWN if measured is None or requested is None else MET if row.get("within_tolerance") is True else OFF
    off = 0.0
    if state == OFF and requested is not None and measured is not None:
        off = abs(measured - requested) / tolerance if tolerance else math.inf
    asked_text, measured_text = told(name, requested), told(name, measured)
    if state == OFF:
        asked_text, measured_text = _miss(name, requested, measured, tolerance or 0.0)
    return AskedRow(
        title=title_of(name),
        asked=asked_text,
        measured=measured_text,
        error=_error(name, requested, measured),
        allowed="–" if tolerance is None else f"± {told(name, _rounded(tolerance))}" if tolerance else _("exact"),
        state=state,
        tip=_usual(name, row, report),
        tolerances_off=math.inf if state == UNKNOWN else off,
    )


def _sketch_row(match: DrawnMatch) -> AskedRow:
    apart = (
        ""
        if match.apart_mm is None
        else _(" The outlines lie {apart_mm:.1f} mm apart on average.").format(apart_mm=match.apart_mm)
    )
    return AskedRow(
        title=f"{match.title} (IoU)",
        asked="1.00",
        measured=f"{match.iou:.2f}",
        error=_error("", 1.0, round(match.iou, 2)),
        allowed="–",
        state=MET if match.followed else OFF,
        tip=f"{_OVERLAP[match.position_mm is None]}{apart}",
        tolerances_off=0.0 if match.followed else 1.0,
    )


def _others(report: dict) -> list[AskedRow]:
    requested, measured = as_dict(report.get("numbers")), as_dict(report.get("measured"))
    names = [name for name in QUANTITY_NAMES if name in measured and name not in requested]
    values = [(name, as_number(measured[name])) for name in names]
    return [AskedRow(title_of(name), "–", told(name, value), "–", "–", NOT_ASKED) for name, value in values]


def title_of(name: str) -> str:
    """A quantity's name for people; the key itself where a later version knows more."""
    try:
        return quantity_title(name)
    except DescriptionError:
        return name


def told(name: str, value: float | None) -> str:
    """'1,500 mL', '0.73', '3'; '–' for None."""
    if value is None:
        return "–"
    try:
        definition = quantity(name)
    except DescriptionError:
        return grouped(value)
    if definition.whole:
        return f"{value:,.0f}"
    return with_unit(name, value) if definition.unit else f"{value:.2f}"


def _miss(name: str, requested: float, measured: float, tolerance: float) -> tuple[str, str]:
    """A missed number, requested and measured, with as many digits as it takes to see the miss."""

    def bare(value: float) -> str:
        return told(name, value).removesuffix(_unit(name)).rstrip()

    first, second = (f"{text} {_unit(name)}".rstrip() for text in told_miss(requested, measured, tolerance, bare))
    return first, second


def _unit(name: str) -> str:
    try:
        return quantity(name).unit
    except DescriptionError:
        return ""


def _error(name: str, requested: float | None, measured: float | None) -> str:
    """The error in percent; absolute where the requested number is no size but a ratio, a place or a count."""
    if requested is None or measured is None:
        return "–"
    if name.endswith(("_ml", "_mm", "_cm2")) and requested:
        return percent((measured - requested) / abs(requested))
    return f"{measured - requested:+.2g}".replace("-", "−") if measured != requested else "0"


def percent(share: float) -> str:
    """'+1.3 %', '−12.0 %', '0.0 %'."""
    text = f"{100 * share:+.1f}"
    return f"{'0.0' if text in ('+0.0', '-0.0') else text} %".replace("-", "−")


def _usual(name: str, row: dict, report: dict) -> str:
    ends = [as_number(end) for end in as_list(row.get("usual_range"))]
    if len(ends) != 2 or None in ends:
        return ""
    whose = _structure_title(report)
    sentence = _("In the training cases of the {whose} it lies between {low} and {high}.").format(
        whose=whose, low=told(name, ends[0]), high=told(name, ends[1])
    )
    return (
        _("{sentence} What was asked lies outside.").format(sentence=sentence)
        if row.get("outside_usual") is True
        else sentence
    )


def _structure_title(report: dict) -> str:
    try:
        return organ_in_text(str(report.get("structure") or ""))
    except UnknownStructure:
        return _("structure")


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")
