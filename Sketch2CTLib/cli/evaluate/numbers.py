"""`sketch2ct evaluate numbers`: how the numbers of each structure go together in prepared cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..options import Data


def numbers(
    data: Data,
    out: Annotated[Path, typer.Option(help="JSON file; `synthesize` samples requests from it.")],
    split: Annotated[str, typer.Option(help="Cases to measure: train or val.")] = "train",
) -> None:
    """Means, spreads and correlations of the numbers of each structure; no case is kept.

    Example: sketch2ct evaluate numbers --data prepared --out joint_numbers.json
    """
    from ...atomic import write_text
    from ...data.joint_numbers import joint_statistics
    from ...data.prepared import PreparedSet

    told = joint_statistics([PreparedSet(data)], split)
    write_text(out, json.dumps(told, indent=1, allow_nan=False) + "\n")
    for name, one in told["structures"].items():
        print(f"{name}: {one['cases']} cases, {len(one['names'])} numbers")
