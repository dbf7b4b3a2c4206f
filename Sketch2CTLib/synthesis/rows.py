"""Requests as rows: one JSON object each, from JSONL, CSV or Parquet, read one after the other.

    {"structure": "liver", "text": "about 1.4 litres", "numbers": {"extent_rl_mm": 210}, "sketches": ["axial.json"]}

In CSV and Parquet the columns are the same names, and each number and word of a description may be a column of its own
(`volume_ml`, `surface_smoothness`); an empty cell says nothing. Paths are relative to the table.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..description.quantities import QUANTITY_NAMES
from ..description.words import WORD_NAMES
from ..errors import InputError
from ..generation.organs.document import OrganEntry
from ..generation.organs.request import MOST_ORGANS

Drawing = str | dict[str, Any]
TABLES = (".jsonl", ".ndjson", ".csv", ".parquet")
_OF_DOCUMENTS = ("format", "version", "with_volume")  # the plan says whether scans are made
_NESTED = ("numbers", "words", "tolerances", "unknown", "description", "sketches", "contours", "organs")


class RequestRow(BaseModel):
    """One request of a data set.

    Args:
        structure: Catalog name.
        text, numbers, words, tolerances, unknown: Of a description, see `description.model`.
        description: A whole description in their place.
        sketches: Silhouettes: paths of drawings, or sketches as JSON; one, or up to three in a list.
        contours: Cuts on slices, in the same way.
        scale: Size of drawings that are pictures, as `generate --scale`.
        mask, label: A mask that gets a scan.
        context: A file of neighbouring organs.
        seed: In place of the one that follows from the data set's.
        organs: Several organs and their one scan, as in the file of `generate --request`; then only context and seed
            stand beside them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    structure: str = ""
    text: str = ""
    numbers: dict[str, Any] = Field(default_factory=dict)
    words: dict[str, str] = Field(default_factory=dict)
    tolerances: dict[str, Any] = Field(default_factory=dict)
    unknown: list[str] = Field(default_factory=list)
    description: dict[str, Any] | None = None
    sketches: Drawing | list[Drawing] | None = None
    contours: Drawing | list[Drawing] | None = None
    scale: str = ""
    mask: str | None = None
    label: str | int | None = None
    context: str | None = None
    seed: int | None = Field(default=None, ge=0, lt=2**62)
    organs: tuple[OrganEntry, ...] = Field(default=(), max_length=MOST_ORGANS)

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> RequestRow:
        """The request of a row's fields, or of a document (`generate --request`).

        Raises:
            InputError: A field is unknown, or of the wrong kind, or says of one organ what each of several says.
        """
        try:
            return cls.model_validate(_of_document(fields) if "organs" in fields else dict(fields))
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))[:60]
            raise InputError(
                f"The request's '{where}' cannot be used: {first['msg'].lower()}.",
                hint=f"The fields are {', '.join(cls.model_fields)}.",
            ) from error


def _of_document(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request document; of one organ, those of a row of that organ."""
    organs = fields["organs"]
    if not isinstance(organs, list) or not organs:
        raise InputError("The request's 'organs' is no list of organs.", hint='Write [{"structure": "liver"}, …].')
    if len(organs) > 1:
        told = {name: value for name, value in fields.items() if name not in _OF_DOCUMENTS}
        both = next((name for name in told if name in _OF_ONE), None)
        if both is not None:
            raise InputError(f"Both organs and '{both}' are given.", hint="Say it of each organ.")
        return told
    if not isinstance(organs[0], dict):
        raise InputError("An organ of the request is no object.", hint='Write {"structure": "liver"}.')
    row = {name: value for name, value in organs[0].items() if name not in ("place", "candidates")}
    return row | ({"seed": fields["seed"]} if "seed" in fields else {})


_OF_ONE = frozenset(RequestRow.model_fields) - {"organs", "context", "seed"}


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a table with their lines, the first line being 1; a line that cannot be read has the field 'error'.

    Raises:
        InputError: The file is missing, or of another kind.
        MissingDependency: Parquet, and pyarrow is not installed.
    """
    suffix = path.suffix.lower()
    if suffix not in TABLES:
        raise InputError(f"'{path}' is no table of requests.", hint=f"Give one of {', '.join(TABLES)}.")
    if not path.is_file():
        raise InputError(f"There is no file '{path}'.", hint="Check the path.")
    if suffix == ".csv":
        yield from _csv_rows(path)
    elif suffix == ".parquet":
        yield from _parquet_rows(path)
    else:
        yield from _json_rows(path)


def _json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open("rb") as stream:
        for line, content in enumerate(stream, start=1):
            if content.strip():
                yield line, _json_row(content)


def _json_row(content: bytes) -> dict[str, Any]:
    try:
        row = json.loads(content)
    except (ValueError, RecursionError) as error:
        return {"error": f"it is no JSON ({str(error)[:80]})"}
    return row if isinstance(row, dict) else {"error": "it is no JSON object"}


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, restkey="")
            for row in reader:
                if "" in row:
                    yield reader.line_num, {"error": "it has more cells than the head"}
                else:
                    yield reader.line_num, _nested({name: cell for name, cell in row.items() if cell})
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"'{path.name}' cannot be read as CSV ({error}).", hint="Save it as UTF-8.") from error


def _parquet_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        table, line = parquet.ParquetFile(path), 0
        for batch in table.iter_batches(batch_size=256):
            for row in batch.to_pylist():
                line += 1
                yield line, _nested({name: cell for name, cell in row.items() if cell is not None})
    except pyarrow.ArrowInvalid as error:
        raise InputError(f"'{path.name}' cannot be read as Parquet ({error}).", hint="Write it again.") from error


def _nested(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of numbers and words brought into their objects; cells that hold JSON are read."""
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        key = name.strip()
        if key in QUANTITY_NAMES:
            row.setdefault("numbers", {})[key] = _number(cell)
        elif key in WORD_NAMES:
            row.setdefault("words", {})[key] = str(cell)
        elif key in _NESTED and isinstance(cell, str) and cell.lstrip()[:1] in ("{", "["):
            try:
                row[key] = json.loads(cell)
            except (ValueError, RecursionError) as error:
                return {"error": f"its {key} are no JSON ({str(error)[:80]})"}
        elif key == "seed":
            row[key] = int(cell) if str(cell).strip().isdigit() else cell
        else:
            row[key] = cell
    return row


def _number(cell: Any) -> Any:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return cell  # '24 cm' and 'unknown' are read by the description
