"""Of which organs a result of several is."""

from __future__ import annotations

from .values import as_dict, as_list

_KIND = "organs"


def organs_of(result) -> tuple[str, ...]:
    """The catalog names of the organs of a result, in its order; of a result of one organ none.

    Args:
        result: The Result event as a dict.
    """
    if as_dict(as_dict(result).get("report")).get("kind") != _KIND:
        return ()
    return tuple(str(as_dict(one).get("folder") or "") for one in as_list(result.get("candidates")))
