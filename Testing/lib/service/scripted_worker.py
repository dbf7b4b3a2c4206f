"""A runner that does what the request's text says, without networks; run as a script it is a worker around it.

Words of the text: steps=N, delay=SECONDS a step, fail=NAME of an error, print (to stdout, of C too), hang.
"""

from __future__ import annotations

import ctypes
import errno
import sys
import time

from Sketch2CTLib.errors import WeightsError
from Sketch2CTLib.service.protocol.events import Event, FileOut, Loaded, Progress, Ready, Result, State, Unloaded
from Sketch2CTLib.service.protocol.messages import Generate, JobRequest, Load
from Sketch2CTLib.service.ticket import Ticket

ERRORS = {
    "memory": MemoryError(),
    "disk": OSError(errno.ENOSPC, "No space left on device"),
    "weights": WeightsError("The weight file is damaged.", hint="Fetch it again."),
    "bug": ZeroDivisionError("division by zero"),
}


class ScriptedRunner:
    """See the module."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def run(self, request: JobRequest, ticket: Ticket) -> Event:
        self.ran.append(request.id)
        if not isinstance(request, Generate):
            return Loaded() if isinstance(request, Load) else Unloaded()
        said = dict(word.partition("=")[::2] for word in request.text.split())
        if "print" in said:
            print("printed by Python", flush=True)
            ctypes.CDLL(None).puts(b"printed by C")
            ctypes.CDLL(None).fflush(None)
        for step in range(int(said.get("steps", 1))):
            ticket.check()
            ticket.say(Progress(stage="mask", step=step, steps=int(said.get("steps", 1))))
            time.sleep(float(said.get("delay", 0)))
        if "fail" in said:
            raise ERRORS[said["fail"]]
        if "hang" in said:
            time.sleep(60)
        ticket.folder.mkdir(parents=True)
        (ticket.folder / "mask.seg.nrrd").write_bytes(request.text.encode())
        file = FileOut(name="mask.seg.nrrd", size=len(request.text), sha256=_sha256(request.text))
        return Result(files=(file,), folder=str(ticket.folder), candidates=(), report={"seed": request.seed})

    def describe(self) -> Ready:
        return Ready(presets=("scripted",), preset="scripted")

    def state(self) -> State:
        return State(free_mb=1000.0)


def _sha256(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    from pathlib import Path

    from Sketch2CTLib.service.worker import main

    drafter = [sys.executable, str(Path(__file__).with_name("scripted_drafter.py"))]
    sys.exit(main(runner=ScriptedRunner(), drafter=drafter))
