"""Where the files of a sample lie, as other programs expect them, and the index that each of them reads.

References: nnU-Net v2, documentation/dataset_format.md; MONAI, monai.data.load_decathlon_datalist.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..atomic import write_text, written_beside
from ..formats import LabelledVolume, written_files
from ..formats.itk_files import write_labels, write_scan
from .groups import TOGETHER
from .plan import SetPlan

DATALIST = "datalist.json"
_NNUNET_NAME = re.compile(r"Dataset\d{3}_[A-Za-z0-9_-]+")
_PLACES = {  # image and labels of a sample
    "nifti": ("images/{name}.nii.gz", "labels/{name}.nii.gz"),
    "monai": ("images/{name}.nii.gz", "labels/{name}.nii.gz"),
    "nnunet": ("imagesTr/{name}_0000.nii.gz", "labelsTr/{name}.nii.gz"),
    "nrrd": ("images/{name}.nrrd", "labels/{name}.seg.nrrd"),
}


def layout_note(plan: SetPlan, out: Path) -> str:
    """What should be known of a folder's name; '' where nothing should."""
    if plan.layout != "nnunet" or _NNUNET_NAME.fullmatch(out.resolve().name):
        return ""
    told = plan.structures[0].replace(TOGETHER, "_").title()
    return f"nnU-Net wants the folder to be named as 'Dataset501_{told}'."


def sample_name(structures: Sequence[str], index: int) -> str:
    """The name of a sample: unique in its data set, in the order of samples."""
    return f"{structures[0] if len(structures) == 1 else 'organs'}_{index:07d}"


def layout_name(plan: SetPlan, name: str) -> str:
    """Where the layout lies that a sample's scan was painted from, relative to the folder."""
    return f"{name}/layout.seg.nrrd" if plan.layout == "dicom" else f"layouts/{name}.seg.nrrd"


def write_sample(volume: LabelledVolume, plan: SetPlan, name: str, out: Path) -> list[str]:
    """Writes image and labels of a sample; the paths relative to the folder.

    Label values are those of the data set (the organs of the plan from 1 on) in NIfTI files; NRRD and DICOM name
    their own segments.

    Raises:
        OutputError: They cannot be written.
    """
    if plan.layout == "dicom":
        return [f"{name}/{file}" for file in written_files(volume, out / name, "dicom")]
    image, labels = (place.format(name=name) for place in _PLACES[plan.layout])
    if plan.layout != "nrrd":
        volume = _numbered(volume, plan.organs)
    write_labels(volume, out / labels)
    if volume.values is None:
        return [labels]
    write_scan(volume, out / image)
    return [image, labels]


def write_index(plan: SetPlan, records: Iterable[Mapping[str, Any]], out: Path) -> None:
    """Writes what other programs read first: nnU-Net's dataset.json, MONAI's datalist.

    Args:
        plan: The data set.
        records: Of all samples, read once; only the accepted ones count.
        out: The folder.

    Raises:
        OutputError: It cannot be written.
    """
    if plan.layout == "dicom":
        return
    accepted = 0
    with written_beside(out / DATALIST) as beside, beside.open("w", encoding="utf-8") as stream:
        head = {"name": out.resolve().name, "modality": _channels(plan), "labels": _labels(plan), "numTest": 0}
        stream.write(json.dumps(head)[:-1] + ', "training": [')
        for record in records:
            if record["status"] == "accepted":
                stream.write((",\n " if accepted else "\n ") + json.dumps(_pair(record)))
                accepted += 1
        stream.write("\n]}\n")
    if plan.layout == "nnunet":
        told = {
            "channel_names": _channels(plan),
            "labels": {name: int(value) for value, name in _labels(plan).items()},
            "numTraining": accepted,
            "file_ending": ".nii.gz",
            "description": "Synthetic, by Sketch2CT; for research, not for diagnosis.",
        }
        write_text(out / "dataset.json", json.dumps(told, indent=1) + "\n")


def _numbered(volume: LabelledVolume, structures: tuple[str, ...]) -> LabelledVolume:
    """The same with the label values of a data set."""
    import numpy as np

    table = np.zeros(len(volume.structures) + 1, dtype=np.uint8)
    table[1:] = [structures.index(name) + 1 for name in volume.structures]
    return replace(volume, labels=table[volume.labels], structures=structures)


def _channels(plan: SetPlan) -> dict[str, str]:
    from .. import catalog

    return {"0": catalog.structure(plan.organs[0]).modality}


def _labels(plan: SetPlan) -> dict[str, str]:
    return {"0": "background", **{str(n): name for n, name in enumerate(plan.organs, start=1)}}


def _pair(record: Mapping[str, Any]) -> dict[str, str]:
    names = list(record["files"])
    labels = next(name for name in names if name.startswith("labels"))
    images = [name for name in names if name.startswith("images")]
    return {**({"image": images[0]} if images else {}), "label": labels}
