"""`sketch2ct models`: which weights are there, what they know, and whether they are whole; bundles of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

models = typer.Typer(invoke_without_command=True)


@models.callback()
def _list(
    ctx: typer.Context,
    folder: Annotated[Path | None, typer.Option(help="Folder of model folders; the shipped ones by default.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List model folders and verify every weight file's SHA-256; exit 2 if one is damaged. Export and import bundles.

    Example: sketch2ct models
    """
    if ctx.invoked_subcommand is None:
        _show_models(folder, as_json=as_json)


@models.command("export")
def export_model(
    model: Annotated[str, typer.Argument(help="Name of a shipped model, or a model folder.")],
    out: Annotated[Path, typer.Option(help="The bundle: one ZIP file.")],
    name: Annotated[str, typer.Option(help="Of the model; its folder's by default.")] = "",
    author: Annotated[str, typer.Option(help="For the metadata.")] = "",
    key: Annotated[Path | None, typer.Option(help="PEM file of an Ed25519 key that signs it.")] = None,
) -> None:
    """Pack a model as one file: weights, card, catalog entries, ranges and hashes, with MONAI's bundle metadata.

    Example: sketch2ct models export runs/pancreas/models --name pancreas --out pancreas.zip
    """
    from ..bundles import pack
    from ..resources import resource_path

    shipped = resource_path("Models", model) if Path(model).name == model else Path(model)
    path = pack(shipped if shipped.is_dir() else Path(model), out, name=name, author=author, key=key)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


@models.command("import")
def import_model(
    bundle: Annotated[Path, typer.Argument(help="The file that 'export' wrote.")],
    into: Annotated[Path, typer.Option(help="Folder that gets the model's own.")] = Path(),
    trust: Annotated[Path | None, typer.Option(help="PEM file of the public key that must have signed it.")] = None,
) -> None:
    """Unpack a bundle once every hash, name and version in it is as it should be; nothing is ever unpickled.

    Example: sketch2ct models import pancreas.zip --into models
    """
    from ..bundles import unpacked_beside
    from ..errors import OutputError
    from ..generation.model.loaded import require_loadable

    with unpacked_beside(bundle, into, trusted=trust) as made:
        require_loadable(made.folder)
        target = into / made.name
        if target.exists():
            raise OutputError(f"There is '{target}' already.", hint="Remove it first, or choose another --into.")
        made.folder.rename(target)
    signed = {"": "not signed", "unchecked": "signed, which could not be checked (extra 'bundle')"}
    print(f"{target}: {signed.get(made.signed_by, f'signed by {made.signed_by}')}; use it with --models {target}")


@models.command("compact")
def compact_model(
    model: Annotated[Path, typer.Argument(help="A model folder.")],
    component: Annotated[str, typer.Argument(help="Which weights: mask_diffusion, …")],
) -> None:
    """Store weights in 8 bits, half of their size: a byte a number, and the step of each output channel.

    Example: sketch2ct models compact runs/all/models mask_diffusion
    """
    from ..weights import ModelFolder

    folder = ModelFolder(model)
    before = (folder.folder / folder.component(component)["file"]).stat().st_size
    path = folder.compact(component)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {before / 1e6:.1f} before")


def _show_models(folder: Path | None, *, as_json: bool) -> None:
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
