"""The definition of a data set: which files, which labels, which intensities, which split."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..catalog import label_value
from ..errors import DatasetError, UnknownStructure

Split = Literal["train", "val"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WindowIntensity(_Strict):
    """CT: Hounsfield units, clipped to a window and stored as whole HU."""

    kind: Literal["window"] = "window"
    low: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> WindowIntensity:
        if not self.low < self.high:
            raise ValueError(f"window low {self.low} must be below high {self.high}")
        return self


class RobustZScore(_Strict):
    """MR: (value − median) / (1.4826 × median absolute deviation) of the foreground, stored × 100.

    Args:
        foreground: `positive` voxels (raw MR counts, air is zero) or `all` (already centred values).
    """

    kind: Literal["robust_zscore"] = "robust_zscore"
    foreground: Literal["positive", "all"] = "positive"


class SplitRule(_Strict):
    """Which patients are validation: named ones, or the last `last` by sorted name; all others train."""

    val: tuple[str, ...] = ()
    last: int = Field(default=0, ge=0)


class DatasetSpec(_Strict):
    """A folder of image/label pairs.

    Args:
        name: Short unique name, used as a folder.
        root: Folder of the files; relative paths start at the YAML file.
        label_pattern: File name of a label volume with `{case}` in it, e.g. `{case}_label.nii.gz`.
        image_pattern: The same for images; None for label-only sets.
        modality: CT or MR; None for label-only sets.
        intensity: How image values are stored.
        labels: Label value in the files → structure or neighbour name of the catalog.
        targets: Structures that get a cube of their own; all catalog structures in `labels` when empty.
        patient: Regular expression whose first group is the patient within a case name (default: the whole name).
        split: Validation rule, by patient.
        min_component: Components smaller than this fraction of a structure's largest are dropped (stray voxels).
    """

    name: str = Field(pattern=r"^[A-Za-z0-9_\-]+$")
    root: Path
    label_pattern: str
    image_pattern: str | None = None
    modality: Literal["CT", "MR"] | None = None
    intensity: Annotated[WindowIntensity | RobustZScore, Field(discriminator="kind")] | None = None
    labels: dict[int, str]
    targets: tuple[str, ...] = ()
    patient: str = r"^(.*)$"
    split: SplitRule = SplitRule()
    min_component: float = Field(default=0.01, ge=0.0, lt=1.0)

    @field_validator("label_pattern", "image_pattern")
    @classmethod
    def _names_case(cls, pattern: str | None) -> str | None:
        if pattern is not None and pattern.count("{case}") != 1:
            raise ValueError("a pattern must hold {case} exactly once")
        return pattern

    @field_validator("labels")
    @classmethod
    def _known_labels(cls, labels: dict[int, str]) -> dict[int, str]:
        for name in labels.values():
            try:
                label_value(name)
            except UnknownStructure as error:
                raise ValueError(str(error)) from error
        return labels

    @model_validator(mode="after")
    def _whole(self) -> DatasetSpec:
        if self.image_pattern and not (self.modality and self.intensity):
            raise ValueError("a set with images needs modality and intensity")
        missing = set(self.targets) - set(self.labels.values())
        if missing:
            raise ValueError(f"targets {sorted(missing)} are not among the labels")
        return self

    @classmethod
    def load(cls, path: Path, *, root: Path | None = None) -> DatasetSpec:
        """Reads a YAML file; `root` replaces the one inside.

        Raises:
            DatasetError: The file is missing, is not YAML, or a key is unknown or wrong.
        """
        try:
            raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise DatasetError(f"'{path}' cannot be read as YAML ({error}).", hint="See Resources/Datasets.") from error
        if not isinstance(raw, dict):
            raise DatasetError(f"'{path}' holds no mapping.", hint="See Resources/Datasets for examples.")
        folder = Path(root) if root is not None else Path(path).parent / str(raw.get("root", "."))
        try:
            spec = cls.model_validate(raw | {"root": folder.resolve()})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "file"
            raise DatasetError(f"'{path}': {where}: {first['msg']}.", hint="See Resources/Datasets.") from error
        if not spec.root.is_dir():
            raise DatasetError(f"The data folder '{spec.root}' does not exist.", hint="Give it with --root.")
        return spec

    def cases(self) -> tuple[str, ...]:
        """Sorted case names: files that match the label pattern."""
        before, after = self.label_pattern.split("{case}")
        expression = re.compile(re.escape(before) + r"(.+)" + re.escape(after))
        names = (str(p.relative_to(self.root).as_posix()) for p in self.root.rglob("*") if p.is_file())
        found = sorted(match[1] for name in names if (match := expression.fullmatch(name)))
        if not found:
            raise DatasetError(f"No file in '{self.root}' matches '{self.label_pattern}'.", hint="Check the pattern.")
        return tuple(found)

    def patient_of(self, case: str) -> str:
        """The patient of a case, qualified by the data set."""
        match = re.search(self.patient, case)
        if match is None:
            raise DatasetError(f"The patient pattern '{self.patient}' does not match case '{case}'.")
        return f"{self.name}/{match[1] if match.groups() else match[0]}"

    def split_of(self, cases: Iterable[str]) -> dict[str, Split]:
        """Case → split; all cases of one patient fall on one side."""
        cases = list(cases)
        patients = sorted({self.patient_of(case) for case in cases})
        val = {f"{self.name}/{name}" for name in self.split.val}
        unknown = val - set(patients)
        if unknown:
            raise DatasetError(f"The split names patients that are not there: {', '.join(sorted(unknown))}.")
        if self.split.last:
            val |= set(patients[-self.split.last :])
        return {case: "val" if self.patient_of(case) in val else "train" for case in cases}

    @property
    def target_names(self) -> tuple[str, ...]:
        """Structures that get a cube."""
        from ..catalog import STRUCTURE_NAMES

        return self.targets or tuple(name for name in self.labels.values() if name in STRUCTURE_NAMES)
