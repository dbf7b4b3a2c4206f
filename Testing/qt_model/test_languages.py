"""The panel in German and French: all of it, nothing cut off at the usual width, no letter of a short cut twice."""

import json
import os
import subprocess
import sys

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

from Sketch2CTUI.widgets import language as languages  # noqa: E402

from Testing import translations  # noqa: E402

ROOT = slicer_model.pythonqt_model.ROOT
SCRIPT = ROOT / "Testing" / "qt_model" / "panel_in_language.py"
SAYS = {
    "de": {"Anwenden", "Leber", "Linke Niere", "Umriss", "Ausdehnung rechts–links", "Hilfe: Skizze", "&Struktur:"},
    "fr": {"Appliquer", "Foie", "Rein gauche", "Contour", "Étendue droite–gauche", "Aide\u00a0: Esquisse"},
}


@pytest.fixture(scope="module", params=["de-DE", "fr"])
def shown(request, tmp_path_factory):
    """(the language, what the script found)."""
    folder = tmp_path_factory.mktemp("panel")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(SCRIPT), request.param, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (folder / "panel.png").stat().st_size > 50_000
    return request.param[:2], json.loads((folder / "panel.json").read_text(encoding="utf-8"))


def test_the_panel_speaks_the_language_of_the_program(shown):
    language, found = shown
    assert SAYS[language] <= set(found["texts"])
    differ = {source for (_context, source), text in translations.read(language).items() if text != source}
    same = set(translations.read(language).values())
    english = sorted(set(found["texts"]) & (differ - same))
    assert not english, f"Left in English: {english}"


def test_nothing_is_cut_off_at_the_usual_width(shown):
    _language, found = shown
    assert found["width"] == 560 and not found["cut"]


def test_no_letter_leads_to_two_fields(shown):
    _language, found = shown
    assert len(found["mnemonics"]) >= 10 and len(set(found["mnemonics"])) == len(found["mnemonics"]), sorted(
        found["mnemonics"]
    )


@pytest.mark.parametrize(("name", "there"), [("de_DE", True), ("FR", True), ("es-419", False), ("", False)])
def test_a_language_is_found_as_slicer_names_it(name, there):
    try:
        assert languages.load(str(translations.FOLDER), name) is there
    finally:
        languages.unload()
