"""The organs of a request: one is in front, on the panels; the others wait with their drawings, numbers and undo.

An organ that is added gets its paper where it usually lies beside the others, so that each drawing knows its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from Sketch2CTLib import catalog
from Sketch2CTLib.errors import Sketch2CTError
from Sketch2CTLib.frames import PlaneFrame
from Sketch2CTLib.relations import usual_middle
from Sketch2CTLib.sketch import Sketch

from ..canvas.beside import BesideOrgan
from ..canvas.sheets import CanvasSheet, CanvasSheets
from ..geometry.memory import GeometryMemory
from ..sketch.organ_list import OrganRow
from ..sketch.planes import main_sheet
from ..widgets.events import Listeners, slot
from ..widgets.terms import organ_in_text, organ_title
from ..widgets.translation import _
from .request import OrganInputs, description_record

MOST_ORGANS = 16  # as the service takes them
Place = tuple[float, float, float]
_ORIGIN: Place = (0.0, 0.0, 0.0)
_THERE_ALREADY = _("The {organ} is in the list already: it is shown now.")
_BACK_ALREADY = _("The {organ} is in the list again: what was removed of it stays away.")
_REMOVED = _("The {organ} was taken out, with its drawings and numbers. 'Bring back' undoes it.")
_ADD_TIP = _("Add an organ to the request: it gets drawings, numbers and words of its own; choose its structure here.")
_NONE_LEFT = _("There is no other organ that one scan of this kind can show.")
_FULL = _("A request holds at most 16 organs.")


@dataclass(frozen=True, eq=False)
class Organ:
    """What was entered of an organ that is not in front.

    Args:
        structure: Catalog name.
        drawn_as: Catalog name that was chosen when drawing began; empty where nothing is drawn.
        home_ras: Where a paper of it lies that nobody has placed.
        sheets: Its drawings, with their history.
        geometry: Its text and numbers, with their history.
        drawings: What is drawn.
    """

    structure: str
    drawn_as: str
    home_ras: Place
    sheets: CanvasSheets
    geometry: GeometryMemory
    drawings: tuple[Sketch, ...]

    @classmethod
    def empty(cls, structure: str, home_ras: Place) -> Organ:
        """Nothing entered yet; its paper lies at home."""
        return cls(structure, "", home_ras, _paper(structure, home_ras), GeometryMemory.empty(structure), ())

    @property
    def title(self) -> str:
        """Its name, for people."""
        return catalog.structure(self.structure).title


class OrganKeeper:
    """Keeps the organs, and lays one of them on the panels.

    Args:
        window: The panels.

    Attributes:
        on_changed: Called when another organ came to the front, and when one came or went.
        drawn_as: Of the organ in front: the structure that was chosen when drawing began.
    """

    def __init__(self, window) -> None:
        self._window, self.on_changed = window, Listeners()
        self.drawn_as = ""
        self._others: list[Organ] = []
        self._front = 0  # the place of the organ in front, among all
        self._removed: list[tuple[int, Organ]] = []
        self._records: list[dict[str, Any]] = []  # of the others, as a scene keeps them
        rows, add = window.organs, window.ui.addOrganButton
        for listeners, function in (
            (rows.on_choose, self.choose),
            (rows.on_remove, self.remove),
            (rows.on_bring_back, self.bring_back),
            (rows.on_show, self._show_beside),
        ):
            listeners.add(slot(function, self._fault))
        add.connect("clicked()", slot(self.add, self._fault))
        window.diverts = self._diverts
        window.sketch.home_of = self._home_of
        window.sketch.on_changed.add(self._show_rows)
        self._show()

    # ---- what others ask

    @property
    def count(self) -> int:
        """How many organs the request is of."""
        return len(self._others) + 1

    @property
    def front(self) -> int:
        """The number of the organ in front, from 0."""
        return self._front

    def inputs(self) -> tuple[OrganInputs, ...]:
        """What is asked of each organ, in order; of one alone nothing.

        Raises:
            Sketch2CTError: Of one of them the text cannot be read, or its numbers contradict each other.
        """
        if not self._others:
            return ()
        return tuple(_inputs(organ) for organ in self._all())

    def drawn_for_another(self) -> tuple[int, str, str] | None:
        """The first organ whose structure was changed after drawing: its number, what it was, and what it is now."""
        for number, organ in enumerate(self._all()):
            if organ.drawings and organ.drawn_as and organ.drawn_as != organ.structure:
                return number, organ.drawn_as, organ.structure
        return None

    def records(self) -> list[dict[str, Any]]:
        """All organs as a scene keeps them, without what stands on the panels; empty where there is one, at home."""
        sketch = self._window.sketch
        if not self._others and sketch.home_ras == _ORIGIN:
            return []
        front = {"structure": self._window.structure, "home_ras": list(sketch.home_ras)}
        return [*self._records[: self._front], front, *self._records[self._front :]]

    def load(self, records: list[dict[str, Any]], front: int, drawn_as: str) -> None:
        """Shows the organs of a scene; the one in front stands on the panels already.

        Raises:
            Sketch2CTError: One of them cannot be read; it is left out.
        """
        had_home = self._window.sketch.home_ras != _ORIGIN
        self._removed, self._others, self.drawn_as = [], [], drawn_as
        home_ras, faults, place = _ORIGIN, [], 0
        for number, record in enumerate(records):
            try:
                if number == front:
                    home_ras, place = _place(record), len(self._others)
                else:
                    self._others.append(_read(record))
            except Sketch2CTError as error:
                faults.append(error)
        self._front = place
        if records or had_home:
            self._lay_home(home_ras)
        self._records = [_record(one) for one in self._others]
        self._show()
        if faults:
            raise faults[0]

    # ---- what a click does

    def choose(self, number: int) -> None:
        """Brings another organ to the front; no edit, and nothing that can be undone is lost."""
        if number != self._front:
            self._turn(self._all(), number)

    def add(self) -> None:
        """Adds the next organ that is not in the list, and brings it to the front."""
        free = self._free()
        if free and self.count < MOST_ORGANS:
            organs = self._all()
            self._turn([*organs, Organ.empty(free[0], _usual_place(free[0], organs))], len(organs))

    def remove(self) -> None:
        """Takes the organ in front out of the request."""
        if not self._others:
            return
        organs = self._all()
        gone = organs.pop(self._front)
        self._removed.append((self._front, gone))
        self._turn(organs, max(self._front - 1, 0))
        self._window.show_message(_REMOVED.format(organ=organ_in_text(gone.structure)))

    def bring_back(self) -> None:
        """Undoes the last `remove`."""
        if not self._removed:
            return
        number, organ = self._removed.pop()
        organs = self._all()
        if organ.structure in [one.structure for one in organs]:
            self._window.show_message(_BACK_ALREADY.format(organ=organ_in_text(organ.structure)))
            self._show()
            return
        number = min(number, len(organs))
        organs.insert(number, organ)
        self._window.show_message("")
        self._turn(organs, number)

    # ---- inside

    def _all(self) -> list[Organ]:
        """Every organ as it is now, in order."""
        window, organs = self._window, list(self._others)
        geometry = window.geometry.entered()
        sketch = window.sketch
        front = Organ(
            geometry.structure, self.drawn_as, sketch.home_ras, sketch.canvas.sheets, geometry, sketch.drawings()
        )
        organs.insert(self._front, front)
        return organs

    def _turn(self, organs: list[Organ], number: int) -> None:
        """Lays one of the organs on the panels; the others wait."""
        organ = organs[number]
        self._others, self._front = [one for one in organs if one is not organ], number
        self._records = [_record(one) for one in self._others]
        self.drawn_as = organ.drawn_as
        self._window.turn_to(organ.structure, organ.sheets, organ.home_ras, organ.geometry)
        self._show()
        self.on_changed()

    def _lay_home(self, home_ras: Place) -> None:
        """Papers of the organ in front lie there; where nothing is drawn, one is laid there."""
        sketch, structure = self._window.sketch, self._window.structure
        sheets = sketch.canvas.sheets if sketch.is_drawn else _paper(structure, home_ras)
        sketch.turn_to(structure, sheets, home_ras)

    def _show(self) -> None:
        several = self.count > 1
        self._show_rows()
        self._show_beside()
        self._window.set_several(several)

    def _show_rows(self, *_ignored) -> None:
        window, others = self._window, self._others
        drawn = sum(bool(sheet.strokes) for sheet in window.sketch.canvas.sheets.all)
        counted = [(one.structure, len(one.drawings)) for one in others]
        counted.insert(self._front, (window.structure, drawn))
        rows = tuple(OrganRow(organ_title(found.name), found.color_rgb, n) for found, n in
                     ((catalog.structure(name), n) for name, n in counted))  # fmt: skip
        window.organs.show(rows, self._front, can_bring_back=bool(self._removed))
        add, free = window.ui.addOrganButton, self._free()
        add.enabled = bool(free) and self.count < MOST_ORGANS
        add.toolTip = _FULL if self.count >= MOST_ORGANS else _ADD_TIP if free else _NONE_LEFT

    def _show_beside(self, *_ignored) -> None:
        found = [(one, catalog.structure(one.structure)) for one in self._others]
        shown = [BesideOrgan(organ_title(what.name), what.color_rgb, one.sheets.all) for one, what in found]
        self._window.sketch.canvas.set_beside(tuple(shown) if self._window.organs.show_check.checked else ())

    def _free(self) -> list[str]:
        """Structures that can be added, in the order in which they are offered."""
        box = self._window.ui.structureBox
        offered = [str(box.itemData(number)) for number in range(box.count)]
        taken = {self._window.structure, *(one.structure for one in self._others)}
        modality = catalog.structure(self._window.structure).modality
        return [name for name in offered if name not in taken and catalog.structure(name).modality == modality]

    def _home_of(self, structure: str) -> Place:
        """Where a paper of another structure lies in place of that of the organ in front."""
        return _usual_place(structure, self._others) if self._others else self._window.sketch.home_ras

    def _diverts(self, structure: str) -> bool:
        """A structure was chosen in front: where it is in the list already, that organ comes to the front."""
        numbers = [one.structure for one in self._others]
        if structure not in numbers:
            return False
        at = numbers.index(structure)
        self.choose(at if at < self._front else at + 1)
        self._window.show_message(_THERE_ALREADY.format(organ=organ_in_text(structure)))
        return True

    def _fault(self, error: Sketch2CTError) -> None:
        self._show_rows()  # the list marks the organ that is still in front
        self._window.show_message(str(error))


def _paper(structure: str, home_ras: Place) -> CanvasSheets:
    definition = catalog.structure(structure)
    return CanvasSheets(CanvasSheet(PlaneFrame.standard(definition.view, definition.cube_mm, home_ras)))


def _usual_place(structure: str, organs: list[Organ]) -> Place:
    """Where a structure usually lies beside organs; the origin where no training scan shows that."""
    drawn = [one for one in organs if one.drawings] or organs
    found = usual_middle(structure, {one.structure: _middle(main_sheet(one.sheets.all)) for one in drawn})
    if found is None:
        return _ORIGIN
    r, a, s = (round(float(mm), 1) for mm in found[0])
    return r, a, s


def _middle(sheet: CanvasSheet) -> np.ndarray:
    """(3,) RAS mm: the middle of what is drawn on a sheet, or of its paper."""
    if not sheet.strokes:
        return sheet.plane.center_ras
    points = np.concatenate([stroke.points_mm for stroke in sheet.strokes])
    return sheet.plane.to_ras((points.min(axis=0) + points.max(axis=0)) / 2)


def _inputs(organ: Organ) -> OrganInputs:
    try:
        return OrganInputs(organ.structure, organ.geometry.description(), organ.drawings)
    except Sketch2CTError as error:
        raise type(error)(f"{organ.title}: {error.message}", hint=error.hint) from error


# ---- as a scene keeps them


def _record(organ: Organ) -> dict[str, Any]:
    try:
        description = description_record(organ.geometry.description())
    except Sketch2CTError:
        description = None  # its text brings back what can be
    return {
        "structure": organ.structure,
        "drawn_as": organ.drawn_as,
        "home_ras": list(organ.home_ras),
        "drawings": [one.to_dict() for one in organ.drawings],
        "text": organ.geometry.present[0],
        "description": description,
    }


def _read(record: dict[str, Any]) -> Organ:
    from Sketch2CTLib.description import GeometryDescription

    structure, text = catalog.structure(str(record.get("structure"))).name, str(record.get("text") or "")
    home_ras, described = _place(record), record.get("description")
    description = None if described is None else GeometryDescription.checked(described)
    geometry = GeometryMemory.of(structure, description, text)
    drawings = tuple(map(Sketch.from_dict, record.get("drawings") or ()))
    sheets = _paper(structure, home_ras)
    if drawings:
        sheets.reset(CanvasSheet(one.plane, one.role, one.strokes) for one in drawings)
    return Organ(structure, str(record.get("drawn_as") or ""), home_ras, sheets, geometry, drawings)


def _place(record: dict[str, Any]) -> Place:
    """(3,) mm; the origin where that is damaged."""
    values = record.get("home_ras")
    if not isinstance(values, list) or len(values) != 3 or not all(isinstance(mm, int | float) for mm in values):
        return _ORIGIN
    return float(values[0]), float(values[1]), float(values[2])
