"""Why an installation failed, in one sentence with what to do, read from pip's last lines."""

from __future__ import annotations

import re

_KNOWN = (
    (
        r"no space left|errno 28|disk full|not enough space",
        "The disk is full: free at least 8 GB on the disk of Slicer, then click 'Install' again.",
    ),
    (
        r"winerror (5|32)\b|being used by another process|access is denied|permission denied|errno 13",
        "Files are in use or may not be written: close other Slicer windows, restart Slicer, then click 'Repair'.",
    ),
    (
        r"proxy authentication|407 |cannot connect to proxy|proxyerror",
        "The proxy refused the download: set HTTPS_PROXY with your name and password, or install offline.",
    ),
    (
        r"certificate_verify_failed|sslerror|ssl: ",
        "The download's certificate was refused: ask your administrator for the right one, or install offline.",
    ),
    (
        (
            r"temporary failure in name resolution|name or service not known|getaddrinfo failed|is unreachable"
            r"|connection (refused|reset|aborted)|newconnectionerror|max retries exceeded|incompleteread|timed out"
        ),
        "The download broke off: check the network, then click 'Install' again, or install offline.",
    ),
    (
        r"hashes? (do|does) not match|these packages do not match the hashes",
        "A download was damaged: click 'Install' again.",
    ),
    (
        r"could not find a version|no matching distribution",
        "A package is not to be had for this Python or in this wheelhouse: see the log for its name.",
    ),
    (
        r"resolutionimpossible|conflicting dependencies|cannot install .* because these package versions",
        "Another extension holds a package at a version that does not fit: see the log for its name.",
    ),
    (
        r"filename or extension is too long|file name too long|errno 36|winerror 206",
        "A path is too long: install Slicer into a short path such as C:\\Slicer.",
    ),
    (r"memoryerror|cannot allocate memory|killed", "Memory ran out: close other programs, then click 'Install' again."),
)
_UNKNOWN = "It failed for a reason that is not known here: see the log's last lines, then click 'Repair'."
_LINES = 60  # of the log's end that are searched


def fault_sentence(step: str, lines, error: str = "") -> str:
    """'Installing PyTorch failed. The disk is full: …'.

    Args:
        step: What was being installed.
        lines: The log, the last line last.
        error: What was raised, if anything.
    """
    told = "\n".join([*list(lines)[-_LINES:], error]).lower()
    reason = next((sentence for pattern, sentence in _KNOWN if re.search(pattern, told)), _UNKNOWN)
    return f"Installing {step} failed. {reason}"
