"""The help buttons: one a step, each at a place that the tutorial has, as a page that a browser shows."""

import re
from pathlib import Path

import pytest
import slicer_model

slicer = slicer_model.install()
slicer_model.pythonqt_model.use_properties(__name__)

import qt  # noqa: E402
from PySide6.QtWidgets import QToolButton  # noqa: E402
from Sketch2CTUI.widgets import help as help_buttons  # noqa: E402

from Testing.tutorial_pages import FOLDER, TutorialPage  # noqa: E402


@pytest.fixture
def urls(monkeypatch):
    """What was opened in the browser."""
    found = []
    monkeypatch.setattr(qt.QDesktopServices, "openUrl", lambda url: found.append(url) or True)
    return found


def buttons(root):
    return {one.accessibleName: one for one in root.findChildren(QToolButton) if one.text == "?"}


def test_every_step_has_a_button_that_opens_its_place(opened, urls):
    widget, _controller, _backend = opened
    found = buttons(widget.parent)
    titles = ("Several organs", "Sketch", "Geometry", "Generate", "Results", "Setup")
    assert set(found) == {f"Help: {title}" for title in titles}
    for title in titles:
        found[f"Help: {title}"].click()
        assert urls[-1].fragment() == title.lower().replace(" ", "-")
        page = Path(urls[-1].toLocalFile())
        assert f'id="{urls[-1].fragment()}"' in page.read_text(encoding="utf-8"), title


@pytest.mark.parametrize("step", help_buttons.PLACES)
def test_the_place_is_on_the_page_as_github_shows_it_too(step):
    assert help_buttons.PLACES[step] in TutorialPage(f"{help_buttons.PAGE}.md").anchors


def test_pages_lead_to_each_other_and_show_their_pictures():
    folder = help_buttons.written_pages()
    names = {path.stem for path in FOLDER.glob("*.md")}
    assert {path.stem for path in folder.glob("*.html")} >= names
    for name in sorted(names):
        text = (folder / f"{name}.html").read_text(encoding="utf-8")
        places = re.findall(r'(?:src|href)="([^"]+)"', text)
        pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", TutorialPage(f"{name}.md").text)
        assert sum(place.endswith(".png") for place in places) == len(pictures), name
        for place in places:
            target, _, anchor = place.partition("#")
            if target.startswith("file:"):
                assert Path(qt.QUrl(target).toLocalFile()).exists(), (name, place)
            elif ":" not in target:
                page = (folder / (target or f"{name}.html")).read_text(encoding="utf-8")
                assert not anchor or f'id="{anchor}"' in page, (name, place)


def test_a_copy_without_the_tutorial_says_so(opened, urls, monkeypatch, tmp_path):
    monkeypatch.setattr(help_buttons, "resource_path", lambda *parts: tmp_path)
    told = []
    monkeypatch.setattr(qt.QToolTip, "showText", lambda place, text: told.append(text))
    buttons(opened[0].parent)["Help: Sketch"].click()
    assert not urls and "not installed" in told[0] and "repository" in told[0]
