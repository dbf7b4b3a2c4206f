"""`sketch2ct prepare`: scans and labels → organ-centred cubes and a manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def prepare(
    dataset: Annotated[Path, typer.Argument(help="Definition of the data set, a YAML file.")],
    out: Annotated[Path, typer.Option(help="Folder of the prepared cubes; several sets may share it.")],
    root: Annotated[Path | None, typer.Option(help="Folder of the scans, in place of the one in the YAML.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON summary.")] = False,
) -> None:
    """Turn a folder of scans and labels into organ-centred RAS cubes.

    Example: sketch2ct prepare Resources/Datasets/btcv_ct.yaml --root scans/btcv --out prepared
    """
    from rich.console import Console
    from rich.progress import Progress

    from ..data.prepare import prepare as run
    from ..data.spec import DatasetSpec

    spec = DatasetSpec.load(dataset, root=root)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(spec.name)
        summary = run(
            spec, out, progress=lambda at, of, case: bar.update(task, completed=at, total=of, description=case)
        )
    if as_json:
        print(json.dumps({"made": summary.made, "reused": summary.reused, "skipped": summary.skipped}))
        return
    for entry in summary.skipped:
        console.print(f"skipped {entry['case']} {entry['structure']}: {entry['reason']}")
    print(f"{spec.name}: {summary.made} cubes made, {summary.reused} reused, {len(summary.skipped)} skipped → {out}")
