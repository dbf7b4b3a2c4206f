"""The reader of a prepared folder: a manifest and one RAS cube per case and structure; the ranges of their numbers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import catalog, own_structures
from ..errors import DatasetError
from ..frames import VoxelGrid, read_volume
from ..training_ranges import FORMAT as RANGES_FORMAT
from ..training_ranges import VERSION as RANGES_VERSION
from .layout import Layout

FORMAT = "sketch2ct.prepared"
_LEAST_CASES = 3  # of which a range is told
VERSION = 2  # 1: masks on thick slices had lost half a slice at each end


@dataclass(frozen=True)
class PreparedCase:
    """One organ of one scan.

    Args:
        folder: The prepared folder.
        record: This case's entry of the manifest.
    """

    folder: Path
    record: dict[str, Any]

    @property
    def case(self) -> str:
        """Name of the scan."""
        return str(self.record["case"])

    @property
    def patient(self) -> str:
        """Patient, qualified by the data set."""
        return str(self.record["patient"])

    @property
    def dataset(self) -> str:
        """Name of the data set."""
        return str(self.record["dataset"])

    @property
    def structure(self) -> str:
        """Catalog name."""
        return str(self.record["structure"])

    @property
    def split(self) -> str:
        """The split that the case belongs to, train or val."""
        return str(self.record["split"])

    @property
    def modality(self) -> str | None:
        """The modality, CT or MR; None for label-only cases."""
        return self.record["modality"]

    @property
    def key(self) -> str:
        """A key that is unique within the folder: dataset/case/structure."""
        return f"{self.dataset}/{self.case}/{self.structure}"

    @property
    def metrics(self) -> dict[str, float]:
        """Numbers measured on the cube, see description.quantities."""
        return dict(self.record["metrics"])

    @property
    def window(self) -> tuple[float, float] | None:
        """The HU window of a stored CT image."""
        return tuple(self.record["window"]) if self.record.get("window") else None

    @property
    def grid(self) -> VoxelGrid:
        """The RAS cube."""
        return VoxelGrid.ras_cube(self.record["center_ras"], self.record["cube_mm"], self.record["voxels"])

    def labels(self) -> NDArray[np.uint8]:
        """(D, H, W) uint8 catalog label values, axes kji."""
        return read_volume(self.folder / self.record["labels"])[0]

    def mask(self) -> NDArray[np.bool_]:
        """(D, H, W) bool, the structure itself, axes kji."""
        return self.labels() == catalog.structure(self.structure).label

    def image(self) -> NDArray[np.int16] | None:
        """(D, H, W) int16: HU for CT, robust z-score × 100 for MR; None for label-only cases."""
        if not self.record["image"]:
            return None
        return read_volume(self.folder / self.record["image"])[0]


@dataclass(frozen=True)
class PreparedLayout:
    """Organs and tissues of one scan's whole field of view.

    Args:
        folder: The prepared folder.
        record: This layout's entry of the manifest.
    """

    folder: Path
    record: dict[str, Any]

    @property
    def key(self) -> str:
        """A key that is unique among the layouts: dataset/case."""
        return f"{self.record['dataset']}/{self.record['case']}"

    @property
    def patient(self) -> str:
        """Patient, qualified by the data set."""
        return str(self.record["patient"])

    @property
    def modality(self) -> str:
        """CT or MR."""
        return str(self.record["modality"])

    @property
    def split(self) -> str:
        """The split that the case belongs to, train or val."""
        return str(self.record["split"])

    @property
    def organs(self) -> tuple[str, ...]:
        """Organs that its data set labels: of others it is not known where they are."""
        return tuple(self.record["organs"])

    def layout(self) -> Layout:
        """The layout, on its RAS grid."""
        labels = read_volume(self.folder / self.record["layout"])[0]
        return Layout(labels, VoxelGrid(tuple(self.record["shape_kji"]), np.array(self.record["ijk_to_ras"])))


class PreparedSet:
    """A prepared folder.

    Args:
        folder: What `sketch2ct prepare --out` wrote.

    Attributes:
        own: Structures of the user's own that it was prepared for; they have joined the catalog.

    Raises:
        DatasetError: There is no manifest, it is of another version, or a patient stands in both splits.
    """

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.own = tuple(one.name for one in own_structures.read(self.folder))
        path = self.folder / "manifest.json"
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise DatasetError(
                f"'{self.folder}' is not a prepared folder ({path.name}: {error}).",
                hint="Make it with 'sketch2ct prepare DATASET.yaml --out DIR'.",
            ) from error
        if manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
            raise _foreign(path, manifest)
        self.skipped: list[dict[str, str]] = manifest["skipped"]
        self._cases = [PreparedCase(self.folder, record) for record in manifest["cases"]]
        self._layouts = [PreparedLayout(self.folder, record) for record in manifest.get("layouts", [])]
        check_no_leak([*manifest["cases"], *manifest.get("layouts", [])])

    def __len__(self) -> int:
        return len(self._cases)

    def __iter__(self) -> Iterator[PreparedCase]:
        return iter(self._cases)

    def cases(self, split: str | None = None, structure: str | None = None) -> list[PreparedCase]:
        """Cases in manifest order, of one split and structure if given."""
        wanted = catalog.structure(structure).name if structure else None
        return [c for c in self._cases if split in (None, c.split) and wanted in (None, c.structure)]

    def layouts(self, split: str | None = None, modality: str | None = None) -> list[PreparedLayout]:
        """Layouts in manifest order, of one split and modality if given; none in folders of older versions."""
        return [one for one in self._layouts if split in (None, one.split) and modality in (None, one.modality)]


def _foreign(path: Path, manifest: dict[str, Any]) -> DatasetError:
    """Why a manifest is refused: no such file at all, or one of another version."""
    if manifest.get("format") != FORMAT:
        return DatasetError(f"'{path}' is not a {FORMAT} manifest.", hint="Make it with 'sketch2ct prepare'.")
    return DatasetError(
        f"'{path}' was prepared by version {manifest.get('version')}, version {VERSION} is needed: masks on thick "
        "slices have their whole volume since then.",
        hint="Prepare it again with 'sketch2ct prepare DATASET.yaml --out DIR'.",
    )


def check_no_leak(records: list[dict[str, Any]]) -> None:
    """Raises DatasetError if a patient stands in more than one split."""
    sides: dict[str, str] = {}
    for record in records:
        if sides.setdefault(record["patient"], record["split"]) != record["split"]:
            raise DatasetError(
                f"Patient '{record['patient']}' stands in both splits.", hint="Mend the split rule and prepare again."
            )


def training_range_statistics(folders: Iterable[PreparedSet], split: str = "train") -> dict[str, Any]:
    """What `training_ranges` reads, as JSON values: summaries over the cases of one split, never a case itself."""
    values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    datasets: dict[str, set[str]] = defaultdict(set)
    for prepared in folders:
        for case in prepared.cases(split):
            datasets[case.structure].add(case.dataset)
            for name, value in case.metrics.items():
                values[case.structure][name].append(value)
    return {
        "format": RANGES_FORMAT,
        "version": RANGES_VERSION,
        "split": split,
        "datasets": {structure: sorted(names) for structure, names in sorted(datasets.items())},
        "structures": {
            structure: {name: _summary(seen) for name, seen in numbers.items() if len(seen) >= _LEAST_CASES}
            for structure, numbers in sorted(values.items())
        },
    }


def _summary(seen: list[float]) -> dict[str, float]:
    low, p05, median, p95, high = (_short(q) for q in np.quantile(seen, [0.0, 0.05, 0.5, 0.95, 1.0]))
    mean, sd = _short(np.mean(seen)), _short(np.std(seen, ddof=1))
    return {
        "cases": len(seen), "median": median, "mean": mean, "sd": sd, "low": low, "high": high, "p05": p05, "p95": p95
    }  # fmt: skip


def _short(value: float | np.floating[Any]) -> float:
    return float(f"{float(value):.5g}")
