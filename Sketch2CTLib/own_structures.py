"""Structures of the user's own: their entries, what is known of them, and the file that both travel in. Torch-free.

A data set's definition has entries that a person writes (`defined`); what they leave out is looked up in Slicer's
terminology. Prepared folders, model folders, bundles and servers hand whole entries on, as `structures.json`:

    {"format": "sketch2ct.structures", "version": 1, "structures": [entry, …],
     "statistics": {"training_ranges": {structure: …}, "joint_numbers": …, "surface_ranges": …, "relations": …}}

Whoever reads one lets the structures join the catalog. The statistics are those of `Resources/Catalog`, by structure.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from . import catalog
from .atomic import write_text
from .catalog import CodedTerm, Modality, Structure
from .errors import ConfigError, Sketch2CTError
from .frames import VIEWS
from .terminology import SIDES, find

FILE = "structures.json"
FORMAT, VERSION = "sketch2ct.structures", 1
KINDS = ("training_ranges", "joint_numbers", "surface_ranges", "relations")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WRITTEN = ("title", "cube_mm", "view", "code", "side", "color_rgb", "modality", "tubular", "label", "aliases")
_LABELS = range(60, 250)
_CUBE_MM = (16.0, 2000.0)
_MOST_BYTES = 16 * 2**20
_STATISTICS: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}  # by kind, by structure


def defined(entries: Mapping[str, Any], modality: str | None = None) -> tuple[Structure, ...]:
    """The structures that a person defines, with what is left out filled in; they do not join the catalog yet.

    Args:
        entries: Name → its fields. Only `cube_mm` must be there. `code` is a name in Slicer's terminology (by default
            the title), or value and meaning; `side` is left or right; the label value of a neighbour stays, that of
            others follows from the name.
        modality: Of the scans, for entries that tell none.

    Raises:
        ConfigError: A field is unknown, missing or wrong, or a code is not found.
    """
    made: list[Structure] = []
    for name, fields in entries.items():
        taken = {one.label for one in (*catalog.all_regions(), *made) if one.name != name}
        made.append(_defined(str(name), fields, modality or "CT", taken))
    return tuple(made)


def _defined(name: str, fields: Any, modality: str, taken: Collection[int]) -> Structure:
    if not isinstance(fields, Mapping):
        raise ConfigError(f"'{name}' must be a mapping.", hint="Write at least cube_mm: its cube's edge in mm.")
    if unknown := [str(key) for key in fields if key not in _WRITTEN]:
        raise ConfigError(f"'{name}' has an unknown field '{unknown[0]}'.", hint=f"Known are {', '.join(_WRITTEN)}.")
    if "cube_mm" not in fields:
        raise ConfigError(
            f"'{name}' has no cube_mm.",
            hint="Give the edge in mm of a cube that holds the largest one with a little room, such as 160.",
        )
    side = fields.get("side")
    if side is not None and side not in SIDES:
        raise ConfigError(f"'{name}': the side '{side}' is neither left nor right.", hint="Leave it out of others.")
    title = str(fields.get("title") or name.replace("_", " ").capitalize())
    code, category, color = _coded(name, fields.get("code"), title, str(side or ""))
    entry = {
        "name": name,
        "title": title,
        "label": fields.get("label", _label_of(name, taken)),
        "cube_mm": fields["cube_mm"],
        "view": fields.get("view", "axial"),
        "color_rgb": fields.get("color_rgb", color),
        "code": code,
        "side": None if side is None else asdict(SIDES[side]),
        "tubular": fields.get("tubular", False),
        "modality": fields.get("modality", modality),
        "aliases": fields.get("aliases", ()),
        "category": category,
    }
    return structure_of(entry)


def _coded(name: str, code: Any, title: str, side: str) -> tuple[Any, Any, Any]:
    """Code, category and colour: those that are given, or of the terminology, or those of a neighbour."""
    anatomy = asdict(CodedTerm("123037004", "Anatomical Structure"))
    if isinstance(code, Mapping):
        return {"scheme": "SCT"} | dict(code), anatomy, (170, 170, 120)
    if code is None and name in catalog.NEIGHBOUR_LABELS:
        known = catalog.region(name)
        return asdict(known.code), asdict(known.category), known.color_rgb
    words = title.split()
    unsided = " ".join(word for word in words if word.lower() != side) if side else title
    try:
        term = find(str(code or unsided))
    except ConfigError as error:
        raise ConfigError(f"'{name}': {error.message}", hint=error.hint) from error
    return asdict(term.code), asdict(term.category), term.color_rgb


def _label_of(name: str, taken: Collection[int]) -> int:
    if name in catalog.NEIGHBOUR_LABELS:
        return catalog.NEIGHBOUR_LABELS[name]
    first = zlib.crc32(name.encode())
    tried = (_LABELS[(first + step) % len(_LABELS)] for step in range(len(_LABELS)))
    return next((label for label in tried if label not in taken), _LABELS[0])


def structure_of(entry: Any) -> Structure:
    """A structure from its whole entry.

    Raises:
        ConfigError: Something in it is missing or cannot be.
    """
    try:
        side = entry["side"]
        made = Structure(
            name=str(entry["name"]),
            title=str(entry["title"]),
            label=entry["label"],
            cube_mm=float(entry["cube_mm"]),
            view=str(entry["view"]),  # type: ignore[arg-type]
            color_rgb=tuple(entry["color_rgb"]),  # type: ignore[arg-type]
            code=_term(entry["code"]),
            side=None if side is None else _term(side),
            tubular=entry["tubular"],
            modality=str(entry["modality"]),  # type: ignore[arg-type]
            aliases=tuple(map(str, entry["aliases"])),
            category=_term(entry["category"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"An entry of a structure cannot be read ({error!r:.100}).", hint=_HINT) from error
    for what, value, must, good in _checks(made):
        if not good:
            raise ConfigError(f"'{made.name[:60]}': {what} must be {must}, not {value!r:.60}.", hint=_HINT)
    return made


_HINT = "See Resources/Tutorial/own_data.md."
_TEXT = re.compile(r"[^\x00-\x1f\^~|:]{1,64}")  # what Slicer's terminology strings can hold


def _checks(made: Structure) -> list[tuple[str, Any, str, bool]]:
    """What is checked of a structure: its field, its value, what that must be, and whether it is."""
    colors: tuple[Any, ...] = made.color_rgb
    bounds, kinds = f"{_CUBE_MM[0]:.0f} to {_CUBE_MM[1]:.0f} mm", get_args(Modality)
    terms = [term for term in (made.code, made.side, made.category) if term is not None]
    texts = [text for term in terms for text in (term.value, term.meaning, term.scheme)]
    are_bytes = len(colors) == 3 and all(type(c) is int and 0 <= c <= 255 for c in colors)
    plain = "small letters, digits and '_'"
    return [
        ("the name", made.name, plain, bool(_NAME.fullmatch(made.name))),
        ("title", made.title, "at most 64 characters without ^ ~ | :", bool(_TEXT.fullmatch(made.title))),
        ("label", made.label, "1 to 255", type(made.label) is int and 1 <= made.label <= 255),
        ("cube_mm", made.cube_mm, bounds, _CUBE_MM[0] <= made.cube_mm <= _CUBE_MM[1]),
        ("view", made.view, ", ".join(VIEWS), made.view in VIEWS),
        ("color_rgb", colors, "three numbers from 0 to 255", are_bytes),
        ("tubular", made.tubular, "true or false", type(made.tubular) is bool),
        ("modality", made.modality, " or ".join(kinds), made.modality in kinds),
        ("aliases", made.aliases, plain, all(_NAME.fullmatch(one) for one in made.aliases)),
        ("code", texts, "value and meaning without ^ ~ | :", all(_TEXT.fullmatch(text) for text in texts)),
    ]


def _term(told: Any) -> CodedTerm:
    return CodedTerm(str(told["value"]), str(told["meaning"]), str(told["scheme"]))


def is_own(name: str) -> bool:
    """Whether a structure is the user's own."""
    return catalog.structure(name).name not in catalog.STRUCTURE_NAMES


def statistics(kind: str, structure: str) -> Any:
    """What is known of a structure of the user's own, in the form of the shipped file of that kind; None if nothing."""
    return _STATISTICS[kind].get(structure)


def document(names: Iterable[str], known: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """The entries of those of the names that are the user's own, and what is known of them, as JSON values.

    Args:
        names: Structures.
        known: Kind → structure → values; by default what has been read so far.
    """
    own = [catalog.structure(name) for name in names if is_own(name)]
    there = _STATISTICS if known is None else known
    told = {kind: {one.name: values[one.name] for one in own if one.name in values} for kind, values in there.items()}
    entries = [asdict(one) for one in own]
    return {"format": FORMAT, "version": VERSION, "structures": entries, "statistics": told}


def introduce(told: Any) -> tuple[Structure, ...]:
    """Lets the structures of a document join the catalog, and keeps what is known of them; gives them back.

    Raises:
        ConfigError: It is of another version or damaged, or a structure is known already and defined otherwise.
    """
    if not isinstance(told, Mapping) or told.get("format") != FORMAT or told.get("version") != VERSION:
        raise ConfigError(
            f"These structures are not of {FORMAT}, version {VERSION}.", hint="Install a newer Sketch2CT."
        )
    entries, known = told.get("structures"), told.get("statistics") or {}
    if not isinstance(entries, list) or not isinstance(known, Mapping):
        raise ConfigError("The list of structures is damaged.", hint=_HINT)
    made = tuple(structure_of(entry) for entry in entries)
    catalog.join(made)
    for kind in KINDS:
        values = known.get(kind) or {}
        _STATISTICS[kind].update({one.name: values[one.name] for one in made if one.name in values})
    return made


def read(folder: Path) -> tuple[Structure, ...]:
    """Introduces the structures of a prepared folder or a model folder, none where it has no such file.

    Raises:
        ConfigError: The file is damaged, or a structure is known already and defined otherwise.
    """
    path = folder / FILE if folder.is_dir() else folder
    if path.name != FILE or not path.is_file():
        return ()
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("too large")
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"'{path}' cannot be read ({error}).", hint="Prepare, train or fetch it again.") from error
    try:
        return introduce(told)
    except Sketch2CTError as error:
        raise ConfigError(f"'{path}': {error.message}", hint=error.hint) from error


def read_named(variable: str) -> None:
    """Introduces the structures of the folders that a variable of the environment names.

    Raises:
        ConfigError: One of them is not there or damaged.
    """
    for part in filter(None, os.environ.get(variable, "").split(os.pathsep)):
        path = Path(part).expanduser()
        if not (path / FILE).is_file() and not path.is_file():
            raise ConfigError(
                f"{variable} names '{part}', which holds no {FILE}.",
                hint="Name folders that 'prepare' or 'train' wrote.",
            )
        read(path)


def write(folder: Path, told: Mapping[str, Any]) -> None:
    """Writes a document into a folder; none where no structure is the user's own.

    Raises:
        OutputError: It cannot be written.
    """
    if told["structures"]:
        write_text(folder / FILE, json.dumps(told, indent=1) + "\n")
