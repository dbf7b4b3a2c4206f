"""What Apply asks of the service: dicts of the protocol's `generate`, checked before anything is sent."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import ConfigError, InputError, SketchError
from Sketch2CTLib.sketch import Sketch
from Sketch2CTLib.sketch.model import of_role

from ..widgets.terms import organ_in_text, organ_title
from ..widgets.translation import _

STATE_FILE = "state.safetensors"
RESULT_FILE = "result.json"  # the result event, beside the files that it names
MASK_FILE = "segment.nrrd"
_MOST_UPLOAD_BYTES = 32 * 2**20  # as the service takes them
NOTHING_DRAWN = _("There is nothing drawn, and numbers and words do not tell the course of a vessel.")
DRAW_FIRST = _("Draw the outline on the sketch, or take it from a segment with 'Extract from segment'.")


@dataclass(frozen=True)
class OrganInputs:
    """What is asked of one organ of several; its fields are those of `RunInputs`."""

    structure: str
    description: Any
    drawings: tuple[Sketch, ...]


@dataclass(frozen=True)
class RunInputs:
    """What the panels say when Apply is clicked.

    Args:
        structure: Catalog name.
        description: A GeometryDescription, or None.
        drawings: Views and contours; the first view is the main one. None where nothing is drawn.
        settings: GenerateSettings.
        organs: Where several are asked for, all of them; the fields before are those of the one in front.
        models: Folder of an imported model that draws it on this computer; empty for the shipped one.
        followed: What the segmentation held whose edited segment is sent; empty where none is.
    """

    structure: str
    description: Any
    drawings: tuple[Sketch, ...]
    settings: Any
    organs: tuple[OrganInputs, ...] = ()
    models: str = ""
    followed: str = ""

    @property
    def main(self) -> Sketch | None:
        """The drawing that says where the organ lies; None where nothing is drawn."""
        return next(iter(self.drawings), None)

    @property
    def on_server(self) -> bool:
        """Whether a server draws: it gets files, never paths, and chooses its device itself."""
        return bool(self.settings.where == "server")


def generate_request(inputs: RunInputs, *, candidates: int | None = None) -> dict[str, Any]:
    """A new shape from the drawing and the description; without a drawing from the description alone.

    Args:
        inputs: What the panels say.
        candidates: The number of candidates, in place of the settings'.

    Raises:
        SketchError: Nothing is drawn of a vessel.
    """
    if not inputs.drawings and catalog.structure(inputs.structure).tubular:
        raise SketchError(NOTHING_DRAWN, hint=DRAW_FIRST)
    return _common(inputs, candidates) | _drawings(inputs.drawings)


def organs_request(inputs: RunInputs) -> dict[str, Any]:
    """All organs at once and one scan of them. What is drawn lies where it is drawn, the rest where it usually does.

    Raises:
        SketchError: Nothing is drawn of a vessel.
        ConfigError: Some are of CT, some of MR.
    """
    found = [catalog.structure(organ.structure) for organ in inputs.organs]
    for what, organ in zip(found, inputs.organs, strict=True):
        if what.tubular and not organ.drawings:
            raise SketchError(f"{organ_title(what.name)}: {NOTHING_DRAWN}", hint=DRAW_FIRST)
    if len({what.modality for what in found}) > 1:
        told = ", ".join(f"{organ_in_text(what.name)} ({what.modality})" for what in found)
        raise ConfigError(
            _("One scan cannot show all of them: {told}.").format(told=told),
            hint=_("Take some out, and ask for them apart."),
        )
    common = _common(replace(inputs, description=None), 1)
    del common["structure"], common["candidates"]
    return common | {"organs": [_organ(organ) for organ in inputs.organs]}


def _organ(organ: OrganInputs) -> dict[str, Any]:
    return {
        "structure": organ.structure,
        "description": description_record(organ.description),
        "place": "drawn" if organ.drawings else "usual",
        "sketches": [one.to_dict() for one in of_role(organ.drawings, "silhouette")],
        "contours": [one.to_dict() for one in of_role(organ.drawings, "contour")],
    }


def edit_request(inputs: RunInputs, folder: str, candidate: int, strength: float) -> dict[str, Any]:
    """A former candidate, changed towards what is drawn and described now.

    Args:
        inputs: What the panels say; without a drawing the former one is kept.
        folder: The folder of the former result.
        candidate: From 0.
        strength: 0 keeps the former shape, 1 draws it anew.

    Raises:
        InputError: The former result's files are gone, or too large to be sent.
    """
    file = candidate_folder(folder, candidate) / STATE_FILE
    edit = _upload(
        file, inputs.on_server, _("The files of the former result are gone."), _("Generate it anew with Apply.")
    )
    drawings = {"contours": [], **_drawings(inputs.drawings)} if inputs.drawings else {}
    change = {**edit, "strength": float(strength), "whole": bool(inputs.drawings)}  # what was taken out stays away
    return _common(inputs, 1) | drawings | {"edit": change}


def mask_request(inputs: RunInputs, file: Path) -> dict[str, Any]:
    """A scan for a mask in a NRRD file, on the file's own grid.

    Raises:
        InputError: The file is too large to be sent.
    """
    mask = _upload(file, inputs.on_server, _("The segment could not be kept in a file."), _("Is the disk full?"))
    return _common(inputs) | {"mask": {**mask, "grid": "own"}, "with_volume": True}


def follow_request(inputs: RunInputs, file: Path) -> dict[str, Any]:
    """The scan and the report of an edited mask, which is kept as it is; a later edit may start from it.

    Raises:
        InputError: The file is too large to be sent.
    """
    mask = _upload(file, inputs.on_server, _("The segment could not be kept in a file."), _("Is the disk full?"))
    request = _common(inputs, 1) | _drawings(inputs.drawings)
    return request | {"mask": {**mask, "grid": "own", "followed": True}, "with_volume": True}


def layout_request(inputs: RunInputs, file: Path) -> dict[str, Any]:
    """A CT painted from a layout in a NRRD file, which shows its own organ of the structure.

    Raises:
        InputError: The file is too large to be sent.
    """
    layout = _upload(file, inputs.on_server, _("The layout could not be kept in a file."), _("Is the disk full?"))
    return _common(inputs, 1) | {"layout": layout, "with_volume": True}


def draft_request(structure: str, description: Any, drawings: tuple[Sketch, ...], models: str = "") -> dict[str, Any]:
    """A draft of what is drawn and described so far.

    Args:
        structure: Catalog name.
        description: A GeometryDescription.
        drawings: Views and contours.
        models: Folder of an imported model that draws it on this computer; empty for the service's own.
    """
    request = {"kind": "draft", "structure": structure, "description": description_record(description)}
    return request | _drawings(drawings) | ({"model": {"models": models}} if models else {})


def load_request(settings: Any) -> dict[str, Any]:
    """The mask networks alone; its answer says on which device they lie.

    Args:
        settings: GenerateSettings.
    """
    return {"kind": "load", "with_volume": False} | _model(settings)


def candidate_folder(folder: str | Path, candidate: int) -> Path:
    """The folder with a candidate's files; the best candidate is 0."""
    return Path(folder) if candidate == 0 else Path(folder) / f"candidate_{candidate + 1:02d}"


def structure_question(drawn_as: str, chosen: str) -> str:
    """The question where another structure was chosen after drawing."""
    drawn_title, chosen_title = organ_in_text(drawn_as), organ_in_text(chosen)
    return _(
        "This sketch was begun for the structure '{drawn_title}', and '{chosen_title}' is chosen now. Use it for that?"
    ).format(drawn_title=drawn_title, chosen_title=chosen_title)


def description_record(description: Any) -> dict[str, Any]:
    """A description as plain JSON values."""
    return dict(json.loads(description.to_json()))


def _common(inputs: RunInputs, candidates: int | None = None) -> dict[str, Any]:
    settings = inputs.settings
    sampling: dict[str, Any] = {"quality": settings.quality}
    if settings.guidance is not None:
        sampling["guidance"] = dict(settings.guidance)
    if not settings.paint:
        sampling["paint"] = False
    elif settings.full_hu and settings.with_volume and catalog.structure(inputs.structure).modality == "CT":
        sampling["full_hu"] = True
    request: dict[str, Any] = {
        "kind": "generate",
        "structure": inputs.structure,
        "seed": int(settings.seed),
        "candidates": int(settings.candidates if candidates is None else candidates),
        "with_volume": bool(settings.with_volume),
        "sampling": sampling,
        "pictures": False,  # the panels draw their own
    }
    if inputs.description is not None:
        request["description"] = description_record(inputs.description)
    return request | _model(settings, inputs.models)


def _model(settings: Any, models: str = "") -> dict[str, Any]:
    if settings.where == "server":
        return {}
    return {"model": {"device": settings.device} | ({"models": models} if models else {})}


def _drawings(drawings: tuple[Sketch, ...]) -> dict[str, Any]:
    from Sketch2CTLib.service.client.drawings import drawing_fields

    return drawing_fields(drawings)


def _upload(file: Path, on_server: bool, missing: str, hint: str) -> dict[str, str]:
    """A file as the service takes it: by path on this machine, as base64 elsewhere."""
    if not file.is_file():
        raise InputError(missing, hint=hint)
    if not on_server:
        return {"path": str(file)}
    content = file.read_bytes()
    if len(content) > _MOST_UPLOAD_BYTES:
        raise InputError(
            _("'{name}' has {size:.0f} MB, a server takes at most 32 MB.").format(
                name=file.name, size=len(content) / 2**20
            ),
            hint=_("Generate on this computer instead."),
        )
    return {"data": base64.b64encode(content).decode("ascii")}
