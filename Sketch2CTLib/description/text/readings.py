"""What was understood, in a few words for people: 'Volume 1,400 mL ± 10 %'."""

from __future__ import annotations

from ..quantities import quantity


def amount_said(name: str, value: float) -> str:
    """'1,400 mL', '180 mm', '0.65', '2'."""
    wanted = quantity(name)
    figures = f"{value:,.0f}" if wanted.whole or abs(value) >= 1000 else f"{value:.4g}"
    return f"{figures} {wanted.unit}".strip()


def number_reading(name: str, value: float, tolerance: float | None, why: str = "", *, relative: bool = True) -> str:
    """'Volume 1,400 mL ± 10 % (why)'.

    Args:
        name: Quantity; value: in its own unit; tolerance: absolute, in its own unit, or None.
        why: What the value was taken from, where it is not simply the number written.
        relative: Whether to show the tolerance as a share.
    """
    said = f"{quantity(name).title} {amount_said(name, value)}"
    if tolerance is not None and relative and value:
        said += f" ± {100 * tolerance / abs(value):.2g} %"
    elif tolerance is not None:
        said += f" ± {amount_said(name, tolerance)}"
    return f"{said} ({why})" if why else said


def word_reading(name: str, value: str) -> str:
    """'Surface smoothness: smooth'."""
    return f"{name.replace('_', ' ').capitalize()}: {value}"


def unknown_reading(name: str) -> str:
    """'Volume: unknown'."""
    return f"{quantity(name).title}: unknown"
