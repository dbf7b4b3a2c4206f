"""A result as files that Slicer, ITK and NRRD readers open; all of them appear, or none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..frames import VoxelGrid, write_nrrd
from .candidates import candidate_score, next_contour
from .conversion import convert_result
from .headers import header_text, provenance_fields, segmentation_fields
from .layouts.files import write_layout
from .report.picture import render_report_picture
from .report.preview import render_preview
from .report.rows import plain
from .result_folder import (
    AGREEMENT_FILE,
    LAYOUT_FILE,
    MASK_FILE,
    PICTURE_FILE,
    PREVIEW_FILE,
    REPORT_FILE,
    REPORT_FORMAT,
    STATE_FILE,
    VOLUME_FILE,
    replaced,
)
from .results import Candidate, GenerationResult
from .state import Former, write_state
from .values import ImageVolume, Provenance
from .volumes.own_grid import ScannedMask

REPORT_VERSION = 1
NOTICE = "Synthetic data for research; not for diagnosis."


def write_result(
    result: GenerationResult,
    out_dir: str | os.PathLike[str],
    *,
    merge: bool = False,
    pictures: bool = True,
    format: str = "nrrd",
    pool: Executor | None = None,
) -> dict[str, Path]:
    """Writes every file of a result and gives back their paths by name.

    The best candidate lies in the folder itself, with its report as a picture; the others in candidate_02,
    candidate_03, … Keys are file names, with their folder for the others ('candidate_02/mask.seg.nrrd').
    `state.safetensors` lets an edit start from a candidate; `agreement.nrrd` (of two candidates or more) holds the
    percentage of them that hold each voxel; `layout.seg.nrrd`, on the cube, is what a volume was painted from. The mask
    and the volume of a `ScannedMask` lie on the mask's own grid where it has one. A former result in the folder is
    replaced whole; a user's own files beside it stay.

    Args:
        result: What was generated.
        out_dir: Folder, made if missing: new, empty or of a former result.
        merge: The folder may hold anything, and files of other names stay.
        pictures: Whether preview.png and report.png are drawn; a program that shows the result itself needs neither.
        format: Of mask and volume: nrrd, nifti or dicom (see `conversion`).
        pool: Draws the pictures while the files are written (see `drawing_processes`); here, by default.

    Raises:
        OutputError: The folder cannot be written, holds other things, or the disk is full. The folder is then as it was
            before.
    """
    out = Path(out_dir)
    with replaced(out, merge=merge) as new:
        names = write_files_of(result, new, pictures, pool)
        if format != "nrrd":
            names = convert_result(new, format)
    return {name: out / name for name in names}


def report_document(result: GenerationResult, index: int, pictures: bool = True) -> dict[str, Any]:
    """What report.json of a candidate (0 = the best) holds: its report, provenance, grid and its siblings' verdicts.

    `pictures` says whether any lie beside it.
    """
    candidate, agreement = result.candidates[index], result.agreement
    siblings = []
    for i, one in enumerate(result.candidates):
        sibling = {"folder": _folder(i) or ".", "verdict": one.report.verdict, "met": one.report.met}
        sibling["score"] = candidate_score(one.report)
        sibling["dice_with_others"] = agreement.dice[i] if agreement is not None else None
        siblings.append(sibling)
    document = {
        "format": REPORT_FORMAT,
        "version": REPORT_VERSION,
        "synthetic": True,
        "notice": NOTICE,
        **candidate.report.to_dict(),
        "grid": grid_record(_as_written(result, index).mask.grid),
        "checked_on": grid_record(candidate.mask.grid),
        "context": _context(result.provenance),
        "modality": candidate.image.modality if candidate.image else None,
        "files": _file_names(result, index, pictures),
        "candidate": index + 1,
        "candidates": siblings,
        "agreement": agreement.to_dict() if agreement is not None else None,
        "next_contour": next_contour(agreement, result.drawings),
        "provenance": result.provenance.to_dict(),
    }
    return dict(plain(document))


def grid_record(grid: VoxelGrid) -> dict[str, Any]:
    """A grid for a report, before it is made plain JSON."""
    return {
        "shape_kji": grid.shape_kji,
        "spacing_ijk_mm": grid.spacing_mm,
        "center_ras_mm": grid.center_ras,
        "ijk_to_ras": grid.ijk_to_ras,
    }


def _as_written(result: GenerationResult, index: int) -> Candidate:
    """The candidate on the grid of its files."""
    if result.finer:
        return result.finer[index]
    own = result.own if isinstance(result, ScannedMask) and index == 0 else None
    return own or result.candidates[index]


def _context(provenance: Provenance) -> list[str] | None:
    """The neighbours that the scan was made beside; None where no context was given."""
    context = provenance.settings.get("context")
    return None if context is None else list(context["structures"])


def _folder(index: int) -> str:
    return "" if index == 0 else f"candidate_{index + 1:02d}"


def _file_names(result: GenerationResult, index: int, pictures: bool) -> list[str]:
    names = [MASK_FILE, *scan_files(result.candidates[index].image), REPORT_FILE]
    names += [PREVIEW_FILE] if pictures else []
    names += [STATE_FILE] if Former.of(result, index) is not None else []
    names += [PICTURE_FILE] if index == 0 and pictures else []
    return names + ([AGREEMENT_FILE] if index == 0 and result.agreement is not None else [])


def scan_files(scan: ImageVolume | None) -> list[str]:
    """The files of a scan and of what it was painted from."""
    if scan is None:
        return []
    return [VOLUME_FILE] if scan.layout is None else [VOLUME_FILE, LAYOUT_FILE]


def write_files_of(result: GenerationResult, new: Path, pictures: bool, pool: Executor | None = None) -> list[str]:
    """Writes every file of a result into a folder that is new, for `replaced` to move; their names, relative to it."""
    names, drawn = [], list[AwaitedPicture]()
    for index in range(len(result.candidates)):
        folder = new / _folder(index)
        folder.mkdir(parents=True, exist_ok=True)
        if pictures:
            drawn += [AwaitedPicture(pool, *asked) for asked in _pictures(result, index, folder)]
        _write_candidate(result, index, folder, pictures)
    for picture in drawn:
        picture.finish()
    for index in range(len(result.candidates)):
        folder = new / _folder(index)
        here = _file_names(result, index, pictures)
        readable = folder.stat().st_mode & 0o666  # temporary files are private; a folder has the user's own rights
        for name in here:
            (folder / name).chmod(readable)
        names += [str(Path(_folder(index)) / name) for name in here]
    return names


class AwaitedPicture:
    """A picture that is drawn by a process of a pool, or here, at the latest when it is finished."""

    def __init__(self, pool: Executor | None, render: Callable[..., Any], *asked: Any) -> None:
        self._render, self._asked = render, asked
        self._future: Future[Any] | None = None
        with suppress(BrokenProcessPool):  # its processes were ended from outside
            self._future = None if pool is None else pool.submit(render, *asked)

    def finish(self) -> None:
        """Returns when it is in its file."""
        try:
            if self._future is not None:
                self._future.result()
                return
        except BrokenProcessPool:
            pass  # a process was ended from outside: the picture is drawn here
        self._render(*self._asked)


def _write_candidate(result: GenerationResult, index: int, folder: Path, pictures: bool) -> None:
    fields = provenance_fields(result.provenance, index + 1)
    names = _context(result.provenance)
    if names is not None:
        fields["Sketch2CT_Context"] = header_text(", ".join(names) or "none")
    written = _as_written(result, index)
    mask, scan = written.mask, written.image
    write_nrrd(folder / MASK_FILE, mask.labels, mask.grid, {**segmentation_fields(written, fields), **fields})
    if scan is not None:
        write_nrrd(folder / VOLUME_FILE, scan.values, scan.grid, {**fields, "Sketch2CT_Modality": scan.modality})
    painted = result.candidates[index].image
    if painted is not None and painted.layout is not None:
        write_layout(folder / LAYOUT_FILE, painted.layout, fields)
    if index == 0 and result.agreement is not None:
        _write_agreement(result, folder / AGREEMENT_FILE, fields)
    former = Former.of(result, index)
    if former is not None:
        write_state(former, folder / STATE_FILE)
    text = json.dumps(report_document(result, index, pictures), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / REPORT_FILE).write_text(text + "\n", encoding="utf-8")


def _pictures(result: GenerationResult, index: int, folder: Path) -> list[tuple[Any, ...]]:
    """What draws each picture of a candidate, and what it is asked for."""
    candidate = result.candidates[index]
    asked: list[tuple[Any, ...]] = [(render_preview, candidate, result.drawings, folder / PREVIEW_FILE)]
    if index == 0:
        report = partial(render_report_picture, agreement=result.agreement)
        asked.append((report, candidate, result.drawings, folder / PICTURE_FILE))
    return asked


def _write_agreement(result: GenerationResult, path: Path, fields: dict[str, str]) -> None:
    """Percent as whole numbers: a hundredth of the size of floats, and a colour table fits them."""
    if result.agreement is None:
        return
    percent = np.rint(result.agreement.share * 100.0).astype(np.uint8)
    told = {"Sketch2CT_Unit": "percent of candidates", "Sketch2CT_Candidates": str(len(result.candidates))}
    write_nrrd(path, percent, result.agreement.grid, {**fields, **told, "Sketch2CT_Candidate": "all"})
