"""Options that several commands share, each with its help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TOKEN_VARIABLE = "SKETCH2CT_TOKEN"

Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")]
Data = Annotated[Path, typer.Option(help="Prepared folder (see 'sketch2ct prepare').")]
Models = Annotated[Path | None, typer.Option(help="Model folder; the shipped preset by default.")]
Preset = Annotated[str | None, typer.Option(help="Shipped preset; default by default.")]
RayAddress = Annotated[str, typer.Option(help="Of a Ray cluster; by default one is started here.")]
Split = Annotated[str, typer.Option(help="Cases to measure: train or val.")]
SharedStructures = Annotated[str, typer.Option(help="Comma-separated; all that model and folder share by default.")]
FolderStructures = Annotated[str, typer.Option(help="Comma-separated; all that the folder holds by default.")]
ScannedStructures = Annotated[str, typer.Option(help="Comma-separated; all that have scans by default.")]
HandDrawnFolder = Annotated[Path | None, typer.Option(help="Folder of stored hand-drawn sketches.")]
MaskSteps = Annotated[int, typer.Option(min=1, help="Denoising steps of a mask.")]
ImageSteps = Annotated[int, typer.Option(min=1, help="Denoising steps of a scan.")]
Workers = Annotated[int | None, typer.Option(help="Processes; one a core on a CPU, by default one on a GPU.")]
Plots = Annotated[Path | None, typer.Option(help="Folder for charts and pictures; real scans are shown.")]
TableJson = Annotated[Path | None, typer.Option("--json", help="Write the table as JSON.")]
CasesJson = Annotated[Path | None, typer.Option("--json", help="Write the table and every case as JSON.")]
TableCsv = Annotated[Path | None, typer.Option("--csv", help="Write the table as CSV.")]
