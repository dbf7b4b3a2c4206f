"""Files that appear whole or not at all: written beside, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import OutputError


@contextmanager
def written_beside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path of the same suffix in the same folder; it takes `path`'s place when the block ends well.

    Raises:
        OutputError: The folder cannot be written or the disk is full.
    """
    target = Path(path)
    beside: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=target.suffix, dir=target.parent)
        os.close(handle)
        beside = Path(name)
        yield beside
        os.chmod(beside, 0o644)
        os.replace(beside, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(
            f"'{target}' cannot be written ({reason}).", hint="Check the folder and free space."
        ) from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Writes UTF-8 text whole or not at all.

    Raises:
        OutputError: The folder cannot be written or the disk is full.
    """
    with written_beside(path) as beside:
        beside.write_text(text, encoding="utf-8")
