"""What the pictures of a result are put together from: the page, shaded views, the sketch over its silhouette."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ... import catalog
from ...atomic import written_beside
from ...frames import VIEWS, View, VoxelGrid, project
from ..values import ImageVolume, MaskVolume
from .agreement import DrawingMatch, picture_spacing_mm
from .close_up import close_up

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ...sketch import Sketch

DPI = 100
INK = "#20242a"
FAINT = "#7a828c"
WARNING = "#b3261e"
GOOD = "#1b7a3d"
MET, MISSED = "✓", "✗"
CONTOUR = "#ffd23f"
CT_WINDOW_HU = (-125.0, 275.0)
_LIGHT_UVN = np.array([-0.40, 0.55, 0.73])  # from the upper left, towards the paper
_PAPER_PIXELS = 768
_COMPRESS = 3  # of PNG: a tenth larger than the usual 6, in half of the time
_MARGIN = 7  # voxels: the reach of the smoothing, and one for the gradient
_FULL_INCHES, _SMALLEST_SCALE, _TITLE_SCALE = 2.8, 0.65, 0.8


def new_page(size_inches: tuple[float, float]) -> Figure:
    """A white figure on an Agg canvas, without pyplot's state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size_inches, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save_page(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Writes a figure as a PNG, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    with written_beside(path) as beside:
        figure.savefig(beside, format="png", dpi=DPI, pil_kwargs={"compress_level": _COMPRESS})


def size_inches(axes: Axes) -> tuple[float, float]:
    """Width and height of axes on their page."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = axes.get_position().size * figure.get_size_inches()
    return float(width), float(height)


def panel(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place given in inches."""
    across, up = figure.get_size_inches()
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def shaded_view(mask: MaskVolume, plane: View) -> NDArray[np.float32]:
    """The mask's surface as the view's observer sees it: (rows, columns, 4) RGBA 0–1, transparent beside the mask."""
    from scipy import ndimage

    body = mask.body
    towards_high = bool(plane.normal_ras[plane.axis_ras] > 0)
    along = np.moveaxis(body, plane.axis_kji, 0)
    first = np.argmax(along[::-1] if towards_high else along, axis=0)
    hit = along.shape[0] - 1 - first if towards_high else first
    rows, columns = np.indices(hit.shape)
    around = _around(body)
    field = ndimage.gaussian_filter(body[around].astype(np.float32), 1.2)
    normals = np.zeros((3, *body.shape), dtype=np.float32)
    normals[(slice(None), *around)] = np.gradient(field, *mask.grid.spacing_mm[::-1].tolist())
    outward_ras = np.stack(
        [-np.moveaxis(normals[2 - axis], plane.axis_kji, 0)[hit, rows, columns] for axis in range(3)], axis=-1
    )
    outward_ras /= np.maximum(np.linalg.norm(outward_ras, axis=-1, keepdims=True), 1e-9)
    outward_uvn = outward_ras @ np.stack([plane.u_ras, plane.v_ras, plane.normal_ras], axis=1)
    light = 0.45 + 0.58 * np.clip(outward_uvn @ (_LIGHT_UVN / np.linalg.norm(_LIGHT_UVN)), 0.0, 1.0)
    light *= 1.0 - 0.25 * first / max(along.shape[0] - 1, 1)  # what lies deeper is darker
    color = np.array(catalog.structure(mask.structure).color_rgb) / 255.0
    shaded = np.clip(light[..., None] * color * 1.12, 0.0, 1.0)
    rgba = np.concatenate([shaded, np.asarray(along.any(axis=0))[..., None]], axis=-1)
    return plane.to_picture(rgba).astype(np.float32)


def _around(body: NDArray[np.bool_]) -> tuple[slice, ...]:
    """The body and a margin beyond which a smoothed copy of it is flat; the whole where there is no body."""
    slices = []
    for axis in range(3):
        seen = np.flatnonzero(body.any(axis=tuple(a for a in range(3) if a != axis)))
        ends = (seen[0], seen[-1] + 1) if len(seen) else (0, body.shape[axis])
        slices.append(slice(max(int(ends[0]) - _MARGIN, 0), int(ends[1]) + _MARGIN))
    return tuple(slices)


def center_voxel(mask: MaskVolume) -> tuple[int, int, int]:
    """(k, j, i) of the mask's centre of mass; the middle of the cube for an empty mask."""
    if mask.is_empty:
        depth, height, width = mask.grid.shape_kji
        return depth // 2, height // 2, width // 2
    body = mask.body
    center = []
    for axis in range(3):
        counts = body.sum(axis=tuple(a for a in range(3) if a != axis))
        center.append(round(float((counts * np.arange(len(counts))).sum() / counts.sum())))
    return center[0], center[1], center[2]


def scale_bar_mm(width_mm: float) -> float:
    """A round length of about a fifth of the width."""
    return max((b for b in (1, 2, 5, 10, 20, 50, 100, 200, 500) if b <= width_mm / 4), default=1)


def display_window(image: ImageVolume) -> tuple[float, float]:
    """Grey levels: the soft-tissue window for CT, the 1st to 99th percentile for MR."""
    if image.modality == "CT":
        return CT_WINDOW_HU
    low, high = np.percentile(image.values, (1, 99))
    return float(low), float(max(high, low + 1))


def draw_sketch(
    axes: Axes,
    mask: MaskVolume,
    sketch: Sketch | None,
    match: DrawingMatch | None,
    *,
    narrow: bool = False,
    close: bool = False,
) -> None:
    """The sketch over the mask's silhouette; the silhouette alone, in the structure's view, without a sketch.

    Args:
        axes: Where to.
        mask, sketch, match: What is shown.
        narrow: Whether there is room for a short title only.
        close: Whether mask and sketch fill the panel, in place of the cube.
    """
    view = sketch.plane.view if sketch is not None else catalog.structure(mask.structure).view
    plane = VIEWS[view]
    seen = project(mask.body, plane).astype(float)
    extent = extent_mm(mask.grid, plane)
    color = np.array(catalog.structure(mask.structure).color_rgb) / 255.0
    if seen.any():
        axes.contourf(seen, levels=[0.5, 1.5], colors=[(*color, 0.35)], extent=extent, origin="upper")
        axes.contour(seen, levels=[0.5], colors=[tuple(color * 0.8)], extent=extent, origin="upper", linewidths=1.4)
    title = f"{view} silhouette"
    if sketch is not None:
        from ...sketch import rasterise

        title = f"{view} sketch" if narrow else f"{view} sketch over the silhouette"
        paper_mm = max(sketch.plane.size_mm)
        paper = np.zeros((_PAPER_PIXELS, _PAPER_PIXELS, 4))
        paper[..., 3] = np.asarray(rasterise(sketch, _PAPER_PIXELS, size_mm=paper_mm), dtype=float) / 255.0
        axes.imshow(paper, extent=_paper_extent_mm(sketch, mask.grid, extent), interpolation="bilinear", zorder=3)
    if match is not None:
        title += f": {MET if match.followed else MISSED} IoU {match.iou:.2f}"
        if match.contour_distance_mm is not None:
            title += f", {match.contour_distance_mm:.1f} mm"
    dress(axes, plane, close_up(mask, plane, sketch) if close else extent, title, dark=False)


def draw_shaded(axes: Axes, mask: MaskVolume, plane: View, *, close: bool = False) -> None:
    """The shaded mask from one side; close: it fills the panel, in place of the cube."""
    extent = extent_mm(mask.grid, plane)
    axes.imshow(shaded_view(mask, plane), extent=extent, interpolation="bilinear")
    seen_from = {"axial": "from below", "coronal": "from the front", "sagittal": "from the left"}[plane.name]
    dress(axes, plane, close_up(mask, plane) if close else extent, f"{plane.name} {seen_from}", dark=False)


def readable(name: str) -> str:
    """A quantity's name with its unit in words for people."""
    units = {"_ml": " (mL)", "_mm": " (mm)", "_cm2": " (cm²)"}
    for suffix, unit in units.items():
        if name.endswith(suffix):
            return readable(name.removesuffix(suffix)) + unit
    axes = {"_rl": ", R–L", "_ap": ", A–P", "_si": ", S–I"}
    for suffix, words in axes.items():
        name = name.replace(suffix, words)
    return name.replace("_", " ")


def extent_mm(grid: VoxelGrid, plane: View) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of a picture of the cube in mm."""
    rows_mm, columns_mm = picture_spacing_mm(grid, plane.name)
    rows, columns = (n for axis, n in enumerate(grid.shape_kji) if axis != plane.axis_kji)
    return 0.0, columns * columns_mm, 0.0, rows * rows_mm


def dress(axes: Axes, plane: View, window: tuple[float, float, float, float], title: str, *, dark: bool) -> None:
    """Title, orientation letters, scale bar and a thin frame; smaller on a small panel.

    Args:
        axes: To dress.
        plane: Whose letters.
        window: Left, right, bottom and top of what is shown, in mm.
        title: Above it.
        dark: Whether the letters are white.
    """
    left, right, bottom, top = window
    width, height = right - left, top - bottom
    scale = min(max(size_inches(axes)[0] / _FULL_INCHES, _SMALLEST_SCALE), 1.0)
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[], aspect="equal", anchor="C")
    axes.set_title(title, fontsize=11 * max(scale, _TITLE_SCALE), color=INK, pad=6 * scale)
    for spine in axes.spines.values():
        spine.set(color="#c5cad1", linewidth=0.8)
    color = "white" if dark else INK
    near = 0.035 / scale**0.5
    places = ((near, 0.5), (1 - near, 0.5), (0.5, 1 - near), (0.5, near))
    style: dict[str, Any] = {"color": color, "fontsize": 12 * scale, "ha": "center", "va": "center", "zorder": 5}
    for letter, (x, y) in zip(plane.letters, places, strict=True):
        axes.text(left + x * width, bottom + y * height, letter, fontweight="bold", **style)
    bar = scale_bar_mm(width)
    x, y = left + 0.05 * width, bottom + 0.05 * height
    axes.plot([x, x + bar], [y, y], color=color, linewidth=2.5 * scale, solid_capstyle="butt", zorder=5)
    axes.text(x + bar / 2, y + 0.032 * height / scale, f"{bar:g} mm", **{**style, "fontsize": 9 * scale})


def _paper_extent_mm(
    sketch: Sketch, grid: VoxelGrid, extent: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Where the sketch's square paper lies on the picture of the cube, whose centre may be another."""
    half = max(sketch.plane.size_mm) / 2
    u, v = -sketch.plane.from_ras(grid.center_ras)
    x, y = extent[1] / 2 + float(u), extent[3] / 2 + float(v)
    return x - half, x + half, y - half, y + half
