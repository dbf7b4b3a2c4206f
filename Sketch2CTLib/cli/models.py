"""`sketch2ct models`: which weights are there, what they know, and whether they are whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def models(
    folder: Annotated[Path | None, typer.Option(help="Folder of model folders; the shipped ones by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List model folders and verify every weight file's SHA-256; exit 2 if one is damaged.

    Example: sketch2ct models
    """
    from rich.console import Console
    from rich.table import Table

    from ..errors import WeightsError
    from ..resources import resource_path
    from ..weights import find_models

    root = folder or resource_path("Models")
    rows: list[dict[str, Any]] = []
    for model in find_models(root):
        index = model.index()
        for name, entry in sorted(index["components"].items()):
            rows.append(
                {"model": model.folder.name, "preset": index["preset"], "component": name} | _state(model, entry)
            )
    if not rows:
        raise WeightsError(f"There are no models in '{root}'.", hint="Train some with 'sketch2ct train'.")
    if as_json:
        print(json.dumps(rows))
    else:
        table = Table("model", "component", "MB", "steps", "trained on", "state")
        for row in rows:
            table.add_row(*(str(row[k]) for k in ("model", "component", "megabytes", "steps", "structures", "state")))
        Console().print(table)
    damaged = [f"{row['model']}/{row['component']}: {row['state']}" for row in rows if row["state"] != "whole"]
    if damaged:
        raise WeightsError(f"Damaged weights: {'; '.join(damaged)}.", hint="Fetch or train them again.")


def _state(model: Any, entry: dict[str, Any]) -> dict[str, Any]:
    from ..weights.store import sha256_of

    path = model.folder / entry["file"]
    whole = "missing" if not path.is_file() else "whole" if sha256_of(path) == entry["sha256"] else "damaged"
    size = round(path.stat().st_size / 1e6, 1) if path.is_file() else 0.0
    provenance = entry["provenance"]
    data = provenance.get("data")  # of a component that was not trained a sentence, or nothing
    structures = ", ".join(data.get("copies", {})) if isinstance(data, dict) else ""
    return {"megabytes": size, "steps": provenance.get("steps"), "structures": structures, "state": whole}
