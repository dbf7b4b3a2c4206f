"""What calls for a look in a report: a few words for the table, whole sentences for below it."""

from __future__ import annotations

from Sketch2CTLib.apart import told_apart

from .values import as_dict, as_list, as_number, sketch_matches

_SCAN_CHECKS = {  # as `generation.volume_checks` names them
    "mean": "mean inside",
    "spread": "spread inside",
    "border_slope_per_mm": "border steepness",
    "border_sharpness": "border sharpness",
    "found_again_dice": "Dice when found again",
}


def short_warnings(report: dict) -> list[str]:
    """A few words each."""
    numbers = [as_dict(row) for row in as_dict(report.get("numbers")).values()]
    off = sum(row.get("within_tolerance") is not True for row in numbers)
    short = [f"{off} {'number' if off == 1 else 'numbers'} off"] if off else []
    short += ["sketch not followed"] if any(not match["followed"] for match in sketch_matches(report)) else []
    pieces = as_number(report.get("components"))
    short += [f"{pieces:.0f} pieces"] if pieces is not None and pieces > 1 else []
    short += ["may be cut off"] if report.get("touches_border") is True else []
    short += ["near copy of a training case"] if as_dict(report.get("nearest_training_case")).get("copied") else []
    short += ["scan looks unreal"] if as_list(as_dict(report.get("volume")).get("missed")) else []
    short += ["unusual request"] if as_list(report.get("outside_training_range")) else []
    return short


def note_sentences(report: dict) -> list[str]:
    """Whole sentences."""
    notes = []
    if report.get("touches_border") is True:
        notes.append("Warning: the organ reaches the border of its cube and may be cut off there.")
    near = as_dict(report.get("nearest_training_case"))
    if near.get("copied"):
        notes.append(f"Warning: it is nearly a copy of the training case '{near.get('case')}'.")
    notes += _scan_notes(as_dict(report.get("volume")))
    notes += [str(note) for note in as_list(report.get("outside_training_range"))]
    return notes + [str(note) for note in as_list(report.get("notes"))]


def _scan_notes(volume: dict) -> list[str]:
    checks = as_dict(volume.get("checks"))
    missed = [(str(name), as_dict(checks.get(name))) for name in as_list(volume.get("missed"))]
    if not missed:
        return []
    parts = ", ".join(f"{_SCAN_CHECKS.get(name, name)} {_found(check)}" for name, check in missed)
    return [f"Warning: the scan does not look real: {parts}."]


def _found(check: dict) -> str:
    """'31 HU instead of 3.5 to 27 HU'."""
    unit = f" {check['unit']}" if check.get("unit") else ""
    value = as_number(check.get("value"))
    ends = [as_number(end) for end in [*as_list(check.get("expected")), None, None][:2]]
    told = iter(told_apart([number for number in (value, *ends) if number is not None], _short))
    found = "is unknown" if value is None else f"{next(told)}{unit}"
    low, high = ("" if end is None else next(told) for end in ends)
    if low and high:
        return f"{found} instead of {low} to {high}{unit}"
    if low:
        return f"{found} instead of at least {low}{unit}"
    return f"{found} instead of at most {high}{unit}" if high else found


def _short(value: float) -> str:
    """Three digits, or whole above a thousand."""
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
