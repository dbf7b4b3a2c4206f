"""The definition of a data set: which files, which labels, which intensities, which split."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from .. import catalog, own_structures
from ..catalog import Structure
from ..errors import ConfigError, DatasetError, UnknownStructure

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


class EveryRule(_Strict):
    """Patients whose number (the last digits of their name) leaves `remainder` when divided by `divisor`.

    Args:
        but: Patients of such a number that train all the same.
    """

    divisor: int = Field(ge=2)
    remainder: int = Field(ge=0)
    but: tuple[str, ...] = ()

    def takes(self, name: str) -> bool:
        """Whether a patient is validation."""
        digits = re.findall(r"\d+", name)
        return name not in self.but and bool(digits) and int(digits[-1]) % self.divisor == self.remainder


class SplitRule(_Strict):
    """Which patients are validation: named ones, the last `last` by sorted name, or every nth;
    all others train.
    """

    val: tuple[str, ...] = ()
    last: int = Field(default=0, ge=0)
    every: EveryRule | None = None


class LesionRule(_Strict):
    """Lesions that have labels of their own and belong to the nearest of several organs.

    Args:
        labels: Their values in the files; each piece becomes part of the nearest organ.
        organs: Structures that may own them.
        most_ml: An organ with more lesion than this gets no cube: its shape is not a healthy one.
    """

    labels: tuple[int, ...]
    organs: tuple[str, ...]
    most_ml: float = Field(default=float("inf"), ge=0.0)


class CutRule(_Strict):
    """Organs that the scan's field of view cuts get no cube.

    Args:
        by: `faces`, where a label touches the first or last voxel along an axis of its volume; `listed`, where a JSON
            file says which faces of the scan it touched before the volume was cropped.
        file: Of `listed`, beside the set's root: `{"cases": {SET: {CASE: {"left kidney": [mL, "top bottom"]}}}}`.
        set: Name of the set in that file.
    """

    by: Literal["faces", "listed"] = "faces"
    file: Path | None = None
    set: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> CutRule:
        if self.by == "listed" and not (self.file and self.set):
            raise ValueError("'listed' needs a file and the name of the set in it")
        return self


class DatasetSpec(_Strict):
    """A folder of image/label pairs.

    Args:
        name: Short unique name, used as a folder.
        root: Folder of the files; relative paths start at the YAML file.
        label_pattern: File name of a label volume with `{case}` in it, e.g. `{case}_label.nii.gz`.
        image_pattern: The same for images; None for label-only sets.
        modality: CT or MR; None for label-only sets.
        intensity: How image values are stored.
        structures: Structures of the user's own, which have joined the catalog; `load` reads their entries, see
            `own_structures.defined`.
        labels: Label value in the files → structure or neighbour name of the catalog.
        targets: Structures that get a cube of their own; all catalog structures in `labels` when empty.
        patient: Regular expression whose first group is the patient within a case name (default: the whole name).
        split: Validation rule, by patient.
        same_patient: Groups of names that are one patient; the first name of a group stands for all.
        lesions: Lesions with labels of their own.
        cut: How organs that the field of view cuts are found; None keeps them all.
        smallest_ml: By structure; smaller organs get no cube.
        min_component: Components smaller than this fraction of a structure's largest are dropped (stray voxels).
    """

    name: str = Field(pattern=r"^[A-Za-z0-9_\-]+$")
    root: Path
    label_pattern: str
    image_pattern: str | None = None
    modality: Literal["CT", "MR"] | None = None
    intensity: Annotated[WindowIntensity | RobustZScore, Field(discriminator="kind")] | None = None
    structures: tuple[Structure, ...] = ()
    labels: dict[int, str]
    targets: tuple[str, ...] = ()
    patient: str = r"^(.*)$"
    split: SplitRule = SplitRule()
    same_patient: tuple[tuple[str, ...], ...] = ()
    lesions: LesionRule | None = None
    cut: CutRule | None = None
    smallest_ml: dict[str, float] = Field(default_factory=dict)
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
                catalog.organ_value(name)
            except UnknownStructure as error:
                raise ValueError(str(error)) from error
        return labels

    @model_validator(mode="after")
    def _whole(self) -> DatasetSpec:
        if self.image_pattern and not (self.modality and self.intensity):
            raise ValueError("a set with images needs modality and intensity")
        missing = set(self.targets).union(self.lesions.organs if self.lesions else ()) - set(self.labels.values())
        if missing:
            raise ValueError(f"{sorted(missing)} are not among the labels")
        if neighbours := [name for name in self.targets if name not in catalog.names()]:
            raise ValueError(f"'{neighbours[0]}' is a neighbour; define it under 'structures' to make cubes of it")
        return self

    @classmethod
    def load(cls, path: Path, *, root: Path | None = None) -> DatasetSpec:
        """Reads a YAML file; `root` replaces the one inside.

        Raises:
            DatasetError: The file is missing, is not YAML, a key is unknown or wrong, or a structure of the user's own
                cannot be used.
        """
        try:
            raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise DatasetError(f"'{path}' cannot be read as YAML ({error}).", hint="See Resources/Datasets.") from error
        if not isinstance(raw, dict):
            raise DatasetError(f"'{path}' holds no mapping.", hint="See Resources/Datasets for examples.")
        own = _own(path, raw)
        folder = Path(root) if root is not None else Path(path).parent / str(raw.get("root", "."))
        try:
            spec = cls.model_validate(raw | {"root": folder.resolve(), "structures": own})
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
        case_names = sorted(match[1] for name in names if (match := expression.fullmatch(name)))
        if not case_names:
            raise DatasetError(f"No file in '{self.root}' matches '{self.label_pattern}'.", hint="Check the pattern.")
        return tuple(case_names)

    def patient_of(self, case: str) -> str:
        """The patient of a case, qualified by the data set."""
        match = re.search(self.patient, case)
        if match is None:
            raise DatasetError(f"The patient pattern '{self.patient}' does not match case '{case}'.")
        patient = match[1] if match.groups() else match[0]
        patient = next((group[0] for group in self.same_patient if patient in group), patient)
        return f"{self.name}/{patient}"

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
        if self.split.every:
            val |= {patient for patient in patients if self.split.every.takes(patient.split("/", 1)[1])}
        return {case: "val" if self.patient_of(case) in val else "train" for case in cases}

    @property
    def target_names(self) -> tuple[str, ...]:
        """Structures that get a cube."""
        named, known = dict.fromkeys(self.labels.values()), catalog.names()
        return self.targets or tuple(name for name in named if name in known)

    @property
    def own(self) -> tuple[Structure, ...]:
        """The structures of the user's own among its labels, defined here or elsewhere."""
        named = dict.fromkeys(self.labels.values())
        return tuple(one for one in catalog.structures()[len(catalog.STRUCTURES) :] if one.name in named)


def _own(path: Path, raw: dict[str, Any]) -> tuple[Structure, ...]:
    """The structures that a data set defines, which join the catalog.

    Raises:
        DatasetError: An entry cannot be used.
    """
    entries = raw.get("structures") or {}
    try:
        if not isinstance(entries, dict):
            raise ConfigError("a mapping of names is needed.", hint="Write 'pancreas: {cube_mm: 224}'.")
        own = own_structures.defined(entries, raw.get("modality"))
        catalog.join(own)
    except ConfigError as error:
        raise DatasetError(f"'{path}': structures: {error.message}", hint=error.hint) from error
    return own
