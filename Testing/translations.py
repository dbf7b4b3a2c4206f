"""The translations of the module: `make translations` collects its texts and compiles what is translated.

    python Testing/translations.py

Writes `Sketch2CT/Resources/Translations/Sketch2CT_LANGUAGE.ts` anew: every text of `_()` calls and of the .ui file,
with the translation that it had, or an empty one for a translator to fill (with Qt Linguist, or any editor). Beside it
lies the .qm file that Qt reads, made by PySide6's lrelease. Contexts are those of `slicer.i18n`.
"""

import argparse
import ast
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

MODULE = ROOT / "Sketch2CT"
FOLDER = MODULE / "Resources" / "Translations"
LANGUAGES = {"de": "de_DE", "fr": "fr_FR"}
UI_FILE = MODULE / "Resources" / "UI" / "Sketch2CT.ui"
UNTRANSLATABLE = {"Sketch2CT"}
Message = tuple[str, str]  # context, source


def context_of(path: Path) -> str:
    """The context that `slicer.i18n.tr` looks texts of a file up in: 'sketch.panel'."""
    in_package = (path.parent / "__init__.py").is_file()
    return f"{path.parent.name}.{path.stem}" if in_package else path.stem


def marked_texts(path: Path) -> list[str]:
    """The texts of the `_()` calls of a Python file.

    Raises:
        ValueError: One is called with something else than a text.
    """
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            text = node.args[0] if len(node.args) == 1 else None
            if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
                raise ValueError(f"{path.name}:{node.lineno}: _() takes one text as it stands in the source.")
            found.append(text.value)
    return found


def ui_texts(path: Path) -> tuple[str, list[str]]:
    """The context of a .ui file, and its texts."""
    root = ElementTree.parse(path).getroot()
    return root.findtext("class") or "", [one.text or "" for one in root.iter("string") if one.get("notr") != "true"]


def messages() -> list[Message]:
    """Every text of the module with its context, each once, in the order of files and lines."""
    sys.path.insert(0, str(MODULE))
    try:
        from Sketch2CTUI.widgets import terms
    finally:
        sys.path.remove(str(MODULE))
    found = [(terms.CONTEXT, text) for text in terms.library_terms()]
    for path in sorted(MODULE.rglob("*.py")):
        found += [(context_of(path), text) for text in marked_texts(path)]
    context, texts = ui_texts(UI_FILE)
    found += [(context, text) for text in texts]
    return [one for one in dict.fromkeys(found) if re.search("[A-Za-z]", one[1]) and one[1] not in UNTRANSLATABLE]


def read(language: str) -> dict[Message, str]:
    """What a .ts file says: (context, source) → translation, '' where there is none."""
    path = FOLDER / f"Sketch2CT_{language}.ts"
    if not path.is_file():
        return {}
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            text = "" if translation is None or translation.get("type") == "unfinished" else translation.text or ""
            found[context.findtext("name") or "", message.findtext("source") or ""] = text
    return found


def write(language: str, translations: dict[Message, str]) -> Path:
    """Writes a .ts file; what has no translation is 'unfinished'."""
    root = ElementTree.Element("TS", version="2.1", language=LANGUAGES[language], sourcelanguage="en_US")
    contexts: dict[str, ElementTree.Element] = {}
    for (context, source), text in sorted(translations.items(), key=lambda one: one[0][0]):
        if context not in contexts:
            contexts[context] = ElementTree.SubElement(root, "context")
            ElementTree.SubElement(contexts[context], "name").text = context
        message = ElementTree.SubElement(contexts[context], "message")
        ElementTree.SubElement(message, "source").text = source
        translation = ElementTree.SubElement(message, "translation", {} if text else {"type": "unfinished"})
        translation.text = text
    ElementTree.indent(root, " ")
    path = FOLDER / f"Sketch2CT_{language}.ts"
    body = ElementTree.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', encoding="utf-8")
    return path


def update(language: str) -> tuple[Path, int]:
    """Brings a .ts file up to date; gives it back, and how many of its texts are not translated.

    A text that moved to another file keeps its translation.
    """
    before = read(language)
    anywhere = {source: text for (_context, source), text in before.items() if text}
    now = {one: before.get(one) or anywhere.get(one[1], "") for one in messages()}
    return write(language, now), sum(not text for text in now.values())


def compiled(path: Path) -> Path:
    """The .qm file of a .ts file, made anew.

    Raises:
        CalledProcessError: lrelease refuses the file.
    """
    import PySide6

    made = path.with_suffix(".qm")
    program = Path(PySide6.__file__).parent / "lrelease"
    subprocess.run([program, "-silent", "-removeidentical", path, "-qm", made], check=True)
    return made


def main() -> None:
    """Updates and compiles every language, and says what is left to translate."""
    argparse.ArgumentParser(description=__doc__.split("\n")[0]).parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        path, missing = update(language)
        made = compiled(path)
        sys.stdout.write(f"{path.name}: {len(read(language))} texts, {missing} not translated; {made.name}\n")


if __name__ == "__main__":
    main()
