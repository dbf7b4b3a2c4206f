"""The origin of synthetic nodes: the header fields of result files, as segment tags and as node attributes.

A volume's attributes are written into its NRRD header and come back from it. A segmentation's are not, its segments'
tags are; so the same fields lie in tags there. Both survive .mrb. The keys are those of the result files: `Synthetic`
and `Sketch2CT_…`.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import slicer
import vtk

from Sketch2CTLib.errors import InputError

SYNTHETIC = "Synthetic"
PREFIX = "Sketch2CT_"
# A segment cannot list its tags: one of them names the others. Segments of result files that were opened by hand lack
# it, so that the names which results have are tried as well.
_NAMES = f"{PREFIX}Fields"
_MODELS = ("mask_autoencoder", "mask_diffusion", "mask_memory", "mask_prior", "image_autoencoder", "image_diffusion")
_RUN = ("Version", "Preset", "Seed", "Steps", "Guidance", "Spread", "Draws", "Candidate", "Context", "Modality")
_ASKED = ("Sketch", "Second_Sketch", "Description", "Edit_Strength", "Edit_Former")
_USUAL = (SYNTHETIC, *(PREFIX + name for name in (*_RUN, *_ASKED, *(f"Model_{one}" for one in _MODELS))))
_MOST_HEADER_BYTES = 1_000_000
_MOST_CHARACTERS = 2000
_TYPOGRAPHY = str.maketrans("–—−×·‘’“”…\\|", "---x.''\"\".-/")  # '|' parts the tags of a segment in a file


def read_header(path) -> dict[str, str]:
    """The key–value fields in the header of an NRRD file.

    Raises:
        InputError: The file is missing, or no NRRD.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            head = file.read(_MOST_HEADER_BYTES)
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}).", hint="Generate the result again.") from error
    if not head.startswith(b"NRRD"):
        raise InputError(f"'{path.name}' is no NRRD file.", hint="Generate the result again.")
    text = head.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].decode("utf-8", "replace")
    lines = (line.partition(":=") for line in text.split("\n") if not line.startswith("#"))
    return {key.strip(): _unescaped(value) for key, mark, value in lines if mark}


def provenance_fields(fields) -> dict[str, str]:
    """The header fields, tags or attributes that say where a result comes from."""
    return {str(key): str(value) for key, value in fields.items() if key == SYNTHETIC or str(key).startswith(PREFIX)}


def write_tags(segment, fields) -> None:
    """Puts provenance into a segment's tags, in place of what was said before; tags of other programs stay."""
    for key in read_tags(segment):
        segment.RemoveTag(key)
    lines = {_key(key): plain_line(value) for key, value in provenance_fields(fields).items()}
    for key, line in lines.items():
        segment.SetTag(key, line)
    if lines:
        segment.SetTag(_NAMES, " ".join(sorted(lines)))


def read_tags(segment) -> dict[str, str]:
    """The provenance in a segment's tags; empty where it has none."""
    names = dict.fromkeys((*_tag(segment, _NAMES).split(), *_USUAL))
    return provenance_fields({name: _tag(segment, name) for name in names if segment.HasTag(name)})


def write_attributes(node, fields) -> None:
    """Puts provenance into a node's attributes."""
    for key, value in provenance_fields(fields).items():
        node.SetAttribute(_key(key), plain_line(value))


def read_attributes(node) -> dict[str, str]:
    """The provenance in a node's attributes; empty where it has none."""
    return provenance_fields({name: node.GetAttribute(name) for name in node.GetAttributeNames()})


def provenance_of(node) -> dict[str, str]:
    """The provenance of a volume, or of the first segment of a segmentation that has one; empty where none has."""
    if node is None:
        return {}
    if not node.IsA("vtkMRMLSegmentationNode"):
        return read_attributes(node)
    segmentation = node.GetSegmentation()
    count = segmentation.GetNumberOfSegments() if segmentation is not None else 0
    tags = (read_tags(segmentation.GetNthSegment(index)) for index in range(count))
    return next((one for one in tags if one), {})


def is_synthetic(node) -> bool:
    """Whether a node says of itself that it was generated."""
    return provenance_of(node).get(SYNTHETIC) == "1"


def plain_line(text) -> str:
    """A text as one line that tags, attributes and NRRD headers bring back unchanged: ASCII without '|'."""
    simple = unicodedata.normalize("NFKD", str(text).translate(_TYPOGRAPHY))
    letters = "".join(c for c in simple if not unicodedata.combining(c))
    line = " ".join(letters.encode("ascii", "replace").decode("ascii").split())
    return "".join(c for c in line if c.isprintable())[:_MOST_CHARACTERS]


def _key(name: str) -> str:
    """A key without what parts keys from values in segment tags and NRRD headers."""
    return "_".join(plain_line(name).replace(":", "_").replace("=", "_").split())


def _tag(segment, name: str) -> str:
    value = vtk.mutable("")
    return str(value) if segment.GetTag(name, value) else ""


def _unescaped(value: str) -> str:
    """NRRD writes a line break as backslash and n."""
    return value.replace("\\n", "\n").replace("\\\\", "\\")


def in_scene(node) -> bool:
    """Whether a node is still there; a person may have deleted it meanwhile."""
    return node is not None and node.GetScene() is not None and slicer.mrmlScene.IsNodePresent(node) > 0
