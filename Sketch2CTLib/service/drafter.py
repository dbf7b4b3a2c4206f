"""`python -m Sketch2CTLib.service.drafter`: answers drafts, a line each, for the worker that started it; see `drafts`.

It computes on one thread of the CPU at a low priority, holds the networks that a draft needs alone, and ends when its
stdin closes.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Sketch2CTError
from .protocol.bits import packed
from .protocol.events import Drafted, Event, Failed
from .protocol.faults import ProtocolError, TooLarge, fault_of
from .protocol.lines import decoded_request, encoded, read_lines
from .protocol.messages import Draft, Model
from .wire import Wire

if TYPE_CHECKING:
    from ..generation.draft import Drafter

NICENESS = 10  # a busy core gives a tenth of itself to drafts; one that is idle all of it
_IDLE_PRIORITY = 0x4000  # Windows: BELOW_NORMAL_PRIORITY_CLASS
_LOG = logging.getLogger(__name__)


class WarmDrafter:
    """Draws drafts on warm networks, of one model at a time.

    Args:
        preset, models: The weights where a draft names none; see `EngineConfig`.
    """

    def __init__(self, preset: str = "", models: Path | None = None) -> None:
        self._preset, self._models = preset, models
        self._key: tuple[Path, int] | None = None
        self._drafter: Drafter | None = None

    def answer(self, request: Draft) -> Drafted:
        """The draft.

        Raises:
            Sketch2CTError: It cannot be drawn.
        """
        from .inputs import shape_of

        begun = time.monotonic()
        drafter = self._warm(request.model)  # first: its model may bring structures that the request names
        asked, closed = shape_of(request, with_volume=False)
        mask, notes = drafter.draw(asked, request.voxels)
        return Drafted(
            id=request.id,
            structure=mask.structure,
            shape_kji=mask.grid.shape_kji,
            ijk_to_ras=mask.grid.ijk_to_ras.tolist(),
            mask=packed(mask.body),
            volume_ml=round(float(mask.body.sum()) * mask.grid.voxel_ml, 3),
            notes=(*closed, *notes),
            seconds=round(time.monotonic() - begun, 4),
        )

    def _warm(self, model: Model) -> Drafter:
        """The networks of the model that a draft names, by default of the service's own; loaded where they are not."""
        from ..generation.draft import Drafter
        from ..generation.model.device import torch_device
        from ..generation.model.loaded import LoadedModels
        from .warm import modified_ns, named_model

        folder = named_model(model, self._preset, self._models)
        key = (folder.folder.resolve(), modified_ns(folder.folder))
        if self._drafter is None or self._key != key:
            self._drafter = Drafter(LoadedModels(folder, torch_device("cpu")))
            self._key = key
        return self._drafter


def answered(line: bytes | TooLarge, answer: Callable[[Draft], Event]) -> Event:
    """The event that answers a line, whatever stands in it."""
    identifier = ""
    try:
        if isinstance(line, TooLarge):
            raise line
        request = decoded_request(line)
        identifier = request.id
        if not isinstance(request, Draft):
            raise ProtocolError("This process draws drafts alone.", request_id=request.id)
        return answer(request)
    except Sketch2CTError as error:
        return Failed.of(error, identifier or getattr(error, "request_id", ""))
    except (RuntimeError, MemoryError, ValueError, LookupError, OSError) as error:
        _LOG.error("A draft failed.", exc_info=error)
        return Failed.of(fault_of(error), identifier)


def main(arguments: Sequence[str] | None = None, answer: Callable[[Draft], Event] | None = None) -> int:
    """Answers drafts until stdin closes.

    Args:
        arguments: The command line; by default that of the process.
        answer: Draws them; by default on the networks of the model.
    """
    wire = Wire.taken()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker's parent's Ctrl+C
    _step_back()
    if answer is None:
        import torch

        torch.set_num_threads(1)
        answer = WarmDrafter(options.preset, options.models).answer
    for line in read_lines(wire.read):
        wire.write(encoded(answered(line, answer)))
    return 0


def _step_back() -> None:
    """Lets jobs have the processor first."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _IDLE_PRIORITY)
    else:
        os.nice(NICENESS)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="Sketch2CTLib.service.drafter", description=__doc__)
    parser.add_argument("--preset", default="", help="Of drafts that name none; the first that there is by default.")
    parser.add_argument("--models", type=Path, help="A model folder in place of a preset.")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
