"""One small JSON file a sample: what says that it is done. Written last, whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..atomic import write_text

FOLDER = "records"
_BESIDE = re.compile(r"\.[a-z0-9_]{8}(\.\w+)*")  # names of `atomic`
_TOKEN = re.compile(r"\.run-[0-9a-f]{8}")  # of `driver`
_A_FOLDER = 1000  # samples a folder


def record_path(out: Path, index: int) -> Path:
    """Where the record of a sample lies."""
    return out / FOLDER / f"{index // _A_FOLDER:05d}" / f"{index:07d}.json"


def write_record(out: Path, record: Mapping[str, Any]) -> None:
    """Writes the record of a sample, whose files are there already.

    Raises:
        OutputError: It cannot be written.
    """
    write_text(record_path(out, record["index"]), json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def read_record(out: Path, index: int) -> dict[str, Any] | None:
    """The record of a sample; None where it is not done, or the record cannot be read."""
    try:
        record = json.loads(record_path(out, index).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("index") == index else None


def all_records(out: Path, count: int) -> Iterator[dict[str, Any]]:
    """The records of the first samples that are done, in order."""
    return (record for index in range(count) if (record := read_record(out, index)) is not None)


def reports_of(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Structure → report of each organ of a sample; nothing where none was drawn."""
    if "organs" in record:
        return dict(record["organs"])
    return {record["structure"]: record["report"]} if record.get("report") else {}


def remove_unfinished(out: Path) -> None:
    """Removes the temporary files that a killed run has left; nothing else may be running."""
    for path in out.rglob(".*"):
        if path.is_file() and (_TOKEN.fullmatch(path.name) or _BESIDE.fullmatch(path.name)):
            path.unlink(missing_ok=True)
