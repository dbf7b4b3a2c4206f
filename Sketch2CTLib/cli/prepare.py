"""`sketch2ct prepare`: scans and labels → organ-centred cubes and a manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .options import RayAddress
from .terminal import progress_bar


def prepare(
    dataset: Annotated[Path, typer.Argument(help="Definition of the data set, a YAML file.")],
    out: Annotated[Path, typer.Option(help="Folder of the prepared cubes; several sets may share it.")],
    root: Annotated[Path | None, typer.Option(help="Folder of the scans, in place of the one in the YAML.")] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes, by Ray (extra 'synthesize') if several; 0: one a processor.")
    ] = 1,
    ray_address: RayAddress = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON summary.")] = False,
) -> None:
    """Turn a folder of scans and labels into organ-centred RAS cubes.

    Example: sketch2ct prepare Resources/Datasets/btcv_ct.yaml --root scans/btcv --out prepared
    """
    from rich.console import Console

    from ..data.prepare import prepare as run
    from ..data.spec import DatasetSpec
    from ..workers import Workers

    spec = DatasetSpec.load(dataset, root=root)
    with progress_bar(spec.name) as progress:
        summary = run(spec, out, workers=Workers(workers, ray_address), progress=progress)
    if as_json:
        print(json.dumps({"made": summary.made, "reused": summary.reused, "skipped": summary.skipped}))
        return
    console = Console(stderr=True)
    for entry in summary.skipped:
        console.print(f"skipped {entry['case']} {entry['structure']}: {entry['reason']}")
    print(f"{spec.name}: {summary.made} cubes made, {summary.reused} reused, {len(summary.skipped)} skipped → {out}")
