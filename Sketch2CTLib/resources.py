"""Where the shipped files lie: trained weights, example sketches, dataset definitions. Torch-free."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import ConfigError

RESOURCES_VARIABLE = "SKETCH2CT_RESOURCES"


def resource_path(*parts: str) -> Path:
    """The path of a shipped file or folder, `Resources/<parts>`, whether or not it exists.

    Looked for in this order: the folder that SKETCH2CT_RESOURCES names, `Resources` inside the package (installed
    wheel), `Resources` one folder up (source checkout), the extension's share folder (installed in Slicer).

    Raises:
        ConfigError: SKETCH2CT_RESOURCES is not a folder, or no resources are installed at all.
    """
    return resources_folder().joinpath(*parts)


def resources_folder() -> Path:
    """The folder of the shipped files; see `resource_path`.

    Raises:
        ConfigError: SKETCH2CT_RESOURCES is not a folder, or no resources are installed at all.
    """
    chosen = os.environ.get(RESOURCES_VARIABLE)
    if chosen:
        folder = Path(chosen).expanduser()
        if not folder.is_dir():
            raise ConfigError(f"{RESOURCES_VARIABLE} is '{chosen}', which is no folder.", hint="Correct or unset it.")
        return folder
    candidates = _candidates(Path(__file__).resolve().parent)
    for folder in candidates:
        if folder.is_dir():
            return folder
    looked = ", ".join(f"'{folder}'" for folder in candidates)
    raise ConfigError(
        f"The files shipped with Sketch2CT are missing; looked in {looked}.",
        hint=f"Reinstall Sketch2CT, or set {RESOURCES_VARIABLE} to the Resources folder of a checkout.",
    )


def _candidates(package: Path) -> list[Path]:
    inside, beside = package / "Resources", package.parent / "Resources"
    # A Slicer extension: <root>/lib/Slicer-X.Y/qt-scripted-modules/Sketch2CTLib. There `beside` is where every module
    # keeps its icons, so the share folder, <root>/share/Slicer-X.Y/Sketch2CT, comes first.
    if package.parent.name == "qt-scripted-modules":
        slicer_lib = package.parent.parent
        share = slicer_lib.parent.parent / "share" / slicer_lib.name / "Sketch2CT"
        return [inside, share]
    return [inside, beside]
