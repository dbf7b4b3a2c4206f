"""Results as files in a folder of the person's choice: all of them appear, or none.

What is exported is either a result as it was generated (its folder) or nodes as they are now, edits included. Nothing
that lies in the folder is replaced: names get a number where they are taken.
"""

from __future__ import annotations

import errno
import gzip
import itertools
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

import slicer
import vtk

from Sketch2CTLib.errors import Cancelled, InputError, OutputError

from . import dicom_files, provenance
from .layouts import LAYOUT_FILE
from .loading import AGREEMENT_FILE, MASK_FILE, REPORT_FILE, VOLUME_FILE, candidate_folder
from .provenance import in_scene

KINDS = ("nrrd", "seg.nrrd", "nifti", "dicom", "report")
_PLAIN = "_-.()"
_SPARE_BYTES = 2**20
_ROOM = "Free some space or choose another folder."
_RIGHTS = "Choose a folder that you may write to."
_Writer = Callable[[Path], None]


def export(source, folder, kinds, *, candidate: int = 0, report=None, check=None) -> list[Path]:
    """Writes what was chosen into a folder, whole or not at all.

    A result folder may be exported in a thread: neither Qt nor MRML is touched. Nodes may not.

    Kinds are 'nrrd' (the scan and the labels as .nrrd), 'seg.nrrd' (the segmentation, and the layout if there is one),
    'nifti' (the scan and the labels as .nii.gz), 'dicom' (a folder with the scan as a series and the segmentation that
    refers to it) and 'report' (what was asked and measured, as JSON).

    Args:
        source: A result folder, or segmentation and volume nodes (a `ResultNodes` or a list).
        folder: Where to; made if missing.
        kinds: Some of `KINDS`.
        candidate: The candidate of a result folder, from 0.
        report: Path of the report that belongs to nodes; without it 'report' tells their provenance.
        check: Called before each file; what it raises ends the export.

    Returns:
        The files, in the order of their kinds; of DICOM its folder.

    Raises:
        InputError: Nothing is chosen, a kind is unknown, there is nothing to export, or no scan for DICOM.
        MissingDependency: DICOM is chosen, and what writes it is not installed.
        OutputError: The folder cannot be written, or the disk is full; nothing was left in it.
    """
    kinds = [kind for kind in KINDS if kind in set(kinds)] if set(kinds) <= set(KINDS) else None
    if not kinds:
        raise InputError("No kind of file is chosen for the export.", hint=f"Choose from {', '.join(KINDS)}.")
    if isinstance(source, str | os.PathLike):
        files, stem = _of_folder(Path(source), candidate, kinds)
    else:
        alive = source.alive() if hasattr(source, "alive") else [node for node in source if in_scene(node)]
        files, stem = _of_nodes(alive, kinds, report)
    if not files:
        raise InputError("There is nothing to export.", hint="Generate a result, or choose other kinds of files.")
    return _written(Path(folder), files, stem, check or (lambda: None))


def _of_folder(result: Path, candidate: int, kinds: list[str]) -> tuple[dict[str, _Writer], str]:
    """Ending of each file and what writes it, for a candidate of a result folder."""
    here = candidate_folder(result, candidate)
    if not (here / MASK_FILE).is_file():
        raise InputError(f"There is no result in '{here}'.", hint="Generate it again.")
    found = {name: here / name for name in (MASK_FILE, VOLUME_FILE, REPORT_FILE) if (here / name).is_file()}
    agreement = result / AGREEMENT_FILE
    files: dict[str, _Writer] = {}
    for kind in kinds:
        if kind == "seg.nrrd":
            files["mask.seg.nrrd"] = _copy(found[MASK_FILE])
            if (here / LAYOUT_FILE).is_file():
                files[LAYOUT_FILE] = _copy(here / LAYOUT_FILE)
        elif kind == "report" and REPORT_FILE in found:
            files["report.json"] = _copy(found[REPORT_FILE])
        elif kind == "dicom":
            files["dicom"] = dicom_files.of_folder(here)
        elif kind in ("nrrd", "nifti"):
            ending = "nrrd" if kind == "nrrd" else "nii.gz"
            sources = {"mask": found[MASK_FILE], "volume": found.get(VOLUME_FILE)}
            sources["agreement"] = agreement if agreement.is_file() else None
            for name, path in sources.items():
                if path is not None:
                    files[f"{name}.{ending}"] = _copy(path) if kind == "nrrd" else _converted(path)
    report = _report(found.get(REPORT_FILE))
    if report.get("kind") == "organs":
        return files, _plain_name(f"SYNTHETIC {' '.join(report.get('organs') or ('organs',))}")
    number = report.get("candidate", candidate + 1)
    return files, _plain_name(f"SYNTHETIC {report.get('structure', 'result')} candidate {number}")


def _of_nodes(nodes: list, kinds: list[str], report) -> tuple[dict[str, _Writer], str]:
    """The same for nodes of the scene."""
    segmentations = [node for node in nodes if node.IsA("vtkMRMLSegmentationNode")]
    volumes = [node for node in nodes if node.IsA("vtkMRMLScalarVolumeNode")]
    named: list[tuple[str, object]] = [("mask", node) for node in segmentations[:1]]
    named += zip(("volume", "agreement"), volumes, strict=False)
    files: dict[str, _Writer] = {}
    for kind in kinds:
        if kind == "seg.nrrd" and segmentations:
            files["mask.seg.nrrd"] = _stored(segmentations[0], slicer.vtkMRMLSegmentationStorageNode)
        elif kind == "report" and nodes:
            files["report.json"] = _copy(Path(report)) if report else _told(nodes)
        elif kind == "dicom" and nodes:
            files["dicom"] = dicom_files.of_nodes(*(next(iter(some), None) for some in (segmentations, volumes)))
        elif kind in ("nrrd", "nifti"):
            ending = "nrrd" if kind == "nrrd" else "nii.gz"
            files |= {f"{name}.{ending}": _voxels_of(node, kind) for name, node in named}
    return files, _plain_name((segmentations or volumes or nodes or [None])[0].GetName()) if nodes else ""


def _written(folder: Path, files: dict[str, _Writer], stem: str, check: Callable[[], None]) -> list[Path]:
    """Every file beside the others in a hidden folder first, then moved; a fault leaves the folder as it was."""
    paths: list[Path] = []
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".exporting-", dir=folder) as hidden:
            for ending, write in files.items():
                check()
                write(Path(hidden) / ending)
            stem = _free_stem(folder, stem, files)
            for ending in files:
                target = folder / f"{stem}_{ending}"
                os.chmod(Path(hidden) / ending, 0o755 if (Path(hidden) / ending).is_dir() else 0o644)
                os.replace(Path(hidden) / ending, target)
                paths.append(target)
    except (OSError, Cancelled) as error:
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if is_new and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
        if isinstance(error, Cancelled):
            raise
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        reason = "the disk is full" if full else (error.strerror or str(error))
        raise OutputError(
            f"The export to '{folder}' did not work: {reason}; nothing was left there.",
            hint=_ROOM if full else _RIGHTS,
        ) from error
    return paths


def _copy(path: Path) -> _Writer:
    return lambda target: shutil.copyfile(path, target) and None


def _converted(path: Path) -> _Writer:
    """A volume file in the format of the target's name; by SimpleITK, which lets the window go on meanwhile."""

    def write(target: Path) -> None:
        import SimpleITK as sitk

        sitk.ProcessObject.GlobalWarningDisplayOff()
        try:
            image = sitk.ReadImage(str(path))
        except RuntimeError as error:
            raise OSError(f"'{path.name}' cannot be read") from error
        needed = _SPARE_BYTES + image.GetNumberOfPixels() * image.GetSizeOfPixelComponent()
        _require_room(target, needed)
        try:
            sitk.WriteImage(image, str(target), useCompression=True)
        except RuntimeError:
            target.unlink(missing_ok=True)
        _require_whole(target, needed)

    return write


def _voxels_of(node, kind: str) -> _Writer:
    """A node's voxels as a volume file; of a segmentation its labels, merged on its own grid."""
    storage = slicer.vtkMRMLNRRDStorageNode if kind == "nrrd" else slicer.vtkMRMLVolumeArchetypeStorageNode
    if not node.IsA("vtkMRMLSegmentationNode"):
        return _stored(node, storage)

    def write(target: Path) -> None:
        image, labels = slicer.vtkOrientedImageData(), slicer.vtkMRMLLabelMapVolumeNode()
        whole = slicer.vtkSegmentation.EXTENT_REFERENCE_GEOMETRY
        if not node.GenerateMergedLabelmapForAllSegments(image, whole):
            raise OSError(f"'{node.GetName()}' has no labels")
        slicer.vtkSlicerSegmentationsModuleLogic.CreateLabelmapVolumeFromOrientedImageData(image, labels)
        provenance.write_attributes(labels, provenance.provenance_of(node))
        _stored(labels, storage)(target)

    return write


def _stored(node, storage_class) -> _Writer:
    """A node through a storage node of its own: the node's link to its file in the scene stays as it is."""

    def write(target: Path) -> None:
        needed = _bytes_of(node)
        _require_room(target, needed)
        storage = storage_class()
        storage.SetFileName(str(target))
        storage.SetUseCompression(1)
        with _quiet():
            done = storage.WriteData(node)
        if not done:
            target.unlink(missing_ok=True)
        _require_whole(target, needed)

    return write


def _require_room(target: Path, needed: int) -> None:
    if shutil.disk_usage(target.parent).free < needed:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _require_whole(target: Path, needed: int) -> None:
    """Refuses a file that was not written to its end, with the system's reason where it tells one."""
    if not target.is_file() or not _is_whole(target):
        target.unlink(missing_ok=True)
        _probe(target, needed)
        raise OSError(f"'{target.name}' cannot be written")


def _bytes_of(node) -> int:
    """What a node may need on disk, without compression."""
    image = node.GetImageData() if hasattr(node, "GetImageData") else None
    return _SPARE_BYTES + (1024 * image.GetActualMemorySize() if image is not None else 0)


def _probe(path: Path, size: int) -> None:
    """Storage nodes do not say why they failed: Python's own writing of as many bytes does.

    Raises:
        OSError: With the system's reason.
    """
    with path.open("wb") as file:
        for _ in range(0, size, _SPARE_BYTES):
            file.write(b"\0" * _SPARE_BYTES)
    path.unlink()


def _is_whole(path: Path) -> bool:
    """Whether the compressed voxels of a file reach its end: on a full disk, writers leave half a file in silence."""
    with path.open("rb") as file:
        if path.suffix != ".gz":
            header = [line.strip() for line in itertools.takewhile(lambda line: line.strip(), file)]
            if not {b"encoding: gzip", b"encoding: gz"} & set(header):
                return path.stat().st_size > 0
        try:
            with gzip.GzipFile(fileobj=file) as voxels:
                while voxels.read(_SPARE_BYTES):
                    pass
        except (OSError, EOFError, zlib.error):
            return False
    return True


class _quiet:
    """VTK's own error output off: what it would say is said in our one sentence."""

    def __enter__(self):
        self._before = vtk.vtkObject.GetGlobalWarningDisplay()
        vtk.vtkObject.GlobalWarningDisplayOff()

    def __exit__(self, *_):
        vtk.vtkObject.SetGlobalWarningDisplay(self._before)


def _told(nodes: list) -> _Writer:
    """The provenance of nodes as JSON, where no report is at hand."""
    records = {node.GetName(): provenance.provenance_of(node) for node in nodes}
    text = json.dumps({"format": "sketch2ct.provenance", "version": 1, "nodes": records}, indent=2)
    return lambda target: target.write_text(text + "\n", encoding="utf-8") and None


def _report(path) -> dict:
    """What a report says; nothing where there is none, or a damaged one."""
    if path is None:
        return {}
    try:
        report = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}


def _plain_name(name: str) -> str:
    """A name for files on any system."""
    return "".join(c if c.isascii() and (c.isalnum() or c in _PLAIN) else "_" for c in name).strip("_.") or "SYNTHETIC"


def _free_stem(folder: Path, stem: str, files) -> str:
    """The stem, with a number where any of the files is there already."""
    for number in range(1, 10_000):
        tried = stem if number == 1 else f"{stem}_{number}"
        if not any((folder / f"{tried}_{ending}").exists() for ending in files):
            return tried
    raise OSError(f"there are too many files named '{stem}'")
