"""A result as files that Slicer, ITK and NRRD readers open; all of them appear, or none."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .. import catalog
from ..errors import OutputError
from ..frames import VoxelGrid, write_nrrd
from .preview import render_preview
from .report import plain
from .values import Candidate, GenerationResult, Provenance

MASK_FILE = "mask.seg.nrrd"
VOLUME_FILE = "volume.nrrd"
REPORT_FILE = "report.json"
PREVIEW_FILE = "preview.png"
REPORT_FORMAT = "sketch2ct.report"
REPORT_VERSION = 1
NOTICE = "Synthetic data for research; not for diagnosis."
FREE_MB = 64.0
_HEADER_CHARACTERS = 2000
_TERMINOLOGY = "Segmentation category and type - 3D Slicer General Anatomy list"
_REGIONS = "Anatomic codes - DICOM master list"
_TYPOGRAPHY = str.maketrans("–—−×·‘’“”…\\", "---x.''\"\".-")


def write_result(
    result: GenerationResult, out_dir: str | os.PathLike[str], *, overwrite: bool = True
) -> dict[str, Path]:
    """Writes every file of a result and gives back their paths by name.

    The best candidate lies in the folder itself, the others in candidate_02, candidate_03, … Keys are file names,
    with their folder for the others ('candidate_02/mask.seg.nrrd'). Files that are not of this result stay untouched.

    Args:
        result: What was generated.
        out_dir: Folder, made if missing.
        overwrite: Whether files of the same name are replaced.

    Raises:
        OutputError: The folder cannot be written, the disk is full, or a file exists and overwrite is off. The folder
            is then as it was before.
    """
    out = Path(out_dir)
    try:
        with _staging(out) as stage:
            new, old = stage / "new", stage / "old"
            names = _write_all(result, new)
            _refuse_existing(out, names, overwrite)
            _move_all(new, out, old, names)
    except (OSError, OutputError) as error:
        reason = error.message if isinstance(error, OutputError) else (error.strerror or str(error))
        raise OutputError(
            f"The result cannot be written to '{out}' ({reason}).", hint="Check the folder's rights and free space."
        ) from error
    return {name: out / name for name in names}


def check_writable(out_dir: str | os.PathLike[str], *, free_mb: float = FREE_MB) -> None:
    """Makes sure, before a long run, that a folder can be written later; leaves nothing behind.

    Raises:
        OutputError: It is a file, cannot be written, or its disk has less than free_mb megabytes left.
    """
    out = Path(out_dir)
    try:
        with _staging(out) as stage:
            (stage / "probe").write_bytes(b"probe")
            free = shutil.disk_usage(stage).free / 1e6
    except OSError as error:
        raise OutputError(
            f"The output folder '{out}' cannot be written ({error.strerror or error}).",
            hint="Choose a folder that you may write to.",
        ) from error
    if free < free_mb:
        raise OutputError(f"'{out}' has {free:.0f} MB left, {free_mb:.0f} are needed.", hint="Free some space.")


def terminology_entry(structure: str) -> str:
    """Slicer's terminology string of a structure: contexts, category, type, modifier, region.

    Raises:
        UnknownStructure: The catalog has no such structure.
    """
    found = catalog.structure(structure)
    codes = [f"{c.scheme}^{c.value}^{c.meaning}" if c else "^^" for c in (found.code, found.side)]
    return "~".join([_TERMINOLOGY, "SCT^123037004^Anatomical Structure", *codes, _REGIONS, "^^", "^^"])


def header_text(text: str) -> str:
    """A text as one line of ASCII, as NRRD headers need it; typography becomes its plain form, the rest '?'."""
    simple = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHY))
    letters = "".join(c for c in simple if not unicodedata.combining(c))
    line = " ".join(letters.encode("ascii", "replace").decode("ascii").split())
    return "".join(c for c in line if c.isprintable())[:_HEADER_CHARACTERS]


def provenance_fields(provenance: Provenance, candidate: int = 1) -> dict[str, str]:
    """The header fields that every volume of a result carries; keys without colons, values of one ASCII line.

    The seed is the candidate's own where `settings["candidate_seeds"]` (best first) says it.
    """
    seeds = provenance.settings.get("candidate_seeds") or [provenance.seed]
    seed = seeds[candidate - 1] if candidate <= len(seeds) else provenance.seed
    models = {f"Sketch2CT_Model_{name}": digest for name, digest in sorted(provenance.models.items())}
    fields = {
        "Synthetic": "1",
        "Sketch2CT_Version": provenance.tool_version,
        "Sketch2CT_Preset": provenance.preset,
        **models,
        "Sketch2CT_Seed": str(seed),
        "Sketch2CT_Steps": str(provenance.steps),
        "Sketch2CT_Guidance": f"{provenance.guidance:g}",
        "Sketch2CT_Candidate": str(candidate),
        "Sketch2CT_Sketch": provenance.sketch_digest or "none",
        "Sketch2CT_Description": provenance.description or "none",
    }
    return {header_text(key).replace(":", "_").replace("=", "_"): header_text(text) for key, text in fields.items()}


def segmentation_fields(candidate: Candidate, provenance: dict[str, str]) -> dict[str, str]:
    """The fields that make a label map a Slicer segmentation of one segment; provenance goes into its tags too."""
    found = catalog.structure(candidate.mask.structure)
    depth, height, width = candidate.mask.grid.shape_kji
    tags = {"Segmentation.Status": "completed", "TerminologyEntry": terminology_entry(found.name)}
    # A node's attributes are not saved with a segmentation, a segment's tags are; '|' separates them.
    tags |= {key: text.replace("|", "/") for key, text in provenance.items()}
    return {
        "Segment0_ID": found.name,
        "Segment0_Name": found.title,
        "Segment0_NameAutoGenerated": "0",
        "Segment0_Color": " ".join(f"{c / 255:.6f}" for c in found.color_rgb),
        "Segment0_ColorAutoGenerated": "0",
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Segment0_Extent": f"0 {width - 1} 0 {height - 1} 0 {depth - 1}",
        "Segment0_Tags": "".join(f"{key}:{text}|" for key, text in tags.items()),
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
    }


def report_document(result: GenerationResult, index: int) -> dict[str, Any]:
    """What report.json of a candidate (0 = the best) holds: its report, provenance, grid and its siblings' verdicts."""
    candidate = result.candidates[index]
    siblings = [
        {"folder": _folder(i) or ".", "verdict": c.report.verdict, "met": c.report.met}
        for i, c in enumerate(result.candidates)
    ]
    document = {
        "format": REPORT_FORMAT,
        "version": REPORT_VERSION,
        "synthetic": True,
        "notice": NOTICE,
        **candidate.report.to_dict(),
        "grid": _grid_dict(candidate.mask.grid),
        "modality": candidate.image.modality if candidate.image else None,
        "files": _file_names(candidate),
        "candidate": index + 1,
        "candidates": siblings,
        "provenance": result.provenance.to_dict(),
    }
    return dict(plain(document))


def _grid_dict(grid: VoxelGrid) -> dict[str, Any]:
    return {
        "shape_kji": grid.shape_kji,
        "spacing_ijk_mm": grid.spacing_mm,
        "center_ras_mm": grid.center_ras,
        "ijk_to_ras": grid.ijk_to_ras,
    }


def _folder(index: int) -> str:
    return "" if index == 0 else f"candidate_{index + 1:02d}"


def _file_names(candidate: Candidate) -> list[str]:
    return [MASK_FILE, *([VOLUME_FILE] if candidate.image else []), REPORT_FILE, PREVIEW_FILE]


def _write_all(result: GenerationResult, new: Path) -> list[str]:
    """Writes every file below a folder; their names, relative to it."""
    names = []
    for index, candidate in enumerate(result.candidates):
        folder = new / _folder(index)
        folder.mkdir(parents=True)
        _write_candidate(result, index, folder)
        names += [str(Path(_folder(index)) / name) for name in _file_names(candidate)]
    return names


def _write_candidate(result: GenerationResult, index: int, folder: Path) -> None:
    candidate = result.candidates[index]
    fields = provenance_fields(result.provenance, index + 1)
    mask = candidate.mask
    write_nrrd(folder / MASK_FILE, mask.labels, mask.grid, {**segmentation_fields(candidate, fields), **fields})
    if candidate.image is not None:
        scan = candidate.image
        write_nrrd(folder / VOLUME_FILE, scan.values, scan.grid, {**fields, "Sketch2CT_Modality": scan.modality})
    text = json.dumps(report_document(result, index), indent=2, ensure_ascii=False, allow_nan=False)
    (folder / REPORT_FILE).write_text(text + "\n", encoding="utf-8")
    render_preview(candidate, result.sketch, folder / PREVIEW_FILE)
    readable = folder.stat().st_mode & 0o666  # temporary files are private; a folder has the user's own rights
    for name in _file_names(candidate):
        (folder / name).chmod(readable)


def _refuse_existing(out: Path, names: list[str], overwrite: bool) -> None:
    for name in names:
        target = out / name
        if target.is_dir():
            raise OutputError(f"'{target}' is a folder.")
        if target.exists() and not overwrite:
            raise OutputError(f"'{target}' exists already and shall not be overwritten.")


def _move_all(new: Path, out: Path, old: Path, names: list[str]) -> None:
    """Moves every file into place; if one cannot be, puts back what was there before."""
    moved: list[tuple[Path, Path | None]] = []
    made: list[Path] = []
    try:
        for number, name in enumerate(names):
            target = out / name
            if not target.parent.exists():
                target.parent.mkdir()
                made.append(target.parent)
            kept = old / str(number) if target.exists() else None
            if kept is not None:
                kept.parent.mkdir(exist_ok=True)
                os.replace(target, kept)
                moved.append((target, kept))
            os.replace(new / name, target)
            if kept is None:
                moved.append((target, None))
    except OSError:
        for target, kept in reversed(moved):
            if kept is not None:
                os.replace(kept, target)
            else:
                target.unlink(missing_ok=True)
        for folder in reversed(made):
            folder.rmdir()
        raise


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """A hidden folder inside the output folder, so that moving out of it is a rename; gone at the end.

    Folders on the way to it that did not exist are removed again if nothing came to lie in them.
    """
    missing = [folder for folder in (out, *out.parents) if not folder.exists()]
    stage = out / f".writing-{secrets.token_hex(4)}"
    try:
        stage.mkdir(parents=True)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        for folder in missing:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
