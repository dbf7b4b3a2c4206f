"""`sketch2ct synthesize`: data sets of synthetic cases, on Ray."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Device, RayAddress
from .terminal import progress_bar

if TYPE_CHECKING:
    from ..synthesis.driver import SetProgress

_TOLD_S = 30.0  # between two lines of progress where there is no terminal


def synthesize(
    out: Annotated[Path, typer.Option(help="Folder of the data set; the same again goes on.")],
    structure: Annotated[
        str, typer.Option(help="Of samples and masks: liver,spleen in turn, liver+spleen in one.")
    ] = "",
    count: Annotated[int | None, typer.Option(help="Samples; all rows or masks by default.")] = None,
    requests: Annotated[Path | None, typer.Option(help="Table of requests: CSV, JSONL or Parquet.")] = None,
    request: Annotated[Path | None, typer.Option(help="One request (JSON), in variations.")] = None,
    vary: Annotated[float, typer.Option(help="How far the numbers of --request are varied.")] = 0.1,
    masks: Annotated[Path | None, typer.Option(help="Folder of masks that get scans.")] = None,
    drawn: Annotated[bool, typer.Option(help="Draw a freehand sketch for each sampled request.")] = True,
    format: Annotated[str, typer.Option(help="nifti, nrrd, nnunet, monai or dicom.")] = "nifti",
    paint: Annotated[
        bool | None, typer.Option(help="Paint CTs from layouts, which are kept beside them; done where scans are made.")
    ] = None,
    full_hu: Annotated[
        bool, typer.Option("--full-hu", help="Air and bone of painted CTs with usual values beyond −125…275 HU.")
    ] = False,
    volume: Annotated[bool, typer.Option(help="Also make the CT or MRI volumes.")] = True,
    quality: Annotated[str, typer.Option(help="preview (8 steps), standard (25) or fine (50).")] = "standard",
    noise_strength: Annotated[float | None, typer.Option(help="0 the likeliest shape … 1 any that fits.")] = None,
    gate: Annotated[
        str, typer.Option(help="grade=met,iou=0.8,surface,scan,copies; or none.")
    ] = "grade=partly met,copies",
    attempts: Annotated[int, typer.Option(help="Drawings of a sample until the gate accepts one.")] = 3,
    seed: Annotated[int, typer.Option(help="Of the whole: the same gives the same files.")] = 1,
    workers: Annotated[int, typer.Option(help="Processes; by default as many as there is room for.")] = 0,
    threads: Annotated[int, typer.Option(help="Processor threads of a worker.")] = 1,
    gpus_per_worker: Annotated[float, typer.Option(help="Share of a GPU; by the free memory by default.")] = 0.0,
    ray_address: RayAddress = "",
    max_disk: Annotated[float, typer.Option(help="GB that the samples may take; 0 for any.")] = 0.0,
    preset: Annotated[str, typer.Option(help="Shipped preset; default by default.")] = "",
    models: Annotated[
        Path | None, typer.Option(help="Model folder, or a bundle, in place of the shipped preset.")
    ] = None,
    device: Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Make a data set: sampled requests, a table of them, one in variations, or masks that get scans.

    Each sample depends on the seed and its number alone. A run that was killed goes on where it was, with the same
    command. Requests that cannot be met are recorded in manifest.parquet with their line, and passed by.

    Example: sketch2ct synthesize --structure liver --count 1000 --format nnunet --out Dataset501_Liver

    Several organs in each scan: sketch2ct synthesize --structure liver+spleen+left_kidney --count 100 --out organs

    A table: sketch2ct synthesize --requests livers.csv --out livers

    Scans of masks: sketch2ct synthesize --masks segmentations --structure spleen --format dicom --out spleens
    """
    from ..generation.asking import steps_of
    from ..generation.model.device import torch_device
    from ..synthesis.driver import Cluster, gpu_share, run_plan
    from ..synthesis.gate import Gate
    from ..synthesis.given import given_by
    from ..synthesis.layout import layout_note
    from ..synthesis.making import Source
    from ..synthesis.manifest import write_summary
    from ..synthesis.plan import SetPlan
    from ..workers import require_ray

    require_ray("Data sets", "pyarrow")
    source = Source(models, preset, str(torch_device(device)))
    scans = volume or masks is not None
    hashes = source.load(volumes=scans).hashes()  # first: it may bring structures that are named
    given = given_by(requests, request, masks, structure, count)
    plan = SetPlan(
        given.source,
        given.count,
        given.structures,
        seed=seed,
        layout=format,
        with_volume=volume,
        steps=steps_of(quality),
        noise_strength=noise_strength,
        attempts=attempts,
        vary=vary,
        drawn=drawn,
        paint=scans if paint is None else paint,
        full_hu=full_hu,
        threads=threads,
        gate=Gate.parse(gate),
        models=hashes,
        inputs=given.digest,
    ).settled(out)
    note = layout_note(plan, out)
    if note:
        print(f"note: {note}", file=sys.stderr)
    cluster = Cluster(ray_address, workers, gpus_per_worker or gpu_share(source))
    with _shown() as show:
        try:
            progress = run_plan(plan, source, given.path, out, cluster, max_gb=max_disk, heard=show)
        finally:
            paths = write_summary(plan, out)
    _tell(progress, paths, as_json=as_json)


@contextmanager
def _shown() -> Iterator[Callable[[SetProgress], None]]:
    """Shows progress: a bar on a terminal, a line now and then elsewhere."""
    told = time.monotonic()
    with progress_bar("samples") as show:

        def heard(progress: SetProgress) -> None:
            nonlocal told
            show(progress.done, progress.count, _rate(progress))
            if not sys.stderr.isatty() and time.monotonic() - told > _TOLD_S:
                told = time.monotonic()
                print(f"{progress.done} of {progress.count}, {_rate(progress)}", file=sys.stderr, flush=True)

        yield heard


def _rate(progress: SetProgress) -> str:
    """'12 rejected, 340 an hour, 2 h 05 min left'."""
    parts = [f"{n} {name}" for name, n in sorted(progress.statuses.items()) if name != "accepted"]
    minutes = None if progress.left_s is None else round(progress.left_s / 60)
    left = "" if minutes is None else f"{minutes // 60} h {minutes % 60:02d} min left"
    return ", ".join([*parts, f"{progress.per_hour:.0f} an hour", *([left] if left else [])])


def _tell(progress: SetProgress, paths: dict[str, Path], *, as_json: bool) -> None:
    statuses = {name: progress.statuses[name] for name in ("accepted", "rejected", "failed")}
    told = {**statuses, "count": progress.count, "before": progress.before, "reasons": dict(progress.reasons)}
    told |= {"bytes": progress.bytes, "per_hour": round(progress.per_hour, 1)}
    if as_json:
        print(json.dumps(told))
        return
    print(f"{progress.done} of {progress.count} samples: {', '.join(f'{n} {name}' for name, n in statuses.items())}")
    for reason, number in progress.reasons.most_common():
        print(f"  rejected {number:>5}  {reason}")
    if progress.done > progress.before:
        print(f"  {progress.per_hour:.0f} an hour, {progress.bytes / 1e6:,.0f} MB in all")
    for name, path in paths.items():
        print(f"  {name:<20} {path}")
    print("SYNTHETIC, for research, not for diagnosis.")
