"""Several organs and their scan on one grid, as other formats hold them."""

from __future__ import annotations

import numpy as np

from ... import catalog
from ...formats import LabelledVolume
from ...formats.labelled import labels_on, numbered
from .files import shared_fields
from .run import OrgansResult


def labelled_organs(result: OrgansResult, title: str) -> LabelledVolume:
    """The organs with label values from 1 on, and their scan: on its grid, which may end before an organ does.

    Args:
        result: What was generated.
        title: For people.
    """
    joint, scan = result.joint, result.scan
    labels, grid = joint.labels, joint.grid
    if scan is not None:
        here = [one.best.mask for one in result.results if one.best.mask.grid == scan.grid]
        bodies = {catalog.structure(mask.structure).label: mask.body for mask in here}
        labels, grid = labels_on(scan.grid, labels, grid, bodies), scan.grid
    return LabelledVolume(
        numbered(labels, [catalog.structure(name).label for name in joint.asked]),
        joint.asked,
        grid,
        None if scan is None else scan.values.astype(np.int16),
        "CT" if scan is None else scan.modality,
        shared_fields(result),
        title=title,
    )
