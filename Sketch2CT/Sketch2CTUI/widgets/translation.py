"""The panels' texts in the language of the program: `_("Apply")`, as Slicer's own modules mark them for lupdate."""

try:
    from slicer.i18n import tr as _
    from slicer.i18n import translate
except ImportError:  # outside Slicer the texts stay as they are

    def _(text: str) -> str:
        return text

    def translate(_context: str, text: str) -> str:
        return text


__all__ = ["_", "translate"]
