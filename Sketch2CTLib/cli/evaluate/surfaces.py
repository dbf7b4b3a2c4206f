"""`sketch2ct evaluate surfaces`: what surfaces and tubes of real masks are like, and their ranges."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..options import CasesJson, FolderStructures
from ..terminal import progress_bar
from .shared import TABLE_WIDTH, names_of


def surfaces(
    data: Annotated[list[Path], typer.Option(help="Prepared folder; may be given several times.")],
    split: Annotated[str, typer.Option(help="Masks to measure: train or val.")] = "train",
    structures: FolderStructures = "",
    ranges: Annotated[Path | None, typer.Option(help="Write the ranges of these masks here.")] = None,
    json_file: CasesJson = None,
) -> None:
    """Roughness, spikes, flat cuts and crumbs of real masks, and along vessels how round and even they are.

    Example: sketch2ct evaluate surfaces --data prepared --ranges surface_ranges.json
    """
    import numpy as np

    from ...atomic import write_text
    from ...data.prepared import PreparedSet
    from ...evaluation.masks.surfaces import (
        SURFACE_COLUMNS,
        TUBE_COLUMNS,
        surface_range_statistics,
        surface_rows,
    )
    from ...evaluation.table import summarise

    folders = [PreparedSet(folder) for folder in data]
    with progress_bar("surfaces") as progress:
        rows = surface_rows(folders, split, names_of(structures), progress=progress)
    table = summarise(rows, np.random.default_rng(1), columns=(*SURFACE_COLUMNS, *TUBE_COLUMNS))
    print(table.to_text(title=f"real masks, {split} split", width=TABLE_WIDTH))
    if ranges is not None:
        write_text(ranges, json.dumps(surface_range_statistics(rows, split), indent=1) + "\n")
    if json_file is not None:
        write_text(json_file, json.dumps(table.to_dict() | {"split": split}, indent=1, allow_nan=False))
