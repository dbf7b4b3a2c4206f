"""What was made in a scene: results in the order in which they came, their pictures, and which of them is looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from Sketch2CTLib.errors import Sketch2CTError

from ..results.gallery import GalleryItem
from ..results.organs import organs_of
from ..results.report import read_candidates
from ..results.thumbnail import thumbnail
from ..results.values import as_dict
from ..widgets.events import slot
from ..widgets.file_task import FileTask
from ..widgets.terms import organ_title
from ..widgets.translation import _
from .request import RESULT_FILE, candidate_folder

_TIDIED = _("The files of that result were tidied away: the newest eight are kept.")


@dataclass(frozen=True, eq=False)
class Made:
    """A result whose files are on this computer.

    Args:
        number: From 1, in the order in which they came.
        folder: With its files.
        structure: Catalog name; of several organs the first.
        result: The result event as plain JSON values.
        sketch: The drawing that it was made from; None where that is not known any more.
    """

    number: int
    folder: str
    structure: str
    result: dict[str, Any]
    sketch: Any = None

    @classmethod
    def read(cls, record: dict[str, Any], number: int) -> Made | None:
        """Undoes `record`; None where the files are gone."""
        folder, structure = str(record.get("folder") or ""), str(record.get("structure") or "")
        try:
            result = json.loads((Path(folder) / RESULT_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return cls(number, folder, structure, result) if isinstance(result, dict) else None

    @property
    def record(self) -> dict[str, Any]:
        """As a scene keeps it."""
        return {"folder": self.folder, "structure": self.structure}

    @property
    def organs(self) -> tuple[str, ...]:
        """Of several organs their catalog names."""
        return organs_of(self.result)

    @property
    def is_there(self) -> bool:
        """Whether its files have not been tidied away."""
        return (Path(self.folder) / RESULT_FILE).is_file()

    @cached_property
    def items(self) -> list[GalleryItem]:
        """One of each candidate; of several organs one of all."""
        reports = read_candidates(self.folder, self.result)
        title = organ_title(self.structure)
        if self.organs:
            verdict = str(as_dict(self.result.get("report")).get("verdict") or "")
            return [GalleryItem.of(f"{self.number} {title} +{len(self.organs) - 1}", reports, verdict)]
        if len(reports) == 1:
            return [GalleryItem.of(f"{self.number} {title}", reports)]
        return [GalleryItem.of(f"{self.number}.{one.index + 1} {title}", [one]) for one in reports]


def read_made(records: Sequence[dict[str, Any]]) -> list[Made]:
    """Undoes the records of a scene, without those whose files are gone."""
    read = (Made.read(one, number) for number, one in enumerate(records, start=1))
    return [one for one in read if one is not None]


def next_number(made: Sequence[Made]) -> int:
    """The number of a result that comes now."""
    return max((one.number for one in made), default=0) + 1


class GalleryKeeper:
    """Keeps the strip of pictures as the results are.

    Args:
        window: The panels.
        results: The ResultKeeper.
    """

    def __init__(self, window, results) -> None:
        self._window, self._results = window, results
        self._pictures: dict[tuple[str, int], np.ndarray] = {}
        self._refused: set[tuple[str, int]] = set()
        self._places: list[tuple[Made, int]] = []  # of each item
        self._reading: FileTask | None = None
        window.results.gallery.on_choose.add(slot(self._choose, self._tell))
        results.on_made.add(self.refresh)
        results.on_changed.add(self._mark)

    def refresh(self) -> None:
        """Results came or went."""
        made = [one for one in self._results.made if one.is_there]
        self._results.made[:] = made
        items = [(one, number, item) for one in made for number, item in enumerate(one.items)]
        self._places = [(one, number) for one, number, _item in items]
        known = {(one.folder, number) for one, number in self._places}
        self._pictures = {key: value for key, value in self._pictures.items() if key in known}
        self._window.results.gallery.show([item for _one, _number, item in items], self._current())
        for number, key in enumerate(map(_key, self._places)):
            if key in self._pictures:
                self._window.results.gallery.show_picture(number, self._pictures[key])
        self._read_next()

    def stop(self) -> None:
        """The panels go away: no picture is read any more."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()

    # ---- inside

    def _current(self) -> int:
        results = self._results
        shown = results.folder, 0 if results.organs else results.candidate
        return next((number for number, one in enumerate(self._places) if _key(one) == shown), -1)

    def _mark(self) -> None:
        gallery, current = self._window.results.gallery, self._current()
        if gallery.current != current:
            gallery.mark(current)

    def _choose(self, number: int) -> None:
        made, candidate = self._places[number]
        if made.is_there:
            self._results.show_made(made, candidate)
        else:
            self.refresh()
            self._window.results.show_error(_TIDIED)

    def _tell(self, error: Sketch2CTError) -> None:
        self._window.results.show_error(error.message, error.hint)

    def _read_next(self) -> None:
        """Has the next picture made by a thread."""
        if self._reading is not None:
            return
        waiting = [one for one in self._places if _key(one) not in self._pictures and _key(one) not in self._refused]
        if not waiting:
            return
        made, candidate = waiting[-1]  # the newest first
        key = _key((made, candidate))
        folder = candidate_folder(made.folder, candidate)
        structures = made.organs or (made.structure,)

        def done(picture: np.ndarray) -> None:
            self._pictures[key] = picture
            places = [_key(one) for one in self._places]
            if key in places:
                self._window.results.gallery.show_picture(places.index(key), picture)
            after()

        def failed(error: Sketch2CTError) -> None:
            self._refused.add(key)
            self._window.generate.log(_("No picture of a result: {message}").format(message=error.message))
            after()

        def after() -> None:
            self._reading = None
            self._read_next()

        self._reading = FileTask(lambda check: thumbnail(folder, structures, check), done, failed)


def _key(place: tuple[Made, int]) -> tuple[str, int]:
    return place[0].folder, place[1]
