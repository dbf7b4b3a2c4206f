"""Small buttons with a question mark that open the tutorial at the step where they stand.

The tutorial is written in Markdown, which browsers do not show: all its pages are turned into HTML by Qt when one is
asked for, in a temporary folder.
"""

from __future__ import annotations

import html
import re
import tempfile
from functools import cache
from pathlib import Path

import qt

from Sketch2CTLib.errors import OutputError, Sketch2CTError
from Sketch2CTLib.resources import resource_path

from .events import slot
from .translation import _

PAGE = "panel"
PLACES = {  # of a step's help: the anchor of its heading on the page
    "organs": "several-organs",
    "sketch": "sketch",
    "geometry": "geometry",
    "generate": "generate",
    "results": "results",
    "setup": "setup",
}
_LOOK = (
    "<style>body { max-width: 50em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 sans-serif; } "
    "img { max-width: 100%; } td, th { padding: 2px 10px; text-align: left; }</style></head><body>"
)


def help_button(step: str):
    """The button of a step.

    Args:
        step: A key of PLACES.
    """
    title = _titles()[step]
    button = qt.QToolButton()
    button.text = "?"
    button.accessibleName = _("Help: {step}").format(step=title)
    button.toolTip = _("Open the tutorial at '{step}' in the browser.").format(step=title)
    button.connect("clicked()", slot(lambda: open_tutorial(PLACES[step]), _tell))
    return button


def _tell(error: Sketch2CTError) -> None:
    """A fault stands beside the pointer: a step's help has no line of its own."""
    qt.QToolTip.showText(qt.QCursor.pos(), str(error))


def open_tutorial(place: str) -> None:
    """Shows the page of the panel in the browser, at the heading of that anchor.

    Raises:
        Sketch2CTError: It is not installed, or nothing can be written, or there is no browser.
    """
    url = qt.QUrl.fromLocalFile(str(written_pages() / f"{PAGE}.html"))
    url.setFragment(place)
    if not qt.QDesktopServices.openUrl(url):
        raise OutputError(
            _("The tutorial could not be opened."),
            hint=_("Open {file} in a browser.").format(file=url.toLocalFile()),
        )


def written_pages() -> Path:
    """The folder in which all pages of the tutorial lie as HTML; they are written anew.

    Raises:
        Sketch2CTError: The tutorial is not installed, or the temporary folder cannot be written.
    """
    folder = resource_path("Tutorial")
    pages = sorted(folder.glob("*.md"))
    if not pages:
        raise OutputError(
            _("The tutorial is not installed with this copy of Sketch2CT."),
            hint=_("It is in the repository, in Resources/Tutorial."),
        )
    try:
        made = Path(_folder().name)
        for page in pages:
            (made / f"{page.stem}.html").write_text(page_html(page), encoding="utf-8")
    except OSError as error:
        raise OutputError(_("The tutorial could not be written: {reason}.").format(reason=error)) from error
    return made


@cache
def _folder() -> tempfile.TemporaryDirectory:
    """A folder of this session's own: on a server others have theirs. It goes with the session."""
    return tempfile.TemporaryDirectory(prefix="sketch2ct-tutorial-")


def page_html(page: Path) -> str:
    """A Markdown page as HTML: headings have anchors as on GitHub, pictures are found, pages lead to each other."""
    editor = qt.QTextEdit()
    editor.markdown = page.read_text(encoding="utf-8")
    text = re.sub(r"</head><body[^>]*>", _LOOK, str(editor.html), count=1)
    text = re.sub(r"<h([1-6])[^>]*>(.*?)</h\1>", _with_anchor, text, flags=re.DOTALL)
    text = re.sub(r'<img src="(?!\w+:)([^"]+)"', lambda found: f'<img src="{_url(page.parent / found[1])}"', text)
    text = re.sub(r'href="(\w+)\.md', r'href="\1.html', text)
    return re.sub(r'href="(?!\w+:|#|\w+\.html)([^"]+)"', lambda found: f'href="{_url(page.parent / found[1])}"', text)


def anchor_of(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _with_anchor(found: re.Match[str]) -> str:
    title = re.sub(r"<[^>]*>", "", found[2])
    return f'<h{found[1]} id="{anchor_of(html.unescape(title))}">{title}</h{found[1]}>'


def _url(path: Path) -> str:
    return html.escape(path.resolve().as_uri())


def _titles() -> dict[str, str]:
    return {
        "organs": _("Several organs"),
        "sketch": _("Sketch"),
        "geometry": _("Geometry"),
        "generate": _("Generate"),
        "results": _("Results"),
        "setup": _("Setup"),
    }
