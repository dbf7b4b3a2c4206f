"""Rows of a title and a field whose titles stand in one column, also over several forms."""

from __future__ import annotations

import qt

from .layout import without_margins

_WIDEST_TITLE = "Candidates: "
_SPACING = 6


def field_rows(holder):
    """An empty form on a widget; its fields take the whole width."""
    form = without_margins(qt.QFormLayout(holder), _SPACING)
    form.fieldGrowthPolicy = qt.QFormLayout.AllNonFixedFieldsGrow
    form.labelAlignment = qt.Qt.AlignLeft
    return form


def add_field(form, title: str, field, buddy=None) -> None:
    """A row.

    Args:
        form: From `field_rows`.
        title: With & before the letter of its short cut.
        field: The widget.
        buddy: That the short cut leads to, in place of `field`.
    """
    label = qt.QLabel(title)
    label.minimumWidth = label.fontMetrics().horizontalAdvance(_WIDEST_TITLE)
    label.setBuddy(buddy or field)
    form.addRow(label, field)
