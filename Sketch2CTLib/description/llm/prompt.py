"""What the language model is told and shown: a structure's name, its numbers, pictures of its shape. Nothing else."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ... import catalog
from ...errors import InputError
from ...frames import VIEWS
from ..quantities import QUANTITIES, check_numbers
from .answer import Asked, answer_schema, asked_words

MOST_PICTURE_BYTES = 2_000_000
MOST_PICTURE_PIXELS = 2048

_PNG = b"\x89PNG\r\n\x1a\n"
_SEEN_FROM = {"axial": "below, from the feet", "coronal": "the front", "sagittal": "the patient's left side"}
_LETTERS = {
    "R": "the patient's right",
    "L": "the patient's left",
    "A": "the front (anterior)",
    "P": "the back (posterior)",
    "S": "the top (superior)",
    "I": "the bottom (inferior)",
}
_RULES = """\
You describe the geometry of one three-dimensional shape in fixed words. You see shaded renderings of its outer \
surface and read numbers that were measured on it; trust the numbers where the pictures leave room for doubt.

Rules:
- Describe shape alone: outline, surface, symmetry, continuity, proportions, course, and where the bulk lies.
- Never diagnose. Name no disease, finding, cause, treatment or risk, and do not say whether anything is normal, \
abnormal, healthy, enlarged, dilated, shrunken or suspicious. Compare with no typical organ and no other person.
- Judge no anatomy: the name only tells what the shape is called.
- Directions are the patient's own: 'right' is the side marked R, 'front' the side marked A, 'top' the side marked S.
- Choose for every field exactly one of its allowed values, and write the summary in plain geometric words.
- Answer with one JSON object and nothing else."""


@dataclass(frozen=True)
class Picture:
    """One rendered view.

    Args:
        view: axial, coronal or sagittal.
        png: The file's content.
        width, height: In pixels.
    """

    view: str
    png: bytes
    width: int
    height: int


@dataclass(frozen=True)
class LlmPrompt:
    """Everything that is sent, ready to be shown before it is.

    Args:
        structure: Catalog name.
        numbers: The numbers that `user` states.
        system: The rules.
        user: The structure's name, numbers and views in words.
        pictures: In the order in which `user` names them.
        asked: The words to answer with and their values.
    """

    structure: str
    numbers: dict[str, float]
    system: str
    user: str
    pictures: tuple[Picture, ...]
    asked: Asked

    def messages(self) -> list[dict[str, Any]]:
        """The conversation as a chat completion takes it."""
        content: list[dict[str, Any]] = [{"type": "text", "text": self.user}]
        for picture in self.pictures:
            url = f"data:image/png;base64,{base64.b64encode(picture.png).decode()}"
            content.append({"type": "image_url", "image_url": {"url": url, "detail": "low"}})
        return [{"role": "system", "content": self.system}, {"role": "user", "content": content}]

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the answer."""
        return answer_schema(self.asked)

    def digests(self) -> dict[str, str]:
        """View → SHA-256 of its picture."""
        return {picture.view: hashlib.sha256(picture.png).hexdigest() for picture in self.pictures}


def build_prompt(structure: str, numbers: Mapping[str, float], snapshots: Mapping[str, bytes]) -> LlmPrompt:
    """The prompt for a shape.

    Args:
        structure: Catalog name or alias.
        numbers: Any subset of the quantities.
        snapshots: View → PNG, any of axial, coronal and sagittal.

    Raises:
        DescriptionError: A number is unknown or impossible.
        InputError: A view is unknown, or a picture is no PNG or too large.
        UnknownStructure: The catalog has no such structure.
    """
    wanted = catalog.structure(structure)
    known = check_numbers(numbers)
    if not known and not snapshots:
        raise InputError("There is nothing to describe: neither numbers nor pictures.")
    unknown = sorted(set(snapshots) - set(VIEWS))
    if unknown:
        raise InputError(f"Unknown view '{unknown[0]}'.", hint=f"Choose from {', '.join(VIEWS)}.")
    pictures = tuple(_picture(name, snapshots[name]) for name in VIEWS if name in snapshots)
    user = "\n\n".join(
        part for part in (f"The shape is called: {wanted.title}.", _told(known), _seen(pictures)) if part
    )
    return LlmPrompt(wanted.name, known, _RULES, user, pictures, asked_words(wanted.name, known))


def _picture(name: str, png: bytes) -> Picture:
    if len(png) > MOST_PICTURE_BYTES:
        raise InputError(f"The {name} picture has {len(png)} bytes, at most {MOST_PICTURE_BYTES} can be sent.")
    if not png.startswith(_PNG) or len(png) < 33 or png[12:16] != b"IHDR":
        raise InputError(f"The {name} picture is no PNG file.")
    width, height = struct.unpack(">II", png[16:24])
    if not 1 <= min(width, height) <= max(width, height) <= MOST_PICTURE_PIXELS:
        raise InputError(
            f"The {name} picture has {width}×{height} pixels, at most {MOST_PICTURE_PIXELS} a side can be sent."
        )
    return Picture(name, png, width, height)


def _told(known: Mapping[str, float]) -> str:
    """The numbers, one a line; four digits, as no shape is known better."""
    if not known:
        return ""
    lines = [
        f"- {q.title} ({q.name}): {known[q.name]:.4g}{f' {q.unit}' if q.unit else ''}"
        for q in QUANTITIES
        if q.name in known
    ]
    return "Measured numbers (positions run from 0 to 1 along the shape's own extent):\n" + "\n".join(lines)


def _seen(pictures: tuple[Picture, ...]) -> str:
    if not pictures:
        return ""
    lines = []
    for count, picture in enumerate(pictures, start=1):
        left, right, top, bottom = VIEWS[picture.view].letters
        lines.append(
            f"{count}. {picture.view}, seen from {_SEEN_FROM[picture.view]}: left edge {left}, right edge {right}, "
            f"top edge {top}, bottom edge {bottom}."
        )
    letters = dict.fromkeys(letter for picture in pictures for letter in VIEWS[picture.view].letters)
    meanings = ", ".join(f"{letter} = {_LETTERS[letter]}" for letter in letters)
    one = "The picture shows" if len(lines) == 1 else f"The {len(lines)} pictures show, at one scale,"
    return f"{one} the shape by parallel rays:\n" + "\n".join(lines) + f"\nLetters: {meanings}."
