"""One picture of a candidate: sketch with silhouette, shaded mask, CT slices with contour, numbers asked and met."""

from __future__ import annotations

import os
import secrets
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog
from ..errors import OutputError
from ..frames import VIEWS, View, VoxelGrid, project
from .agreement import picture_spacing_mm
from .values import Candidate, ImageVolume, MaskVolume

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..sketch import Sketch

DPI = 100
SIZE_INCHES = (15.0, 9.0)
CT_WINDOW_HU = (-125.0, 275.0)
INK = "#20242a"
FAINT = "#7a828c"
WARNING = "#b3261e"
GOOD = "#1b7a3d"
CONTOUR = "#ffd23f"
_LIGHT_UVN = np.array([-0.40, 0.55, 0.73])  # from the upper left, towards the paper
_TABLE_ROWS = 9


def render_preview(candidate: Candidate, sketch: Sketch | None, path: str | os.PathLike[str]) -> None:
    """Draws one candidate as a PNG of 1500 × 900 pixels; the file appears whole or not at all.

    Left: the sketch over the mask's silhouette, and the numbers. Right: three shaded views of the mask, and three
    slices of the scan through the mask's centre with the mask's contour. Views are drawn as Slicer shows them.

    Raises:
        OutputError: The file cannot be written.
    """
    figure = preview_figure(candidate, sketch)
    path = Path(path)
    beside = path.with_name(f".{secrets.token_hex(4)}-{path.name}")
    try:
        with beside.open("xb") as stream:
            figure.savefig(stream, format="png", dpi=DPI)
        os.replace(beside, path)
    except OSError as error:
        if beside.exists():
            beside.unlink()
        raise OutputError(
            f"'{path}' cannot be written ({error.strerror or error}).", hint="Check the folder and free space."
        ) from error


def preview_figure(candidate: Candidate, sketch: Sketch | None) -> Figure:
    """The picture as a matplotlib figure on an Agg canvas, without pyplot's state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_INCHES, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    _title(figure, candidate)
    _sketch_panel(_place(figure, 0.3, 3.95, 3.95, 3.95), candidate, sketch)
    _numbers_panel(_place(figure, 0.3, 0.4, 3.95, 3.3), candidate)
    for column, plane in enumerate(VIEWS.values()):
        left = 4.55 + column * 3.45
        _shaded_panel(_place(figure, left, 4.65, 3.25, 3.25), candidate.mask, plane)
        _slice_panel(_place(figure, left, 0.4, 3.25, 3.25), candidate, plane)
    return figure


def shaded_view(mask: MaskVolume, plane: View) -> NDArray[np.float32]:
    """The mask's surface as the view's observer sees it: (rows, columns, 4) RGBA 0–1, transparent beside the mask."""
    from scipy import ndimage

    body = mask.body
    towards_high = bool(plane.normal_ras[plane.axis_ras] > 0)
    along = np.moveaxis(body, plane.axis_kji, 0)
    first = np.argmax(along[::-1] if towards_high else along, axis=0)
    hit = along.shape[0] - 1 - first if towards_high else first
    rows, columns = np.indices(hit.shape)
    field = ndimage.gaussian_filter(body.astype(np.float32), 1.2)
    gradients = np.gradient(field, *mask.grid.spacing_mm[::-1].tolist())
    outward_ras = np.stack(
        [-np.moveaxis(gradients[2 - axis], plane.axis_kji, 0)[hit, rows, columns] for axis in range(3)], axis=-1
    )
    outward_ras /= np.maximum(np.linalg.norm(outward_ras, axis=-1, keepdims=True), 1e-9)
    outward_uvn = outward_ras @ np.stack([plane.u_ras, plane.v_ras, plane.normal_ras], axis=1)
    light = 0.45 + 0.58 * np.clip(outward_uvn @ (_LIGHT_UVN / np.linalg.norm(_LIGHT_UVN)), 0.0, 1.0)
    light *= 1.0 - 0.25 * first / max(along.shape[0] - 1, 1)  # what lies deeper is darker
    color = np.array(catalog.structure(mask.structure).color_rgb) / 255.0
    shaded = np.clip(light[..., None] * color * 1.12, 0.0, 1.0)
    rgba = np.concatenate([shaded, np.asarray(along.any(axis=0))[..., None]], axis=-1)
    return plane.to_picture(rgba).astype(np.float32)


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


def display_window(image: ImageVolume) -> tuple[float, float]:
    """Grey levels: the soft-tissue window for CT, the 1st to 99th percentile for MR."""
    if image.modality == "CT":
        return CT_WINDOW_HU
    low, high = np.percentile(image.values, (1, 99))
    return float(low), float(max(high, low + 1))


def scale_bar_mm(width_mm: float) -> float:
    """A round length of about a fifth of the width."""
    return max((b for b in (1, 2, 5, 10, 20, 50, 100, 200, 500) if b <= width_mm / 4), default=1)


def _place(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place given in inches."""
    across, up = SIZE_INCHES
    return figure.add_axes((left / across, bottom / up, width / across, height / up))


def _title(figure: Figure, candidate: Candidate) -> None:
    found = catalog.structure(candidate.mask.structure)
    asked = next((row.asked for row in candidate.report.numbers if row.name == "volume_ml"), None)
    volume = f"volume {candidate.mask.volume_ml:.0f} mL"
    if asked is not None:
        volume = f"volume asked {asked:.0f} mL, measured {candidate.mask.volume_ml:.0f} mL"
    figure.text(0.02, 0.945, "SYNTHETIC", color=WARNING, fontsize=24, fontweight="bold", va="center")
    figure.text(0.172, 0.945, found.title, color=INK, fontsize=24, va="center")
    figure.text(0.98, 0.955, volume, color=INK, fontsize=15, va="center", ha="right")
    notice = "Made by Sketch2CT. For research, not for diagnosis."
    figure.text(0.98, 0.926, notice, color=FAINT, fontsize=10.5, va="center", ha="right")


def _sketch_panel(axes: Axes, candidate: Candidate, sketch: Sketch | None) -> None:
    mask = candidate.mask
    view = sketch.plane.view if sketch is not None else catalog.structure(mask.structure).view
    plane = VIEWS[view]
    seen = project(mask.body, plane).astype(float)
    extent = _extent_mm(mask.grid, plane)
    color = np.array(catalog.structure(mask.structure).color_rgb) / 255.0
    if seen.any():
        axes.contourf(seen, levels=[0.5, 1.5], colors=[(*color, 0.35)], extent=extent, origin="upper")
        axes.contour(seen, levels=[0.5], colors=[tuple(color * 0.8)], extent=extent, origin="upper", linewidths=1.4)
    title = "the mask's silhouette"
    if sketch is not None:
        from ..sketch import rasterise

        title = "sketch over the mask's silhouette"
        paper_mm = max(sketch.plane.size_mm)
        paper = np.zeros((768, 768, 4))
        paper[..., 3] = np.asarray(rasterise(sketch, 768, size_mm=paper_mm), dtype=float) / 255.0
        axes.imshow(paper, extent=_paper_extent_mm(sketch, mask.grid, extent), interpolation="bilinear", zorder=3)
    match = candidate.report.silhouette
    if match is not None:
        title += f": IoU {match.iou:.2f}"
        if match.contour_distance_mm is not None:
            title += f", {match.contour_distance_mm:.1f} mm"
    _dress(axes, plane, extent, title, dark=False)


def _shaded_panel(axes: Axes, mask: MaskVolume, plane: View) -> None:
    extent = _extent_mm(mask.grid, plane)
    axes.imshow(shaded_view(mask, plane), extent=extent, interpolation="bilinear")
    seen_from = {"axial": "from below", "coronal": "from the front", "sagittal": "from the left"}[plane.name]
    _dress(axes, plane, extent, f"{plane.name} {seen_from}", dark=False)


def _slice_panel(axes: Axes, candidate: Candidate, plane: View) -> None:
    mask, image = candidate.mask, candidate.image
    extent = _extent_mm(mask.grid, plane)
    index = center_voxel(mask)[plane.axis_kji]
    inside = plane.to_picture(np.take(mask.body, index, axis=plane.axis_kji)).astype(float)
    if image is not None:
        low, high = display_window(image)
        grey = plane.to_picture(np.take(image.values, index, axis=plane.axis_kji))
        axes.imshow(grey, extent=extent, cmap="gray", vmin=low, vmax=high, interpolation="bilinear")
    if inside.any():
        line = CONTOUR if image is not None else INK
        axes.contour(inside, levels=[0.5], colors=[line], extent=extent, origin="upper", linewidths=1.3)
    kind = f"synthetic {image.modality}" if image is not None else "no scan made"
    _dress(axes, plane, extent, f"{kind}, {plane.name} slice", dark=image is not None)


def _numbers_panel(axes: Axes, candidate: Candidate) -> None:
    """The table of asked and measured numbers, and the verdict."""
    axes.axis("off")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    report = candidate.report
    rows = sorted(report.numbers, key=lambda row: row.within_tolerance)
    y, step = 0.97, 0.074
    if rows:
        for x, head in ((0.56, "asked"), (0.79, "measured"), (0.99, "error")):
            axes.text(x, y, head, color=FAINT, fontsize=11, ha="right", va="center")
    for row in rows[:_TABLE_ROWS]:
        y -= step
        color = GOOD if row.within_tolerance else WARNING
        axes.text(0.0, y, _readable(row.name), color=INK, fontsize=11, va="center")
        axes.text(0.56, y, f"{row.asked:.4g}", color=INK, fontsize=11, ha="right", va="center")
        measured = "–" if row.measured is None else f"{row.measured:.4g}"
        axes.text(0.79, y, measured, color=INK, fontsize=11, ha="right", va="center")
        error = "–" if row.relative_error is None else f"{row.relative_error:+.1%}"
        axes.text(0.99, y, error, color=color, fontsize=11, ha="right", va="center")
    if len(rows) > _TABLE_ROWS:
        y -= step
        axes.text(0.0, y, f"and {len(rows) - _TABLE_ROWS} more, see report.json", color=FAINT, fontsize=10, va="center")
    verdict = textwrap.fill(report.verdict, 46, max_lines=4, placeholder=" …")
    axes.text(0.0, -0.03, verdict, color=INK, fontsize=10.5, va="bottom", style="italic")


def _readable(name: str) -> str:
    """A quantity's name with its unit in words for people."""
    units = {"_ml": " (mL)", "_mm": " (mm)", "_cm2": " (cm²)"}
    for suffix, unit in units.items():
        if name.endswith(suffix):
            return _readable(name.removesuffix(suffix)) + unit
    axes = {"_rl": ", R–L", "_ap": ", A–P", "_si": ", S–I"}
    for suffix, words in axes.items():
        name = name.replace(suffix, words)
    return name.replace("_", " ")


def _extent_mm(grid: VoxelGrid, plane: View) -> tuple[float, float, float, float]:
    """Left, right, bottom, top of a picture of the cube in mm."""
    rows_mm, columns_mm = picture_spacing_mm(grid, plane.name)
    rows, columns = (n for axis, n in enumerate(grid.shape_kji) if axis != plane.axis_kji)
    return 0.0, columns * columns_mm, 0.0, rows * rows_mm


def _paper_extent_mm(
    sketch: Sketch, grid: VoxelGrid, extent: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Where the sketch's square paper lies on the picture of the cube, whose centre may be another."""
    half = max(sketch.plane.size_mm) / 2
    u, v = -sketch.plane.from_ras(grid.center_ras)
    x, y = extent[1] / 2 + float(u), extent[3] / 2 + float(v)
    return x - half, x + half, y - half, y + half


def _dress(axes: Axes, plane: View, extent: tuple[float, float, float, float], title: str, *, dark: bool) -> None:
    """Title, orientation letters, scale bar and a thin frame."""
    _, width, _, height = extent
    axes.set(xlim=(0, width), ylim=(0, height), xticks=[], yticks=[], aspect="equal", anchor="C")
    axes.set_title(title, fontsize=11, color=INK, pad=6)
    for spine in axes.spines.values():
        spine.set(color="#c5cad1", linewidth=0.8)
    color = "white" if dark else INK
    near = 0.035
    places = ((near, 0.5), (1 - near, 0.5), (0.5, 1 - near), (0.5, near))
    style: dict[str, Any] = {"color": color, "fontsize": 12, "ha": "center", "va": "center", "zorder": 5}
    for letter, (x, y) in zip(plane.letters, places, strict=True):
        axes.text(x * width, y * height, letter, fontweight="bold", **style)
    bar = scale_bar_mm(width)
    x, y = 0.05 * width, 0.05 * height
    axes.plot([x, x + bar], [y, y], color=color, linewidth=2.5, solid_capstyle="butt", zorder=5)
    axes.text(x + bar / 2, y + 0.032 * height, f"{bar:g} mm", **{**style, "fontsize": 9})
