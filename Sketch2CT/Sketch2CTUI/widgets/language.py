"""The translations that came with the module, given to Qt.

Slicer loads those in its own folder alone, where language packs lie. It names its languages de, de-DE, fr_FR …
"""

from __future__ import annotations

from pathlib import Path

import qt

_LOADED: list = []  # Qt keeps no reference to a translator


def load(folder: str, language: str) -> bool:
    """Has Qt translate the module's texts; whether there is a translation for that language.

    To be called before the panels are imported: their constants are translated when they are made.

    Args:
        folder: With files such as Sketch2CT_de.qm.
        language: As Slicer's settings name it.
    """
    unload()
    file = Path(folder) / f"Sketch2CT_{language.replace('_', '-').split('-')[0].lower()}.qm"
    translator = qt.QTranslator()
    if not file.is_file() or not translator.load(str(file)):
        return False
    _LOADED.append(translator)
    return bool(qt.QApplication.installTranslator(translator))


def unload() -> None:
    """Texts that are asked for from now on are English again, or a language pack's."""
    while _LOADED:
        qt.QApplication.removeTranslator(_LOADED.pop())
