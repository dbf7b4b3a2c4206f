"""`sketch2ct evaluate`: tables of how good the models are, on any prepared folder."""

from __future__ import annotations

import typer

from .layouts import layouts
from .masks import compare, conditions, masks, reconstruction
from .numbers import numbers
from .organs import organs
from .sheets import marks, sheets
from .surfaces import surfaces
from .volumes import downstream, scans, volumes
from .whole import gallery, whole

evaluate = typer.Typer(help="Measure the models on a prepared folder.", no_args_is_help=True)


@evaluate.callback()
def _evaluate() -> None:
    """Measure the models on a prepared folder."""


_BELOW = (
    masks,
    compare,
    conditions,
    numbers,
    organs,
    reconstruction,
    surfaces,
    layouts,
    volumes,
    downstream,
    scans,
    sheets,
    marks,
    gallery,
)

for _command in _BELOW:
    evaluate.command()(_command)
evaluate.command("all")(whole)
