"""`sketch2ct parse`: a text → what is understood of it, as a table, JSON or a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from ..description import ParsedText

_FORMAT = "sketch2ct.parsed-text"
_VERSION = 1
_STYLES = {"number": "bold green", "word": "bold cyan", "unknown": "bold magenta"}
_TABLE_WIDTH = 140  # of --examples where the terminal does not say


def parse(
    ctx: typer.Context,
    text: Annotated[str | None, typer.Argument(help="The text, in quotes.")] = None,
    structure: Annotated[
        str | None, typer.Option(help="Structure that it describes, such as liver; needed to compare with the usual.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    png: Annotated[
        Path | None, typer.Option(help="Also a picture: the text marked, its numbers beside the usual range.")
    ] = None,
    examples: Annotated[bool, typer.Option("--examples", help="Show the table of phrasings, read now.")] = False,
) -> None:
    """Read a text and show what is understood of it: numbers with their tolerance, words, what is unread.

    Example: sketch2ct parse "about 1.4 litres, 18 cm across, smooth" --structure liver

    Example: sketch2ct parse --examples
    """
    from ..errors import InputError
    from .usage import PARSE, PARSE_FLAGS, given_options, tell_void

    tell_void(given_options(ctx), PARSE, PARSE_FLAGS)
    if examples:
        _show_examples(as_json=as_json)
        return
    if text is None:
        raise InputError("No text was given.", hint='Write it in quotes, such as "about 1.4 litres", or --examples.')
    from .. import catalog
    from ..description import parse_text

    known = catalog.structure(structure).name if structure is not None else None
    read = parse_text(text, known)
    if png is not None:
        from ..atomic import written_beside
        from ..description.text.text_picture import text_picture

        with written_beside(png) as beside:
            beside.write_bytes(text_picture(text, read, known))
    if as_json:
        print(json.dumps(_record(text, known, read), indent=2, ensure_ascii=False))
        return
    _show(text, known, read)
    if png is not None:
        print(f"→ {png}")


def _record(text: str, structure: str | None, read: ParsedText) -> dict[str, Any]:
    from dataclasses import asdict

    usual = {name: _usual(structure, name, value) for name, value in read.numbers.items()}
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "text": text,
        "structure": structure,
        **asdict(read),
        "usual": {name: one for name, one in usual.items() if one is not None},
    }


def _usual(structure: str | None, name: str, value: float) -> dict[str, Any] | None:
    """The usual range of a number and whether the value lies in it."""
    from ..training_ranges import training_range

    reference = training_range(structure, name) if structure is not None else None
    if reference is None:
        return None
    return {"median": reference.median, "low": reference.low, "high": reference.high, "inside": reference.holds(value)}


def _show(text: str, structure: str | None, read: ParsedText) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    console.print(_marked(text, read))
    console.print()
    table = Table(title="Understood" if read.understood else "Nothing was understood")
    for column in ("in the text", "understood as", "usual range"):
        table.add_column(column)
    for piece in read.understood:
        usual = _usual(structure, piece.name, piece.value) if isinstance(piece.value, float) else None
        table.add_row(Text(text[piece.start : piece.end]), Text(piece.reading), Text(_range(usual)))
    if read.understood:
        console.print(table)
    for unread in read.unread:
        console.print(Text.assemble(("not understood: ", "bold red"), unread))
    for note in read.notes:
        console.print(Text.assemble(("note: ", "bold yellow"), note))


def _range(usual: dict[str, Any] | None) -> str:
    if usual is None:
        return ""
    said = f"{usual['low']:.4g} – {usual['high']:.4g}"
    return said if usual["inside"] else f"{said}  (!) outside"


def _marked(text: str, read: ParsedText) -> Text:
    """The text with what is understood underlined and coloured by kind."""
    from rich.text import Text

    marked = Text(text)
    for piece in read.understood:
        marked.stylize(f"underline {_STYLES[piece.kind]}", piece.start, piece.end)
    for start, end in read.unread_at:
        marked.stylize("red reverse", start, end)
    return marked


def _show_examples(*, as_json: bool) -> None:
    from ..description.text.phrasings import load_phrasings, understood_as

    rows = [(one, understood_as(one.text, one.structure)) for one in load_phrasings()]
    if as_json:
        listed = [
            {"text": one.text, "structure": one.structure, "adversarial": one.adversarial, "understood": understood}
            for one, understood in rows
        ]
        print(json.dumps({"format": "sketch2ct.phrasings", "phrasings": listed}, indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    wide: Console = console if console.is_terminal else Console(width=_TABLE_WIDTH)
    table = Table(
        title=f"{len(rows)} phrasings, {sum(one.adversarial for one, _ in rows)} of them traps", show_lines=True
    )
    for column in ("text", "structure", "trap", "understood as"):
        table.add_column(column)
    for one, understood in rows:
        trap = "trap" if one.adversarial else ""
        table.add_row(Text(one.text), one.structure or "–", trap, Text(_told(understood)))
    wide.print(table)


def _told(understood: dict[str, Any]) -> str:
    """`Phrasing.expect` in lines for people."""
    from ..description.quantities import quantity
    from ..description.text.statements import number_reading, unknown_reading, word_reading

    if "error" in understood:
        return f"refused: {understood['error']}"
    lines = [
        number_reading(name, value, tolerance, relative=quantity(name).log)
        for name, (value, tolerance) in understood.get("numbers", {}).items()
    ]
    lines += [word_reading(name, value) for name, value in understood.get("words", {}).items()]
    lines += [unknown_reading(name) for name in understood.get("unknown", [])]
    lines += [f"not understood: {piece}" for piece in understood.get("unread", [])]
    return "\n".join(lines)
