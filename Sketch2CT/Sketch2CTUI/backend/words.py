"""What a service says, in sentences for people."""

from __future__ import annotations

import re

_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
INSTALL_HINT = "Click 'Install' under Setup, or choose another Python under Advanced."


def plain(failed):
    """An `error` event with a sentence that helps a user of the panels.

    Args:
        failed: As the service sent it.
    """
    missing = missing_package(failed.message) if failed.code == "internal" else ""
    if missing:
        return failed.model_copy(update={"code": "missing_dependency", "message": missing, "hint": INSTALL_HINT})
    return failed


def missing_package(told: str) -> str:
    """The sentence for a package that a worker did not find; '' where its words are about something else."""
    found = _NO_MODULE.search(told)
    return f"The Python that should draw has no package '{found[1]}'." if found else ""


def connection_sentence(ready, state, where: str) -> str:
    """What the answers to `hello` and `status` say of a service.

    Args:
        ready: Version, presets, structures.
        state: What is loaded and on which device, free memory; or None.
        where: 'This computer', or a server's address.
    """
    parts = [f"{where} answers: Sketch2CT {ready.tool_version or 'of an unknown version'}"]
    parts.append(f"model {', '.join(ready.presets)}" if ready.presets else "no model yet (import one under Setup)")
    if ready.structures:
        parts.append(f"{len(ready.structures)} structures")
    if state is not None and state.loaded:
        parts.append(f"loaded: {', '.join(state.loaded)}")
    elif state is not None:
        parts.append("nothing loaded yet, the device is told at the first run")
    if state is not None and state.free_mb is not None:
        parts.append(f"{state.free_mb / 1024:.1f} GB of memory free")
    return f"{parts[0]}; {'; '.join(parts[1:])}."
