"""`sketch2ct generate --server`: the same run on a server; neither torch nor weights are needed here."""

from __future__ import annotations

import base64
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .generate import Told, shown_progress

if TYPE_CHECKING:
    from ..service.client import Client
    from ..service.protocol.events import Result


@dataclass(frozen=True)
class Server:
    """Where it is, and what lets one in."""

    url: str
    token: str = ""


def refuse_local(*, models: Path | None, device: str) -> None:
    """Refuses options that are the server's to choose.

    Raises:
        InputError: One is given.
    """
    from ..errors import InputError

    if models is not None:
        raise InputError("--models is a folder of this machine, --server another.", hint="Give --preset in its place.")
    if device != "auto":
        raise InputError(f"--device {device} is the server's to choose.", hint="Drop --device.")


def run_there(
    server: Server,
    asked: dict[str, Any],
    out: Path,
    *,
    mask: tuple[Path | None, int | None] = (None, None),
    edit: tuple[Path | None, float] = (None, 0.0),
) -> Told:
    """Sends a request, shows its progress, and brings the files here.

    Args:
        server: Which.
        asked: Fields of `generate`, less the files.
        out: Where the results go.
        mask: A mask file and its label, for the second stage alone.
        edit: A former result's folder, and the strength.

    Raises:
        ServiceUnavailable: The server is not there, busy or silent.
        Sketch2CTError: What the server answered.
    """
    from ..service.client import Client

    if mask[0] is not None:
        asked = asked | {"mask": {"data": _encoded(_plain_nrrd(mask[0])), "label": mask[1]}}
    if edit[0] is not None:
        asked = asked | {"edit": {"data": _encoded(_state(edit[0])), "strength": edit[1]}}
    with Client.server(server.url, token=server.token, name="sketch2ct generate") as client:
        return run_with(client, asked, out)


def run_with(client: Client, asked: dict[str, Any], out: Path) -> Told:
    """The run through any client; a Ctrl+C cancels it there too."""
    from ..service.client.client import new_id
    from ..service.protocol.lines import request_of
    from ..service.protocol.messages import Generate

    request = request_of({"kind": "generate", "id": new_id(), "previews": False, **asked})
    assert isinstance(request, Generate)
    with shown_progress() as show:

        def hear(event: Any) -> None:
            if event.kind == "progress":
                show(event.stage, event.step, event.steps)
            elif event.kind == "planned" and event.reason:
                print(f"server: {event.reason}", file=sys.stderr)

        call = client.send(request, hear)
        try:
            result = call.result()
        except KeyboardInterrupt:
            call.cancel()
            raise
    return _told(client, result, out)


def _told(client: Client, result: Result, out: Path) -> Told:
    paths = client.save(result, out)
    client.forget(result.job)
    return Told(result.report, result.notes, result.agreement, paths)


def _state(folder: Path) -> bytes:
    from ..generation.state import STATE_FILE

    return (folder / STATE_FILE if folder.is_dir() else folder).read_bytes()


def _plain_nrrd(path: Path) -> bytes:
    """The bytes of a mask as NRRD, whatever its format."""
    from ..frames import read_volume, write_nrrd

    values, grid, _ = read_volume(path)
    with tempfile.TemporaryDirectory() as folder:
        write_nrrd(Path(folder) / "mask.nrrd", values, grid)
        return (Path(folder) / "mask.nrrd").read_bytes()


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
