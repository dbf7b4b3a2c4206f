"""The models at hand: those that are shipped, which stay, and those that the user brought, which can be removed."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from Sketch2CTLib import own_structures
from Sketch2CTLib.errors import ConfigError, InputError, OutputError, Sketch2CTError, WeightsError

from ..widgets.terms import organ_title
from ..widgets.translation import _
from . import model_files
from .machine import user_folder

FOLDER = "Models"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_EXTRA_FILES = (model_files.INDEX, own_structures.FILE, model_files.CARD, "LICENSE", "LICENSE.txt", "LICENSE.md")
_ROOM_MB = 50  # that a copy leaves free


@dataclass(frozen=True)
class StoredModel:
    """A model of the store.

    Args:
        name: The name of its folder.
        folder: Where it lies.
        shipped: Whether it came with Sketch2CT and is protected.
        title: The title on its card.
        size_mb: The size of its weights.
        structures: Catalog names that it was trained for.
        parts: Its networks.
        card: README.md, '' where there is none.
        problem: Why it cannot be used, '' otherwise. Only presence is looked at; see `ModelStore.verify`.
    """

    name: str
    folder: Path
    shipped: bool
    title: str
    size_mb: float = 0.0
    structures: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    card: str = ""
    problem: str = ""

    @property
    def generates(self) -> bool:
        """Whether it draws masks; others check what was drawn."""
        return "mask_diffusion" in self.parts

    @property
    def structure_titles(self) -> str:
        """The titles of its structures: 'Liver, Spleen, …'."""
        return ", ".join(map(organ_title, self.structures)) or _("not told")


class ModelStore:
    """Lists, brings in, checks and removes models.

    Args:
        shipped: Folder of the shipped ones; `Resources/Models` by default.
        own: Folder of the user's; below the user's data folder by default. It may not be there yet.
    """

    def __init__(self, shipped=None, own=None):
        self._shipped = None if shipped is None else Path(shipped)
        self._own = Path(own) if own is not None else user_folder() / FOLDER

    @property
    def own_folder(self) -> Path:
        """The folder of the user's models."""
        return self._own

    def models(self) -> list[StoredModel]:
        """All models, the shipped ones first, by name; damaged ones with what is wrong."""
        models = []
        for root, shipped in ((self._shipped_folder(), True), (self._own, False)):
            if root is not None and root.is_dir():
                paths = sorted(root.glob(f"*/{model_files.INDEX}"))
                models += [_stored(path.parent, shipped) for path in paths if not path.parent.name.startswith(".")]
        return models

    def model(self, name: str) -> StoredModel:
        """The model of that name.

        Raises:
            InputError: There is none.
        """
        by_name = {one.name: one for one in self.models()}
        if name not in by_name:
            raise InputError(
                _("There is no model '{name}'.").format(name=name[:60]),
                hint=_("Choose from: {names}.").format(names=", ".join(by_name) or "none"),
            )
        return by_name[name]

    def verify(self, name: str, *, on_progress=None) -> int:
        """Reads every weight file and compares its SHA-256; how many there are.

        Args:
            name: The model's name.
            on_progress: Hears the share that is read, 0–1, after each file.

        Raises:
            InputError: There is no such model.
            WeightsError: A file is missing, altered or no safetensors.
        """
        model = self.model(name)
        listed = model_files.components(model_files.read_index(model.folder))
        for number, (file, sha256) in enumerate(listed.values(), start=1):
            model_files.check_file(model.folder / file, sha256)
            if on_progress is not None:
                on_progress(number / len(listed))
        return len(listed)

    def import_folder(self, path, *, on_progress=None) -> StoredModel:
        """Copies a model folder beside the others once every file is checked; whole or not at all.

        Args:
            path: A folder with model.json and its weight files; its name becomes the model's.
            on_progress: Hears the share that is copied, 0–1.

        Raises:
            InputError: The name cannot be used or is taken.
            WeightsError: A file is missing, altered or no safetensors.
            ConfigError: A structure of it is known already, and defined otherwise.
            OutputError: The disk is full or the folder cannot be written.
        """
        source = Path(path)
        if not source.is_dir():
            raise InputError(
                _("'{source}' is no folder.").format(source=source), hint=_("Choose the folder that holds model.json.")
            )
        index = model_files.read_index(source)
        own_structures.read(source)
        name = self._free_name(source)
        self._check_room(source, index)
        try:
            self._own.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(prefix=".import-", dir=self._own))
        except OSError as error:
            raise _unwritable(self._own, error) from error
        try:
            _copy(source, beside, index, on_progress)
            beside.chmod(0o755)
            beside.rename(self._own / name)
        except OSError as error:
            raise _unwritable(self._own / name, error) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)  # gone already where all went well
        return self.model(name)

    def import_bundle(self, path, *, on_progress=None) -> StoredModel:
        """Unpacks a bundle, one file that holds a model, beside the others once all in it is checked.

        Args:
            path: What `sketch2ct models export` wrote.
            on_progress: Hears the share that is copied, 0–1.

        Raises:
            InputError: The name is taken.
            WeightsError: It was altered, is of another version, or holds what no model has.
            OutputError: The disk is full or the folder cannot be written.
        """
        from Sketch2CTLib.bundles import unpack

        try:
            self._own.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".bundle-", dir=self._own) as beside:
                return self.import_folder(unpack(Path(path), Path(beside)).folder, on_progress=on_progress)
        except OSError as error:
            raise _unwritable(self._own, error) from error

    def remove(self, name: str) -> None:
        """Removes a model that the user brought.

        Raises:
            InputError: There is no such model, or it is a shipped one.
            OutputError: Its files are in use.
        """
        model = self.model(name)
        if model.shipped:
            raise InputError(
                _("'{name}' came with Sketch2CT and stays.").format(name=name),
                hint=_("Only models that you imported can be removed."),
            )
        aside = model.folder.with_name(f".removed-{name}")
        try:
            shutil.rmtree(aside, ignore_errors=True)
            model.folder.rename(aside)  # so that a half removed model is never listed
            shutil.rmtree(aside)
        except OSError as error:
            raise OutputError(
                _("'{folder}' cannot be removed ({reason}).").format(folder=model.folder, reason=error.strerror),
                hint=_("Stop the run, then try again."),
            ) from error

    # ---- inside

    def _shipped_folder(self) -> Path | None:
        if self._shipped is not None:
            return self._shipped
        from Sketch2CTLib.resources import resource_path

        try:
            return resource_path("Models")
        except Sketch2CTError:
            return None

    def _free_name(self, source: Path) -> str:
        name = source.resolve().name
        if not _NAME.fullmatch(name):
            raise InputError(
                _("'{name}' cannot be a model's name.").format(name=name[:60]),
                hint=_("Rename the folder: letters, digits, '-' and '_', at most 64."),
            )
        if name.lower() in {one.name.lower() for one in self.models()} or (self._own / name).exists():
            raise InputError(
                _("There is a model '{name}' already.").format(name=name),
                hint=_("Rename the folder, or remove the other model first."),
            )
        return name

    def _check_room(self, source: Path, index: dict) -> None:
        from .machine import disk_free_mb, in_words

        need, free = model_files.size_mb(source, index) + _ROOM_MB, disk_free_mb(self._own)
        if free is not None and free < need:
            raise OutputError(
                _("The model needs {need}, but {free} are free.").format(need=in_words(need), free=in_words(free)),
                hint=_("Make room on the disk first."),
            )


def _stored(folder: Path, shipped: bool) -> StoredModel:
    card = model_files.read_card(folder)
    try:
        index = model_files.read_index(folder)
        own_structures.read(folder)
    except (WeightsError, ConfigError) as error:
        return StoredModel(folder.name, folder, shipped, folder.name, card=card, problem=str(error))
    listed = model_files.components(index)
    missing = [file for file, _sha in listed.values() if not (folder / file).is_file()]
    return StoredModel(
        folder.name,
        folder,
        shipped,
        _title(card) or folder.name,
        model_files.size_mb(folder, index),
        model_files.structures_of(index),
        tuple(sorted(listed)),
        card,
        _("The weight file '{file}' is missing.").format(file=missing[0]) if missing else "",
    )


def _title(card: str) -> str:
    """The first heading of a card, without its marks."""
    heading = next((line for line in card.splitlines() if line.startswith("# ")), "")
    return heading[2:].replace("`", "").removeprefix("Model card:").strip()


def _copy(source: Path, target: Path, index: dict, on_progress) -> None:
    """Only what the index lists, card and licence: nothing else of a folder comes along.

    Raises:
        WeightsError: What was copied is not what the index says.
        OSError: It cannot be read or written.
    """
    total = max(1.0, model_files.size_mb(source, index) * 2**20)
    copied = 0

    def on_bytes(count: int) -> None:
        nonlocal copied
        copied += count
        if on_progress is not None:
            on_progress(min(1.0, copied / total))

    for file, sha256 in model_files.components(index).values():
        if not (source / file).is_file():
            raise WeightsError(
                _("The weight file '{file}' is missing.").format(file=file), hint=_("Fetch the model again.")
            )
        digest = model_files.copy_hashed(source / file, target / file, on_bytes)
        model_files.check_digest(target / file, digest, sha256)
        model_files.check_header(target / file)
    for name in _EXTRA_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)


def _unwritable(path: Path, error: OSError) -> OutputError:
    reason = error.strerror or str(error)
    return OutputError(
        _("'{path}' cannot be written ({reason}).").format(path=path, reason=reason),
        hint=_("Check the folder and free space."),
    )
