"""`sketch2ct prepare`: scans and labels → organ-centred RAS cubes, resumable, one sidecar per finished case."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog, own_structures
from ..atomic import write_text
from ..description.metrics import VERSION as METRICS_VERSION
from ..description.metrics import measure
from ..errors import DatasetError, InputError
from ..frames import VoxelGrid, cube_around, mask_on_grid, middle_and_extent, read_volume, resample, write_nrrd
from ..workers import Workers, shared_out
from .masks import labels_on_cube, main_components, whole_labels
from .prepare_layouts import LabelledImage, layout_stamp, write_layout
from .prepared import FORMAT, VERSION, check_no_leak
from .selection import require_usable, with_lesions
from .spec import DatasetSpec, RobustZScore, WindowIntensity

VOXELS = 128
MIN_VOXELS = 64
MAX_LOST_FRACTION = 0.002

Progress = Callable[[int, int, str], None]

_ALONE = Workers(1)


@dataclass
class PreparedSummary:
    """What a run did: counts of cubes made and reused and of layouts made, and what was skipped, by name and reason."""

    made: int = 0
    reused: int = 0
    layouts: int = 0
    skipped: list[dict[str, str]] = field(default_factory=list)

    def add(self, other: PreparedSummary) -> None:
        """Adds the counts of a part."""
        self.made += other.made
        self.reused += other.reused
        self.layouts += other.layouts
        self.skipped += other.skipped


@dataclass(frozen=True)
class _CaseJob:
    """One case of a data set, to be prepared into a folder; its split stands in its records."""

    spec: DatasetSpec
    case: str
    out_dir: Path
    split: str


def prepare(
    spec: DatasetSpec, out_dir: Path, *, workers: Workers = _ALONE, progress: Progress | None = None
) -> PreparedSummary:
    """Writes every case of a data set into `out_dir` and the manifest of all sets prepared there.

    A case whose sidecar matches its files and the definition is reused; a broken or empty one is named and skipped.
    The files do not depend on the workers.

    Raises:
        DatasetError: No case could be used, or a patient stands in both splits.
        OutputError: The folder cannot be written.
        MissingDependency, ResourceError: Several workers need Ray, and it is not installed or cannot be reached.
    """
    there = own_structures.read(Path(out_dir))
    cases = spec.cases()
    splits = spec.split_of(cases)
    own = dict.fromkeys(one.name for one in (*there, *spec.own))
    own_structures.write(Path(out_dir), own_structures.document(own))
    jobs = [_CaseJob(spec, case, Path(out_dir), splits[case]) for case in cases]
    done = map(_prepared, jobs) if workers.alone else shared_out(_prepared, jobs, Path(out_dir), workers)
    found: dict[str, PreparedSummary] = {}
    if progress:
        progress(0, len(cases), "")
    for case, part in done:
        found[case] = part
        if progress:
            progress(len(found), len(cases), case)
    summary = PreparedSummary()
    for case in cases:
        summary.add(found[case])
    manifest = write_manifest(Path(out_dir))
    if not any(record["dataset"] == spec.name for record in manifest["cases"]):
        reasons = "; ".join(f"{s['case']}: {s['reason']}" for s in summary.skipped[:3])
        raise DatasetError(f"No case of '{spec.name}' could be used ({reasons}).", hint="Check labels and patterns.")
    return summary


def _prepared(job: _CaseJob) -> tuple[str, PreparedSummary]:
    """A case's name, and what was done for it."""
    own_structures.read(job.out_dir)  # in a process of its own
    spec, case, summary = job.spec, job.case, PreparedSummary()
    folder, stamp = job.out_dir / "cubes" / spec.name / case, _stamp(spec, case)
    sidecar = _read_sidecar(folder, stamp)
    if sidecar is None:
        sidecar = {"stamp": stamp, **_prepare_case(spec, case, folder, job.out_dir)}
        _write_json(folder / "case.json", sidecar)
        summary.made += len(sidecar["cubes"])
    else:
        summary.reused += len(sidecar["cubes"])
    if spec.image_pattern is not None and (sidecar.get("layout") or {}).get("stamp") != layout_stamp(stamp):
        sidecar["layout"] = _prepare_layout(spec, case, folder, job.out_dir)
        summary.layouts += "layout" in sidecar["layout"]
    for record in (*sidecar["cubes"], *_layouts_in(sidecar)):
        record["split"] = job.split
    _write_json(folder / "case.json", sidecar)
    summary.skipped += sidecar["skipped"]
    return case, summary


def write_manifest(out_dir: Path) -> dict[str, Any]:
    """Gathers all sidecars below `out_dir` into manifest.json and returns it."""
    sidecars = [json.loads(p.read_text(encoding="utf-8")) for p in sorted(out_dir.glob("cubes/*/**/case.json"))]
    cases = [record for sidecar in sidecars for record in sidecar["cubes"]]
    layouts = [entry for sidecar in sidecars for entry in _layouts_in(sidecar)]
    check_no_leak([*cases, *layouts])
    skipped = [entry for sidecar in sidecars for entry in sidecar["skipped"]]
    manifest = {"format": FORMAT, "version": VERSION, "cases": cases, "layouts": layouts, "skipped": skipped}
    _write_json(out_dir / "manifest.json", manifest)
    return manifest


def _prepare_case(spec: DatasetSpec, case: str, folder: Path, out_dir: Path) -> dict[str, Any]:
    """The sidecar of one case; what cannot be used stands in `skipped`."""
    skipped: list[dict[str, str]] = []
    cubes: list[dict[str, Any]] = []
    try:
        labels, grid, image, lesions_ml = _read_case(spec, case)
    except InputError as error:
        return {"cubes": [], "skipped": [{"case": case, "structure": "*", "reason": str(error)}]}
    for name in spec.target_names:
        try:
            _require_healthy(spec, case, name, lesions_ml)
            cubes.append(_write_cube(spec, case, name, labels, grid, image, folder, out_dir))
        except InputError as error:
            skipped.append({"case": case, "structure": name, "reason": str(error)})
    return {"cubes": cubes, "skipped": skipped}


def _prepare_layout(spec: DatasetSpec, case: str, folder: Path, out_dir: Path) -> dict[str, Any]:
    """The layout's entry of a sidecar, its stamp alone where the case cannot be used (its cubes say why)."""
    stamp = {"stamp": layout_stamp(_stamp(spec, case))}
    try:
        labels, grid, image, _ = _read_case(spec, case)
    except InputError:
        return stamp
    if image is None or not labels.any():
        return stamp
    return stamp | write_layout(spec, case, LabelledImage(labels, grid, image), folder, out_dir)


def _layouts_in(sidecar: Mapping[str, Any]) -> list[dict[str, Any]]:
    entry = sidecar.get("layout") or {}
    return [entry] if "layout" in entry else []


def _require_healthy(spec: DatasetSpec, case: str, name: str, lesions_ml: Mapping[str, float]) -> None:
    lesion_ml, most = lesions_ml.get(name, 0.0), spec.lesions.most_ml if spec.lesions else math.inf
    if lesion_ml > most:
        title = catalog.structure(name).title.lower()
        raise DatasetError(f"The {title} of '{case}' bears {lesion_ml:.1f} mL of lesions, more than {most:.1f} mL.")


def _read_case(
    spec: DatasetSpec, case: str
) -> tuple[NDArray[np.uint8], VoxelGrid, NDArray[np.float32] | None, dict[str, float]]:
    """Labels, their grid, the image as it is stored if there is one, and lesions in mL by organ."""
    path = spec.root / spec.label_pattern.format(case=case)
    raw, grid, _ = read_volume(path)
    raw = whole_labels(raw, path.name)
    labels = np.zeros(raw.shape, dtype=np.uint8)
    for value, name in spec.labels.items():
        labels[raw == value] = catalog.label_value(name)
    lesions_ml = with_lesions(labels, raw, grid, spec.lesions) if spec.lesions else {}
    if spec.image_pattern is None:
        return labels, grid, None, lesions_ml
    image, image_grid, _ = read_volume(spec.root / spec.image_pattern.format(case=case))
    if image_grid.shape_kji != grid.shape_kji or not np.allclose(image_grid.ijk_to_ras, grid.ijk_to_ras, atol=1e-3):
        raise DatasetError(f"Image and label of '{case}' have different grids.", hint="Resample the label first.")
    if not np.isfinite(image).all():
        raise DatasetError(f"The image of '{case}' holds NaN or infinite values.")
    return labels, grid, _stored_intensity(spec, image.astype(np.float32)), lesions_ml


def _stored_intensity(spec: DatasetSpec, image: NDArray[np.float32]) -> NDArray[np.float32]:
    match spec.intensity:
        case WindowIntensity(low=low, high=high):
            return np.clip(image, low, high)
        case RobustZScore(foreground=which):
            foreground = image[image > 0] if which == "positive" and (image > 0).any() else image
            middle = float(np.median(foreground))
            std = 1.4826 * float(np.median(np.abs(foreground - middle))) or 1.0
            return np.clip((image - middle) / std * 100.0, -3e4, 3e4).astype(np.float32)
    raise DatasetError(f"'{spec.name}' has images but no intensity rule.")


def _write_cube(
    spec: DatasetSpec,
    case: str,
    name: str,
    labels: NDArray[np.uint8],
    grid: VoxelGrid,
    image: NDArray[np.float32] | None,
    folder: Path,
    out_dir: Path,
) -> dict[str, Any]:
    wanted = catalog.structure(name)
    mask = main_components(labels == wanted.label, spec.min_component)
    if mask.sum() < MIN_VOXELS:
        raise DatasetError(f"'{case}' has no {wanted.title.lower()} ({int(mask.sum())} voxels).")
    require_usable(spec, case, name, mask, grid)
    _, extent = middle_and_extent(mask, grid)
    cube = cube_around(mask, grid, wanted.cube_mm, VOXELS)
    organ = mask_on_grid(mask, grid, cube)
    lost = 1.0 - organ.sum() * cube.voxel_ml / (mask.sum() * grid.voxel_ml)
    if extent.max() > wanted.cube_mm and lost > MAX_LOST_FRACTION:
        size = " × ".join(f"{e:.0f}" for e in extent)
        raise DatasetError(
            f"The {wanted.title.lower()} of '{case}' ({size} mm) exceeds its {wanted.cube_mm:.0f} mm cube.",
            hint="Give it a larger cube_mm." if own_structures.is_own(name) else "",
        )
    context = labels_on_cube(np.where(labels == wanted.label, 0, labels), grid, cube)
    context[organ] = wanted.label
    label_path, image_path = folder / f"{name}.labels.nrrd", folder / f"{name}.image.nrrd"
    write_nrrd(label_path, context, cube)
    if image is not None:
        fill = float(image.min())
        write_nrrd(image_path, np.rint(resample(image, grid, cube, fill=fill)).astype(np.int16), cube)
    window = [spec.intensity.low, spec.intensity.high] if isinstance(spec.intensity, WindowIntensity) else None
    return {
        "case": case,
        "patient": spec.patient_of(case),
        "dataset": spec.name,
        "structure": name,
        "modality": spec.modality if image is not None else None,
        "window": window,
        "split": "train",
        "labels": label_path.relative_to(out_dir).as_posix(),
        "image": image_path.relative_to(out_dir).as_posix() if image is not None else None,
        "source_ijk_to_ras": grid.ijk_to_ras.tolist(),
        "source_shape_kji": list(grid.shape_kji),
        "center_ras": cube.center_ras.tolist(),
        "cube_mm": wanted.cube_mm,
        "voxels": VOXELS,
        "metrics": measure(organ, cube, tubular=wanted.tubular),
    }


def _stamp(spec: DatasetSpec, case: str) -> str:
    """A hash that changes with the definition (except the split), a source file, or the meaning of the numbers."""
    parts = [
        spec.model_dump_json(exclude={"split", "root", "structures"}),
        str(VERSION),
        str(VOXELS),
        str(METRICS_VERSION),
    ]
    parts += [repr(one) for one in spec.own]
    for path in _source_files(spec, case):
        parts.append(f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" if path.exists() else path.name)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _source_files(spec: DatasetSpec, case: str) -> Iterator[Path]:
    for pattern in filter(None, (spec.label_pattern, spec.image_pattern)):
        yield spec.root / pattern.format(case=case)


def _read_sidecar(folder: Path, stamp: str) -> dict[str, Any] | None:
    path = folder / "case.json"
    try:
        sidecar = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return None
    return sidecar if sidecar.get("stamp") == stamp else None


def _write_json(path: Path, payload: dict[str, Any]) -> None:
    write_text(path, json.dumps(payload, indent=1, allow_nan=False))
