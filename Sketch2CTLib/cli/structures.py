"""`sketch2ct structures`: which structures are known, and the codes of new ones in Slicer's terminology."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

structures = typer.Typer(invoke_without_command=True)


@structures.callback()
def _list(
    ctx: typer.Context,
    models: Annotated[Path | None, typer.Option(help="A model or prepared folder, whose own ones join.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the structures that can be described, prepared and trained; look up codes of new ones.

    Example: sketch2ct structures --models runs/pancreas/models
    """
    if ctx.invoked_subcommand is not None:
        return
    from .. import catalog, own_structures

    if models is not None:
        _read(models)
    rows = [
        {
            "name": one.name,
            "title": one.title,
            "cube_mm": one.cube_mm,
            "view": one.view,
            "modality": one.modality,
            "code": f"{one.code.scheme} {one.code.value} {one.code.meaning}",
            "side": one.side.meaning if one.side else "",
            "label": one.label,
            "own": own_structures.is_own(one.name),
        }
        for one in catalog.structures()
    ]
    _show(rows, as_json=as_json)


@structures.command("find")
def find(
    words: Annotated[str, typer.Argument(help="A name, or a part of one: pancreas, 'adrenal gland'.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look up names, codes and colours in Slicer's terminology, for `code` of a structure of your own.

    Example: sketch2ct structures find bladder
    """
    from ..errors import InputError
    from ..terminology import search

    found = search(words)
    if not found:
        raise InputError(
            f"Slicer's terminology has nothing like '{words[:60]}'.", hint="Try another or a shorter word."
        )
    rows = [
        {
            "name": one.code.meaning,
            "also": one.also,
            "code": f"{one.code.scheme} {one.code.value}",
            "sides": ", ".join(one.sides),
            "category": one.category.meaning,
            "color_rgb": list(one.color_rgb),
        }
        for one in found
    ]
    _show(rows, as_json=as_json)


def _read(folder: Path) -> None:
    from .. import own_structures
    from ..errors import InputError

    if not folder.exists():
        raise InputError(f"There is no '{folder}'.", hint="Give a folder that 'prepare' or 'train' wrote.")
    own_structures.read(folder)


def _show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0])
    for row in rows:
        table.add_row(*("yes" if value is True else "" if value is False else str(value) for value in row.values()))
    Console().print(table)
