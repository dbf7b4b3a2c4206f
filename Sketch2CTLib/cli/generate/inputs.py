"""What `sketch2ct generate` reads: guidance, masks, former results, descriptions, and which files hold drawings."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...description.model import GeometryDescription
    from ...generation.state import Former

_GUIDED = ("sketch", "numbers", "words")


def guidance_of(text: str, scales: Any) -> Any:
    """What --guidance says: one number for all conditions, a number for each, or nothing.

    Args:
        text: As given.
        scales: `Scales`, or dict for a message.
    """
    from ...errors import ConfigError

    if not text.strip():
        return None
    hint = "Write 2, or sketch=1.5,numbers=2,words=1."
    try:
        if "=" not in text:
            return float(text) if scales is dict else scales.of(float(text))
        pairs = [part.split("=") for part in text.split(",")]
        named = {name.strip(): float(value) for name, value in pairs}
    except ValueError as error:
        raise ConfigError(f"The guidance '{text[:60]}' cannot be read.", hint=hint) from error
    if not named.keys() <= set(_GUIDED) or len(named) < len(pairs):
        raise ConfigError(f"The guidance '{text[:60]}' must name {', '.join(_GUIDED)}, each once.", hint=hint)
    return scales(**named)


def check_strength(strength: float) -> None:
    """Checks how far an edit may go.

    Raises:
        InputError: It is no share.
    """
    from ...errors import InputError

    if not 0.0 <= strength <= 1.0:
        raise InputError(f"--strength must lie in 0…1, got {strength}.", hint="0 keeps the shape, 1 draws it anew.")


def read_mask_file(path: Path, label: str | None) -> Any:
    """(D, H, W) bool body of a label in a mask file, and its grid."""
    from ...data.masks import read_mask
    from ...generation.volumes.own_grid import require_usual_size

    require_usual_size(path, "mask")
    return read_mask(path, label)


def former_result(folder: Path | None, mask: Path | None) -> Former | None:
    """The result to edit, read from its folder; None where no folder is given."""
    from ...errors import InputError
    from ...generation.state import read_state

    if folder is None:
        return None
    if mask is not None:
        raise InputError("Both --edit and --mask are given.", hint="Give one of them.")
    return read_state(folder)


def description_of(text: str, path: Path | None, structure: str, former: Former | None) -> GeometryDescription:
    """The description of a text or a file as given; the file names its structure, otherwise --structure must.

    An edit keeps the former description where no other one is given.
    """
    from ...description.model import GeometryDescription
    from ...errors import InputError
    from ...generation.asking import asked_description

    if path is not None and text:
        raise InputError("Both --text and --description are given.", hint="Give one of them.")
    given = GeometryDescription.read(path) if path is not None else None
    return asked_description(given, text, structure, former)


def with_second(
    sketches: Sequence[str] | None, scales: Sequence[str] | None, second: Path | None, view: str, scale: str
) -> tuple[list[str], list[str]]:
    """The files and scales of the silhouettes, with those that the older options of a second sketch name.

    Raises:
        SketchError: A second sketch has no first, or something is said of a second one and there is none.
    """
    from ...errors import SketchError
    from ...frames import view as standard_view

    files, sizes = list(sketches or ()), list(scales or ())
    if second is None:
        if view or scale:
            raise SketchError("A second view is named without a drawing.", hint="Add a second --sketch.")
        return files, sizes
    if not files:
        raise SketchError("A second sketch is given without a first.", hint="Give it as --sketch.")
    sizes = [*sizes[:1], *[""] * (1 - len(sizes)), scale, *sizes[1:]]
    named = f"{standard_view(view).name}:{second}" if view else str(second)
    return [files[0], named, *files[1:]], sizes


def tell_drawing(note: str) -> None:
    """Says on stderr what was changed in a drawing."""
    print(f"sketch: {note}", file=sys.stderr)
