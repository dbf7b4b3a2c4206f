"""What a data set is asked by: one of four sources, its structures and its size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..offered import offered_structures
from .groups import TOGETHER, in_order, named_sample, require_beside, sample_in
from .plan import Source
from .rows import read_rows
from .sources import inputs_digest, mask_files, read_request

_ELSEWHERE = "A table or a request names its own ('organs'), and a mask is of one."


@dataclass(frozen=True)
class Given:
    """A source of requests.

    Args:
        source: Its kind.
        path: Of the table, the request or the folder of masks; None where requests are sampled.
        structures: Catalog names, with '+' between the organs of one sample.
        count: Samples.
    """

    source: Source
    path: Path | None
    structures: tuple[str, ...]
    count: int

    @property
    def digest(self) -> str:
        """SHA-256 of what requests are read from."""
        return inputs_digest(self.path)


def given_by(
    requests: Path | None, request: Path | None, masks: Path | None, structure: str, count: int | None
) -> Given:
    """The source that options name.

    Args:
        requests: A table.
        request: One request, to be varied.
        masks: A folder of masks.
        structure: Names with commas between them, '+' between organs that are sampled together.
        count: Samples, where it is stated.

    Raises:
        InputError: More than one source is named, or something is missing.
        UnknownStructure: The catalog has no such structure.
    """
    if sum(one is not None for one in (requests, request, masks)) > 1:
        raise InputError("Several sources of requests are given.", hint="Give --requests, --request or --masks.")
    names = tuple(named_sample(name) for name in structure.split(",") if name.strip())
    if requests is None and request is None and masks is None:
        for one in _needed(names):
            require_beside(one)
        return Given("sampled", None, names, _stated(count))
    if any(TOGETHER in one for one in names):
        raise InputError(f"Organs of one sample ('{structure}') are named where requests are sampled.", hint=_ELSEWHERE)
    if requests is not None:
        found, rows = _table(requests)
        return Given("table", requests, names or found, min(rows, count or rows))
    if request is not None:
        own = sample_in(read_request(request)) or "".join(names[:1])
        return Given("variations", request, _needed((own,) if own else ()), _stated(count))
    assert masks is not None
    return Given("masks", masks, _needed(names[:1]), count or len(mask_files(masks)))


def _needed(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise InputError("No structure is given.", hint=f"Add --structure: {', '.join(offered_structures())}.")
    return names


def _stated(count: int | None) -> int:
    if count is None:
        raise InputError("It is not said how many samples to make.", hint="Add --count 100.")
    return count


def _table(path: Path) -> tuple[tuple[str, ...], int]:
    """The structures of a table in the order of the catalog, and how many rows it has."""
    found, rows = set[str](), 0
    for _, row in read_rows(path):
        rows += 1
        sample = sample_in(row)
        if sample is not None:
            found.add(sample)
    if not rows:
        raise InputError(f"The table '{path}' has no rows.", hint="Write one request a row.")
    return _needed(in_order(found)), rows
