"""How to generate and where, as it is kept with a scene. A token is not part of it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, fields
from typing import Any

from Sketch2CTLib.errors import ConfigError

from ..widgets.translation import _

VERSION = 1
QUALITIES = ("preview", "standard", "fine")
PLACES = ("local", "server")
GUIDES = ("sketch", "numbers", "words")
MOST_CANDIDATES = 64
MOST_SEED = 2**31 - 1
MOST_GUIDANCE = 20.0
_LONGEST_TEXT = 4096
_SHORTEST_DEVICE, _LONGEST_DEVICE = 1, 20


@dataclass(frozen=True)
class GenerateSettings:
    """What the generate panel says.

    Args:
        quality: preview, standard or fine: 8, 25 or 50 steps.
        candidates: 1 to 64.
        seed: 0 to 2³¹ − 1.
        keep_seed: Whether the next run uses the same seed.
        guidance: Scales 0 to 20 of 'sketch', 'numbers' and 'words'; None takes the model's.
        device: auto, cpu, cuda or cuda:N; a server chooses its own.
        with_volume: Whether a CT volume is drawn beside the mask.
        paint: Whether a CT is painted from a layout of what lies around, which is drawn first.
        full_hu: Whether air and bone of a painted CT have usual values beyond −125 to 275 HU.
        strength: 0 to 1, how far a changed result may leave the former one.
        where: local (a worker on this computer) or server.
        url: The address of the server.
        python: The Python of the local worker; empty for Slicer's own.
        draft_local, draft_server: Whether a draft follows the pen, by where it would be drawn: a server gets a drawing
            without a click only where somebody said so.

    Raises:
        ConfigError: A value is out of its range.
    """

    quality: str = "standard"
    candidates: int = 1
    seed: int = 0
    keep_seed: bool = True
    guidance: dict[str, float] | None = None
    device: str = "auto"
    with_volume: bool = True
    paint: bool = True
    full_hu: bool = False
    strength: float = 0.4
    where: str = "local"
    url: str = ""
    python: str = ""
    draft_local: bool = (os.cpu_count() or 1) > 1
    draft_server: bool = False

    def __post_init__(self) -> None:
        for name, fits in _CHECKS.items():
            value = getattr(self, name)
            if not fits(value):
                raise ConfigError(
                    _("The setting '{name}' cannot be {value!r:.60}.").format(name=name, value=value),
                    hint=_("Choose it in the panel."),
                )

    @property
    def drafts(self) -> bool:
        """Whether a draft follows the pen."""
        return self.draft_local if self.where == "local" else self.draft_server

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; the token is not among them."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, record: object) -> GenerateSettings:
        """Settings of a scene, of a later version too: what is unknown is left out, what cannot be is the default."""
        values = record if isinstance(record, dict) else {}
        names = {field.name for field in fields(cls)}
        return cls(**{name: values[name] for name in names & set(values) if _CHECKS[name](values[name])})


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_text(value: object, longest: int = _LONGEST_TEXT) -> bool:
    return isinstance(value, str) and len(value) <= longest and (value.isprintable())


def _is_guidance(value: object) -> bool:
    if value is None:
        return True
    return (
        isinstance(value, dict)
        and set(value) <= set(GUIDES)
        and all(_is_number(scale, 0.0, MOST_GUIDANCE) for scale in value.values())
    )


_CHECKS = {
    "quality": lambda value: value in QUALITIES,
    "candidates": lambda value: _is_whole(value, 1, MOST_CANDIDATES),
    "seed": lambda value: _is_whole(value, 0, MOST_SEED),
    "keep_seed": lambda value: isinstance(value, bool),
    "guidance": _is_guidance,
    "device": lambda value: _is_text(value, _LONGEST_DEVICE) and len(value) >= _SHORTEST_DEVICE,
    "with_volume": lambda value: isinstance(value, bool),
    "paint": lambda value: isinstance(value, bool),
    "full_hu": lambda value: isinstance(value, bool),
    "strength": lambda value: _is_number(value, 0.0, 1.0),
    "where": lambda value: value in PLACES,
    "url": _is_text,
    "python": _is_text,
    "draft_local": lambda value: isinstance(value, bool),
    "draft_server": lambda value: isinstance(value, bool),
}
