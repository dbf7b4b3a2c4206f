"""A result of several organs as files: one segmentation, one scan, one report, and a folder for each organ."""

from __future__ import annotations

import json
import os
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np

from ... import catalog
from ...frames import write_nrrd
from ..conversion import convert_result
from ..files import NOTICE, REPORT_VERSION, grid_record, scan_files, write_files_of
from ..headers import provenance_fields, segment_fields
from ..layouts.files import write_layout
from ..report.rows import plain
from ..result_folder import (
    LAYOUT_FILE,
    MASK_FILE,
    PREVIEW_FILE,
    REPORT_FILE,
    REPORT_FORMAT,
    VOLUME_FILE,
    replaced,
)
from .joining import names_of
from .picture import render_organs
from .run import OrgansResult, summary


def write_organs(
    result: OrgansResult,
    out_dir: str | os.PathLike[str],
    *,
    merge: bool = False,
    pictures: bool = True,
    format: str = "nrrd",
    pool: Executor | None = None,
) -> dict[str, Path]:
    """Writes every file of a result of several organs, or none; gives back their paths by name.

    The folder itself has the segmentation of all organs, the scan and the report with a section for each; below it
    stands a folder for each organ as `write_result` makes it, without a scan, which an edit may start from.

    Args:
        result: What was generated.
        out_dir: Folder, made if missing: new, empty or of a former result.
        merge: The folder may hold anything, and files of other names stay.
        pictures: Whether preview.png and each organ's report.png are drawn.
        format: Of masks and volume: nrrd, nifti or dicom (see `conversion`).
        pool: Draws the pictures of the organs (see `drawing_processes`); here, by default.

    Raises:
        OutputError: The folder cannot be written, holds other things, or the disk is full. The folder is then as it was
            before.
    """
    out = Path(out_dir)
    with replaced(out, merge=merge) as new:
        names = _write_all(result, new, pictures, pool)
        if format != "nrrd":
            names = convert_result(new, format)
    return {name: out / name for name in names}


def organs_document(result: OrgansResult, names: list[str]) -> dict[str, Any]:
    """What report.json holds: a section for each organ, what they gave each other, and the grid of the segmentation."""
    joint = result.joint
    sections = {one.best.mask.structure: one.best.report.to_dict() for one in result.results}
    given = [{"from": source, "to": to, "volume_ml": ml} for (source, to), ml in joint.given.items()]
    document = {
        "format": REPORT_FORMAT,
        "version": REPORT_VERSION,
        "kind": "organs",
        "synthetic": True,
        "notice": NOTICE,
        "verdict": summary(result),
        "organs": sections,
        "context": list(names_of(joint)),
        "overlaps_given": given,
        "notes": list(result.notes),
        "volume": None if result.scan_checks is None else result.scan_checks.to_dict(),
        "grid": grid_record(joint.grid),
        "modality": None if result.scan is None else result.scan.modality,
        "files": names,
        "provenance": {one.best.mask.structure: one.provenance.to_dict() for one in result.results},
    }
    return dict(plain(document))


def shared_fields(result: OrgansResult) -> dict[str, str]:
    """The header fields that tell where all organs come from."""
    fields = provenance_fields(result.results[0].provenance)
    shared = {key: text for key, text in fields.items() if key not in _OF_ONE}
    return shared | {"Sketch2CT_Organs": " ".join(result.structures)}


def _write_all(result: OrgansResult, new: Path, pictures: bool, pool: Executor | None) -> list[str]:
    names = []
    for one in result.results:
        folder = new / one.best.mask.structure
        folder.mkdir()
        names += [str(Path(folder.name) / name) for name in write_files_of(one, folder, pictures, pool)]
    joint = result.joint
    top = [MASK_FILE, *scan_files(result.scan), REPORT_FILE]
    top += [PREVIEW_FILE] if pictures else []
    shared = shared_fields(result)
    values = [*(catalog.structure(name).label for name in joint.asked)]
    segments: dict[str, str] = {}
    for number, (name, value) in enumerate(zip(joint.asked, values, strict=True)):
        own = provenance_fields(result.results[number].provenance)
        segments |= segment_fields(number, name, value, joint.grid, own)
    write_nrrd(new / MASK_FILE, joint.labels, joint.grid, {**segments, **shared})
    if result.scan is not None:
        scan = result.scan
        write_nrrd(
            new / VOLUME_FILE, scan.values.astype(np.int16), scan.grid, {**shared, "Sketch2CT_Modality": scan.modality}
        )
        if scan.layout is not None:
            write_layout(new / LAYOUT_FILE, scan.layout, shared)
    text = json.dumps(organs_document(result, [*top, *names]), indent=2, ensure_ascii=False, allow_nan=False)
    (new / REPORT_FILE).write_text(text + "\n", encoding="utf-8")
    if pictures:
        render_organs(result, new / PREVIEW_FILE)
    readable = new.stat().st_mode & 0o666
    for name in top:
        (new / name).chmod(readable)
    return [*top, *names]


_OF_ONE = frozenset(
    f"Sketch2CT_{name}" for name in ("Sketch", "Second_Sketch", "Third_Sketch", "Contours", "Description", "Candidate")
)
