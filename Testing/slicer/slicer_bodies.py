"""Bodies without any symmetry, and result folders that hold them: what a generation leaves, without its seconds."""

import json
from pathlib import Path

import numpy as np

from Sketch2CTLib import catalog
from Sketch2CTLib.frames import PlaneFrame, VoxelGrid, write_nrrd
from Sketch2CTLib.sketch import Sketch, Stroke, silhouette

FIELDS = {
    "Synthetic": "1",
    "Sketch2CT_Version": "0.1.0",
    "Sketch2CT_Preset": "default",
    "Sketch2CT_Seed": "7",
    "Sketch2CT_Steps": "8",
    "Sketch2CT_Guidance": "sketch 1.5 numbers 1 words 1",
    "Sketch2CT_Model_mask_prior": "c2581edb",
    "Sketch2CT_Description": "About 1.5 litres, 20 cm wide; ratio 1:2",
    "Sketch2CT_Sketch": "048a2ddf",
    "Sketch2CT_Second_Sketch": "none",
}
# A wide part to the patient's right, an arm to the left, a foot downwards, a hump in front: no mirror image is alike.
_PARTS = (
    ((0.20, 0.0, 0.05), (0.20, 0.17, 0.18)),
    ((-0.14, 0.06, 0.12), (0.2, 0.08, 0.07)),
    ((0.26, -0.03, -0.2), (0.08, 0.09, 0.12)),
    ((0.1, 0.22, 0.0), (0.06, 0.08, 0.06)),
)
_OUTLINE = (
    (-88, 30),
    (-60, 62),
    (-10, 64),
    (30, 44),
    (96, 40),
    (104, 16),
    (40, 4),
    (4, -26),
    (-20, -66),
    (-60, -70),
    (-84, -30),
)


def body(grid: VoxelGrid, size_mm: float = 320.0) -> np.ndarray:
    """(D, H, W) bool: the body that lies around the origin of RAS space, on any grid."""
    kji = np.indices(grid.shape_kji).reshape(3, -1)
    ras = grid.to_ras(kji[::-1].T) / size_mm
    inside = np.zeros(len(ras), dtype=bool)
    for center, radii in _PARTS:
        inside |= (((ras - center) / radii) ** 2).sum(axis=1) < 1.0
    return inside.reshape(grid.shape_kji)


def scan(mask: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
    """(D, H, W) int16 HU: the body at 110 HU in fat, with a little noise."""
    noise = 0.0 if rng is None else rng.normal(0.0, 8.0, mask.shape)
    return np.rint(np.where(mask, 110.0, -60.0) + noise).astype(np.int16)


def oriented_grid(order, flips, shape_ijk=(24, 26, 28), spacing=(6.0, 5.5, 5.0), tilt=None) -> VoxelGrid:
    """A grid around the origin whose axes are RAS axes in any order and direction, turned where asked."""
    axes = np.eye(3)[:, list(order)] * np.where(flips, -1.0, 1.0)
    affine = np.eye(4)
    affine[:3, :3] = (np.eye(3) if tilt is None else tilt) @ axes * np.asarray(spacing)[list(order)]
    counts = np.asarray(shape_ijk)[list(order)]
    affine[:3, 3] = -affine[:3, :3] @ ((counts - 1) / 2) + (3.0, -2.0, 5.0)
    return VoxelGrid(tuple(int(n) for n in counts[::-1]), affine)


def turn(axis, degrees: float) -> np.ndarray:
    """(3, 3) rotation about an axis."""
    x, y, z = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def drawing(plane: PlaneFrame, structure: str = "liver", offset=(0.0, 0.0)) -> Sketch:
    """A liver's outline on a plane; no mirror image of it is alike."""
    return Sketch((Stroke(np.array(_OUTLINE, float) + offset, closed=True),), plane, structure)


def extruded(sketch: Sketch, grid: VoxelGrid, depth_mm: float = 60.0) -> np.ndarray:
    """(D, H, W) bool: the drawn silhouette, as deep as asked, where the drawing lies in space."""
    kji = np.indices(grid.shape_kji).reshape(3, -1)
    ras = grid.to_ras(kji[::-1].T)
    away = np.abs((ras - sketch.plane.center_ras) @ sketch.plane.plane_to_ras[:3, 2]) < depth_mm / 2
    return (away & inside_drawing(sketch, ras)).reshape(grid.shape_kji)


def inside_drawing(sketch: Sketch, ras: np.ndarray, pixels: int = 1024) -> np.ndarray:
    """(N,) bool: whether the feet of points on the paper lie in the drawn silhouette."""
    size = 2.0 * max(sketch.plane.size_mm)
    filled = silhouette(sketch, pixels, size_mm=size)
    u, v = sketch.plane.from_ras(ras).T
    column = np.floor((u / size + 0.5) * pixels).astype(int).clip(0, pixels - 1)
    row = np.floor((0.5 - v / size) * pixels).astype(int).clip(0, pixels - 1)
    return filled[row, column] > 0


def write_result(
    folder: Path, *, structure="liver", candidates=1, grid=None, masks=None, volume=True, noise=True
) -> Path:
    """A result folder: mask, scan, report and agreement of each candidate, with the headers that results have."""
    found = catalog.structure(structure)
    grid = grid or VoxelGrid.ras_cube((0.0, 0.0, 0.0), found.cube_mm, 48)
    masks = masks or [np.roll(body(grid, found.cube_mm), index, axis=0) for index in range(candidates)]
    for index, mask in enumerate(masks):
        here = folder / ("" if index == 0 else f"candidate_{index + 1:02d}")
        fields = {**FIELDS, "Sketch2CT_Candidate": str(index + 1)}
        write_nrrd(here / "mask.seg.nrrd", mask.astype(np.uint8), grid, {**_segment(found, grid), **fields})
        if volume:
            told = {**fields, "Sketch2CT_Modality": found.modality}
            write_nrrd(here / "volume.nrrd", scan(mask, np.random.default_rng(index) if noise else None), grid, told)
        report = {"format": "sketch2ct.report", "structure": structure, "candidate": index + 1}
        (here / "report.json").write_text(json.dumps(report), encoding="utf-8")
    if len(masks) > 1:
        percent = np.rint(100 * np.mean(masks, axis=0)).astype(np.uint8)
        write_nrrd(folder / "agreement.nrrd", percent, grid, {**FIELDS, "Sketch2CT_Candidate": "all"})
    return folder


def _segment(found, grid) -> dict[str, str]:
    depth, height, width = grid.shape_kji
    return {
        "Segment0_ID": found.name,
        "Segment0_Name": found.title,
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Segment0_Extent": f"0 {width - 1} 0 {height - 1} 0 {depth - 1}",
    }
