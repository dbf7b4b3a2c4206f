"""The folder of a result: written aside, then put in the place of the former result as a whole, or not at all."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .. import catalog
from ..errors import OutputError

MASK_FILE = "mask.seg.nrrd"
VOLUME_FILE = "volume.nrrd"
LAYOUT_FILE = "layout.seg.nrrd"
REPORT_FILE = "report.json"
PREVIEW_FILE = "preview.png"
PICTURE_FILE = "report.png"
AGREEMENT_FILE = "agreement.nrrd"
STATE_FILE = "state.safetensors"
RESULT_FILES = (
    MASK_FILE, VOLUME_FILE, LAYOUT_FILE, REPORT_FILE, PREVIEW_FILE, PICTURE_FILE, AGREEMENT_FILE, STATE_FILE
)  # fmt: skip
REPORT_FORMAT = "sketch2ct.report"
FREE_MB = 64.0
_CONVERTED = ("mask.nii.gz", "volume.nii.gz", "mask.dcm")  # of other formats, see `formats.labelled`
_SLICES = "volume"  # the folder of a DICOM series
_CANDIDATE = re.compile(r"candidate_\d{2,}")
_SLICE = re.compile(r"\d{4,}\.dcm")
_LOCK = ".replacing"
_LOCK_S, _LOOK_S = 10.0, 0.05
_NEW_FOLDER = "Choose a new or an empty folder."


@contextmanager
def replaced(out_dir: str | os.PathLike[str], *, merge: bool = False) -> Iterator[Path]:
    """An empty folder; when the block ends well, what lies in it replaces the former result of the output folder.

    Files of a user's own beside a former result stay. Whatever fails, Ctrl+C too, leaves the folder as it was.

    Args:
        out_dir: The output folder, made if missing.
        merge: Only files of the same names are replaced, and the folder may be any.

    Raises:
        OutputError: It cannot be written, the disk is full, or it holds other things than a result.
    """
    out = Path(out_dir)
    try:
        if not merge:
            require_result_folder(out)
        with _staging(out) as stage:
            new = stage / "new"
            new.mkdir()
            yield new
            names = sorted(one.relative_to(new).as_posix() for one in new.rglob("*") if one.is_file())
            with _alone(out):
                former = [] if merge else former_files(out)
                _refuse_folders(out, names)
                _swap(stage, out, names, former)
    except (OSError, OutputError) as error:
        reason = error.message if isinstance(error, OutputError) else (error.strerror or str(error))
        hint = error.hint if isinstance(error, OutputError) else ""
        raise OutputError(
            f"The result cannot be written to '{_shown(out)}' ({reason.rstrip('.')}).",
            hint=hint or "Check the folder's rights and free space.",
        ) from error


def check_writable(out_dir: str | os.PathLike[str], *, free_mb: float = FREE_MB) -> None:
    """Makes sure, before a long run, that a folder can be written later; leaves nothing behind.

    Raises:
        OutputError: It is a file, cannot be written, or its disk has less than free_mb megabytes left.
    """
    out = Path(out_dir)
    try:
        with _staging(out) as stage:
            (stage / "probe").write_bytes(b"probe")
            free = shutil.disk_usage(stage).free / 1e6
    except OSError as error:
        raise OutputError(
            f"The output folder '{out}' cannot be written ({error.strerror or error}).",
            hint="Choose a folder that you may write to.",
        ) from error
    if free < free_mb:
        raise OutputError(f"'{out}' has {free:.0f} MB left, {free_mb:.0f} are needed.", hint="Free some space.")


def require_result_folder(out: Path, inputs: Iterable[Path | None] = ()) -> None:
    """Checks that a folder is new, empty or a former result, and that no input lies among the files to be replaced.

    Raises:
        OutputError: It is not so.
    """
    try:
        seen = [one for one in os.listdir(out) if not one.startswith(".")] if out.is_dir() else []
        former = {(out / name).resolve() for name in former_files(out)} if seen else set()
    except OSError as error:
        raise OutputError(f"'{out}' cannot be looked into ({error.strerror}).", hint=_NEW_FOLDER) from error
    if seen and not is_result(out):
        raise OutputError(f"'{out}' is not empty and holds no result: it is left as it is.", hint=_NEW_FOLDER)
    for one in inputs:
        if one is not None and one.resolve() in former:
            raise OutputError(f"'{one}' would be replaced: it lies in the output folder.", hint=_NEW_FOLDER)


def is_result(folder: Path) -> bool:
    """Whether a folder holds a result: its report says so."""
    try:
        document = json.loads((folder / REPORT_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("format") == REPORT_FORMAT


def former_files(out: Path) -> list[str]:
    """The files of a result in a folder, relative to it."""
    if not out.is_dir():
        return []
    names = []
    for folder in result_folders(out):
        here = [folder / name for name in (*RESULT_FILES, *_CONVERTED) if (folder / name).is_file()]
        if (folder / _SLICES).is_dir():
            here += sorted(one for one in (folder / _SLICES).iterdir() if _SLICE.fullmatch(one.name))
        names += [one.relative_to(out).as_posix() for one in here]
    return names


def candidate_folders(out: Path) -> list[Path]:
    """The folders of a result's candidates, the best first."""
    others = (one for one in out.iterdir() if _CANDIDATE.fullmatch(one.name) and one.is_dir())
    return [out, *sorted(others)]


def result_folders(out: Path) -> list[Path]:
    """Those of candidates, and of organs among several, which have candidates of their own."""
    organs = [out / name for name in catalog.names() if is_result(out / name)]
    return [*candidate_folders(out), *(folder for organ in organs for folder in candidate_folders(organ))]


def _refuse_folders(out: Path, names: Iterable[str]) -> None:
    for name in names:
        if (out / name).is_dir():
            raise OutputError(f"'{out / name}' is a folder.")


def _swap(stage: Path, out: Path, names: list[str], former: list[str]) -> None:
    """Moves the old files out and the new ones in; if one cannot be moved, puts back what was there before."""
    undo: list[Callable[[], None]] = []
    done = False
    try:
        old = stage / "old"
        old.mkdir()
        for number, name in enumerate(sorted({*former, *names})):
            if (out / name).exists():
                _moved(out / name, old / str(number), undo)
        for name in names:
            target = out / name
            for folder in reversed([one for one in target.parents if not one.exists()]):
                folder.mkdir()
                undo.append(folder.rmdir)
            _moved(stage / "new" / name, target, undo)
        done = True
    finally:
        if done:
            shutil.rmtree(old, ignore_errors=True)
            _drop_empty(out, former)
        else:
            for step in reversed(undo):
                with suppress(OSError):
                    step()


def _moved(source: Path, target: Path, undo: list[Callable[[], None]]) -> None:
    undo.append(lambda: os.replace(target, source) if target.exists() else None)
    os.replace(source, target)


def _drop_empty(out: Path, names: Iterable[str]) -> None:
    """Removes folders of former candidates that hold nothing any more."""
    folders = {folder for name in names for folder in (out / name).parents if out in folder.parents}
    for folder in sorted(folders, reverse=True):  # what lies in another comes after it
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Waits until no other run replaces the files of this folder.

    Raises:
        OutputError: It takes too long.
    """
    lock, until = out / _LOCK, time.monotonic() + _LOCK_S
    while True:
        try:
            lock.mkdir()
            break
        except FileExistsError as error:
            if time.monotonic() > until:
                raise OutputError(
                    "another run is writing there", hint=f"If there is none, remove '{lock}', which it left."
                ) from error
            time.sleep(_LOOK_S)
    try:
        yield
    finally:
        lock.rmdir()


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """A hidden folder inside the output folder, so that moving out of it is a rename; gone at the end.

    Folders on the way to it that did not exist are removed again if nothing came to lie in them. Old files that could
    not be put back stay in it.
    """
    missing = [folder for folder in (out, *out.parents) if not folder.exists()]
    stage = out / f".writing-{secrets.token_hex(4)}"
    _require_name(out)
    try:
        stage.mkdir(parents=True)
        yield stage
    finally:
        old = stage / "old"
        if not old.is_dir() or not any(old.iterdir()):
            shutil.rmtree(stage, ignore_errors=True)
        for folder in missing:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _require_name(out: Path) -> None:
    """ITK and others open files by UTF-8 names only.

    Raises:
        OutputError: The folder's path cannot be written so.
    """
    try:
        str(out.absolute()).encode("utf-8")
    except UnicodeEncodeError as error:
        raise OutputError(
            f"The name of the folder '{_shown(out)}' is not UTF-8.", hint="Choose another --out."
        ) from error


def _shown(path: Path) -> str:
    """A path as text that every terminal and file takes; what is no letter is a question mark."""
    return str(path).encode("utf-8", "replace").decode("utf-8")
