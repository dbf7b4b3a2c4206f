"""A result's folder as the service writes it, of an ellipsoid: for tests that do not wait for networks."""

import json
import shutil
from pathlib import Path

import numpy as np

from Sketch2CTLib import catalog
from Sketch2CTLib.frames import VoxelGrid
from Sketch2CTLib.frames.nrrdio import write_nrrd
from Sketch2CTLib.service.protocol.events import CandidateSummary, Result

VOXELS = 48
NEXT = {"view": "sagittal", "position_mm": 31.5, "open_cm2": 20.0, "sentence": "A sagittal contour would help most."}


def event(folder, *, candidates=1, structure="liver", voxels=VOXELS, with_volume=True):
    """Writes a result; the event that tells of it."""
    folder, summaries = Path(folder), []
    for number in range(candidates):
        name = "." if number == 0 else f"candidate_{number + 1:02d}"
        write_candidate(folder / name, structure, number, voxels=voxels, with_volume=with_volume)
        summaries.append(CandidateSummary(folder=name, verdict="Met: both numbers.", met=2, score=0.97 - number / 10))
    if candidates > 1:
        grid = _grid(structure, voxels)
        percent = (100 * _body(grid, 1.0)).astype(np.uint8)
        write_nrrd(folder / "agreement.nrrd", percent, grid, {"Synthetic": "1"})
    agreement = {"common_ml": 900.0, "union_ml": 1500.0, "pairwise_dice": 0.9} if candidates > 1 else None
    return Result(
        id="r", job="r", files=(), folder=str(folder), candidates=tuple(summaries), report=report(structure),
        agreement=agreement, next_contour=NEXT if candidates > 1 else None, seconds=3.2,
        notes=("The outline was closed.",),
    )  # fmt: skip


def organs_event(folder, structures=("liver", "spleen"), *, with_volume=True):
    """Writes a result of several organs side by side along R; the event that tells of it."""
    folder, summaries, sections = Path(folder), [], {}
    grid = VoxelGrid((VOXELS, VOXELS, 3 * VOXELS), np.diag([4.0, 4.0, 4.0, 1.0]))
    labels, fields = np.zeros(grid.shape_kji, np.uint8), {"Synthetic": "1", "Sketch2CT_Organs": " ".join(structures)}
    for number, name in enumerate(structures):
        write_candidate(folder / name, name, number, with_volume=False)
        sections[name] = report(name)
        (folder / name / "report.json").write_text(json.dumps(sections[name]), encoding="utf-8")
        j, i = 10, 10 + 30 * number
        labels[8 : 20 + number, j : j + 12, i : i + 14] = catalog.structure(name).label
        summaries.append(CandidateSummary(folder=name, verdict="Met: both numbers.", met=1, score=0.9))
    write_nrrd(folder / "mask.seg.nrrd", labels, grid, fields)
    if with_volume:
        told = {"Synthetic": "1", "Sketch2CT_Modality": "CT"}
        write_nrrd(folder / "volume.nrrd", np.where(labels > 0, 60, -100).astype(np.int16), grid, told)
    document = {"kind": "organs", "organs": sections, "verdict": f"All {len(structures)} organs met."}
    (folder / "report.json").write_text(json.dumps(document), encoding="utf-8")
    notes = ("1% of the spleen lies beyond the cube.",)
    return Result(
        id="r", job="r", files=(), folder=str(folder), candidates=tuple(summaries), report=document, notes=notes
    )


def write_candidate(folder, structure, number, *, voxels=VOXELS, with_volume=True):
    """mask.seg.nrrd, volume.nrrd and report.json of one candidate, each a little smaller than the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    grid, found = _grid(structure, voxels), catalog.structure(structure)
    body = _body(grid, 1.0 - number / 10)
    told = {"Synthetic": "1", "Sketch2CT_Seed": str(number + 1), "Sketch2CT_Preset": "default"}
    end = voxels - 1
    fields = told | {
        "Segment0_ID": structure,
        "Segment0_Name": found.title,
        "Segment0_Color": " ".join(f"{value / 255:.6f}" for value in found.color_rgb),
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Segment0_Extent": f"0 {end} 0 {end} 0 {end}",
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_MasterRepresentation": "Binary labelmap",
    }
    write_nrrd(folder / "mask.seg.nrrd", body.astype(np.uint8), grid, fields)
    if with_volume:
        scan = np.where(body, 60, -100).astype(np.int16)
        write_nrrd(folder / "volume.nrrd", scan, grid, told | {"Sketch2CT_Modality": found.modality})
    (folder / "report.json").write_text(json.dumps(report(structure)), encoding="utf-8")


def report(structure):
    """A report with one number that was met."""
    volume = {
        "asked": 1400.0,
        "measured": 1390.0,
        "tolerance": 70.0,
        "within_tolerance": True,
        "relative_error": -0.007,
    }
    return {
        "structure": structure,
        "verdict": "Met: the number that was asked.",
        "met": 1,
        "numbers": {"volume_ml": volume},
        "sketch": {"view": "axial", "iou": 0.97, "contour_distance_mm": 1.2, "followed": True},
        "measured": {"volume_ml": 1390.0, "extent_rl_mm": 205.0},
    }


def copy(source, folder):
    """What fetching does."""
    shutil.copytree(source, folder, dirs_exist_ok=True)


def _grid(structure, voxels):
    return VoxelGrid.ras_cube((0.0, 0.0, 0.0), catalog.structure(structure).cube_mm, voxels)


def _body(grid, share):
    middle = (np.array(grid.shape_kji) - 1) / 2
    radii = np.array([0.27, 0.24, 0.33]) * grid.shape_kji[0] * share
    offsets = np.moveaxis(np.indices(grid.shape_kji), 0, -1) - middle
    return ((offsets / radii) ** 2).sum(axis=-1) <= 1
