"""What a data set shall be: all that decides a sample, kept beside the samples and compared at each resume."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .. import __version__
from ..atomic import write_text
from ..errors import ConfigError
from .gate import Gate
from .groups import named_sample, organs_of

FORMAT, VERSION = "sketch2ct.synthesis", 1
PLAN_FILE = "plan.json"
LAYOUTS = ("nifti", "nrrd", "nnunet", "monai", "dicom")
Source = Literal["sampled", "table", "variations", "masks"]
_MAY_CHANGE = ("count", "created", "version")  # between a run and the one that goes on with it
_LATER = {"paint": False, "full_hu": False}  # what plans of former versions do not hold, and what it was


@dataclass(frozen=True)
class SetPlan:
    """One data set.

    Args:
        source: Where requests come from.
        count: Samples; a later run may ask for more.
        structures: Catalog names, with '+' between the organs of one sample; of sampled requests in turn.
        seed: Of the whole; each sample has seeds of its own that follow from it and the sample's number.
        layout: One of `LAYOUTS`: how the files lie, see `layout`.
        with_volume: Whether each mask gets a scan.
        steps: Denoising steps of each stage.
        noise_strength: See `generation.settings`; None: the answer.
        attempts: How often a sample that the gate rejects is drawn anew.
        vary: Of variations: the spread of the numbers' logarithms.
        drawn: Of sampled requests: whether each organ gets a freehand sketch.
        paint: Whether scans are painted from layouts, where the model can; the layouts then lie beside them.
        full_hu: Whether painted CTs have air and bone beyond the window, see `generation.settings`.
        threads: Of each worker; another number may change the last bits.
        gate: What is accepted.
        models: Component → SHA-256 of the weights.
        inputs: SHA-256 of the table, the request, or the names of the masks.
        created: When the first run began; files carry it.
        version: Of Sketch2CT.

    Raises:
        ConfigError: Something is out of range, or the layout cannot hold it.
    """

    source: Source
    count: int
    structures: tuple[str, ...]
    seed: int = 1
    layout: str = "nifti"
    with_volume: bool = True
    steps: int = 25
    noise_strength: float | None = None
    attempts: int = 3
    vary: float = 0.1
    drawn: bool = True
    paint: bool = False
    full_hu: bool = False
    threads: int = 1
    gate: Gate = field(default_factory=Gate)
    models: Mapping[str, str] = field(default_factory=dict)
    inputs: str = ""
    created: str = field(default_factory=lambda: datetime.now().replace(microsecond=0).isoformat())
    version: str = __version__

    def __post_init__(self) -> None:
        object.__setattr__(self, "structures", tuple(named_sample(one) for one in self.structures))
        for name, low in (("count", 1), ("attempts", 1), ("threads", 1), ("steps", 1)):
            if getattr(self, name) < low:
                raise ConfigError(f"{name.capitalize()} must be {low} or more, got {getattr(self, name)}.")
        if not 0.0 <= self.vary <= 0.5:
            raise ConfigError(f"--vary must lie in 0…0.5, got {self.vary}.", hint="0.1 changes numbers by a tenth.")
        if not 0 <= self.seed < 2**32:
            raise ConfigError(f"The seed must be a whole number from 0 to 2³², got {self.seed}.")
        _require_layout(self)

    @property
    def organs(self) -> tuple[str, ...]:
        """Catalog names of all organs, in the order of their label values from 1 on."""
        return tuple(dict.fromkeys(name for one in self.structures for name in organs_of(one)))

    def seeds(self, index: int, attempt: int) -> np.random.SeedSequence:
        """The source of all chance in one attempt at a sample: the same for any number of samples and workers."""
        return np.random.SeedSequence([self.seed, index, attempt])

    def identity(self) -> dict[str, Any]:
        """What must agree between a run and the one that goes on with it, ready for JSON."""
        told = json.loads(json.dumps(asdict(self)))
        return {name: value for name, value in told.items() if name not in _MAY_CHANGE}

    def digest(self) -> str:
        """SHA-256 of the identity."""
        return hashlib.sha256(json.dumps(self.identity(), sort_keys=True).encode()).hexdigest()

    def settled(self, out: Path) -> SetPlan:
        """The plan as kept in a folder: written there at the first run, compared and gone on with at a later one.

        Raises:
            ConfigError: The folder holds another data set, or something else.
            OutputError: It cannot be written.
        """
        path = out / PLAN_FILE
        plan = self
        if path.is_file():
            plan = replace(self, created=_former(path, self.identity()))
        elif out.is_dir() and any(not one.name.startswith(".") for one in out.iterdir()):
            raise ConfigError(f"'{out}' is not empty and holds no data set.", hint="Choose a new or an empty folder.")
        told = {"format": FORMAT, "plan_version": VERSION, **asdict(plan)}
        write_text(path, json.dumps(told, indent=1, ensure_ascii=False) + "\n")
        return plan


def _former(path: Path, identity: Mapping[str, Any]) -> str:
    """When the data set of a folder was begun.

    Raises:
        ConfigError: It is another one.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT or told["plan_version"] != VERSION:
            raise ValueError("another format")
        differing = [name for name, value in identity.items() if told.get(name, _LATER.get(name)) != value]
        created = str(told["created"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"'{path}' cannot be read ({error}).", hint="Choose another --out.") from error
    if differing:
        raise ConfigError(
            f"'{path.parent}' holds another data set: it differs in {', '.join(differing)}.",
            hint="Give the same options to go on, or another --out.",
        )
    return created


def _require_layout(plan: SetPlan) -> None:
    """Does nothing where a layout can hold a data set.

    Raises:
        ConfigError: There is no such layout, or it cannot.
    """
    if plan.layout not in LAYOUTS:
        raise ConfigError(f"Unknown format '{plan.layout}'.", hint=f"Choose one of {', '.join(LAYOUTS)}.")
    if plan.full_hu and not plan.paint:
        raise ConfigError("Full HU are of painted CTs.", hint="Drop --no-paint, or --full-hu.")
    if plan.paint and not (plan.with_volume or plan.source == "masks"):
        raise ConfigError("Nothing is painted without scans.", hint="Make the volumes, or drop --paint.")
    if plan.layout in ("nnunet", "dicom") and not plan.with_volume:
        raise ConfigError(f"The format '{plan.layout}' needs scans.", hint="Make the volumes, or take nifti or nrrd.")
    if plan.layout == "nnunet" and len({frozenset(organs_of(one)) for one in plan.structures}) > 1:
        raise ConfigError(
            "A data set for nnU-Net labels the same organs in every scan, and here scans have different ones.",
            hint="Make one data set a structure, or all of them in each scan: liver+spleen.",
        )
