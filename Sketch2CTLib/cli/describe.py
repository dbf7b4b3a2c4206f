"""`sketch2ct describe`: a mask → its numbers and words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..description import GeometryDescription


def describe(
    mask: Annotated[Path, typer.Argument(help="Mask file: NRRD, NIfTI or anything SimpleITK reads.")],
    structure: Annotated[str, typer.Option(help="Structure that the mask shows, such as liver.")],
    label: Annotated[
        int | None, typer.Option(help="Value of the structure in the file; any but 0 if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the description as JSON.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the description to this JSON file.")] = None,
) -> None:
    """Measure a mask and say what it is like, in numbers and sentences.

    Example: sketch2ct describe liver.nii.gz --structure liver --out description.json
    """
    found = described(mask, structure, label)
    if out is not None:
        found.save(out)
    if as_json:
        print(found.to_json())
        return
    _show(found, str(mask))
    if out is not None:
        print(f"→ {out}")


def described(path: Path, structure: str, label: int | None) -> GeometryDescription:
    """The description of a mask file.

    Raises:
        InputError: The file cannot be read.
        MaskError: It is empty, or has no voxel of that label.
        UnknownStructure: The catalog has no such structure.
    """
    from .. import catalog
    from ..description import GeometryDescription, geometric_words, measure, sentences
    from ..errors import MaskError
    from ..frames import read_volume

    wanted = catalog.structure(structure)
    array, grid, _ = read_volume(path)
    body = array != 0 if label is None else array == label
    if label is not None and not body.any():
        import numpy as np

        present = ", ".join(f"{value:g}" for value in np.unique(array)[:20] if value) or "none"
        raise MaskError(f"'{path.name}' has no voxel of label {label}.", hint=f"Its labels are: {present}.")
    numbers = measure(body, grid, tubular=wanted.tubular)
    return GeometryDescription.checked(
        structure=wanted.name,
        numbers={name: float(f"{value:.5g}") for name, value in numbers.items()},
        words=geometric_words(wanted.name, numbers),
        text=" ".join(sentences(wanted.name, numbers)),
    )


def _show(found: GeometryDescription, title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    from .. import catalog
    from ..description import QUANTITIES

    table = Table(title=f"{catalog.structure(found.structure).title}: {title}")
    table.add_column("quantity")
    table.add_column("value", justify="right")
    table.add_column("unit")
    for quantity in QUANTITIES:
        if quantity.name in found.numbers:
            value = found.numbers[quantity.name]
            table.add_row(quantity.title, f"{value:.0f}" if quantity.whole else f"{value:.4g}", quantity.unit)
    console = Console()
    console.print(table)
    console.print(found.text, highlight=False, soft_wrap=True)
