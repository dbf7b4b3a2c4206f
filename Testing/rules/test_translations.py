"""German and French are whole: every text of the module is translated, with its placeholders, and compiled."""

import re

import pytest

from Testing import translations
from Testing.translations import FOLDER, LANGUAGES

PARTS = {
    "placeholders": r"\{[^{}]*\}",
    "tags": r"</?\w+[^>]*>",
    "letters of short cuts": r"&(?=\w)",
    "blanks at the ends": r"^ +| +$",
    "patterns of files": r"\(\*[^)]*\)",
}


@pytest.fixture(scope="module")
def texts():
    return translations.messages()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_nothing_else(language, texts):
    translated = translations.read(language)
    missing = [text for text in texts if not translated.get(text)]
    assert not missing, f"Sketch2CT_{language}.ts lacks {missing[:5]}: run 'make translations' and fill it."
    stale = sorted(set(translated) - set(texts))
    assert not stale, f"Sketch2CT_{language}.ts has texts that are gone: {stale[:5]}; run 'make translations'."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_what_is_no_language_stays_as_it_is(language, part):
    for (context, source), text in translations.read(language).items():
        found, expected = (sorted(re.findall(PARTS[part], one)) for one in (text, source))
        assert found == expected, f"{part} of '{source}' ({context})"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_says_what_the_source_says(language):
    core = pytest.importorskip("PySide6.QtCore")
    translator = core.QTranslator()
    assert translator.load(str(FOLDER / f"Sketch2CT_{language}.qm"))
    for (context, source), text in translations.read(language).items():
        said = translator.translate(context, source) or source  # what is the same in both is left out
        assert said == text, f"{context}: run 'make translations'."


def test_contexts_are_those_of_slicers_i18n():
    assert translations.context_of(translations.MODULE / "Sketch2CT.py") == "Sketch2CT"
    assert translations.context_of(translations.MODULE / "Sketch2CTUI" / "sketch" / "panel.py") == "sketch.panel"


def test_a_text_that_is_put_together_is_refused(tmp_path):
    (tmp_path / "wrong.py").write_text("_(f'{count} files')\n")
    with pytest.raises(ValueError, match=r"wrong\.py:1"):
        translations.marked_texts(tmp_path / "wrong.py")


def test_a_text_that_moved_keeps_its_translation(tmp_path, monkeypatch):
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    translations.write("de", {("old.place", "Apply"): "Anwenden", ("old.place", "Gone"): "Fort"})
    monkeypatch.setattr(translations, "messages", lambda: [("new.place", "Apply"), ("new.place", "New")])
    path, missing = translations.update("de")
    assert translations.read("de") == {("new.place", "Apply"): "Anwenden", ("new.place", "New"): ""}
    assert missing == 1 and 'type="unfinished"' in path.read_text(encoding="utf-8")
