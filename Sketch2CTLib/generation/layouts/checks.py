"""Whether a layout can be anatomy: sizes, places and contacts as in training, a closed body, one spine, true sides."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ...catalog import label_value, region
from ...data.layout import UNKNOWN, Layout
from ...data.regions import pieces
from .measures import LayoutRanges, centroids_ras, contacts, cut_organs, volumes_ml

_AWAY = ("outside", "object")
_SPINE_LENGTH = 0.8  # of the body's, along S-I
# (to the patient's right, to the left): their centroids never swap sides.
_SIDES = (("right_kidney", "left_kidney"), ("liver", "spleen"), ("right_adrenal_gland", "left_adrenal_gland"))
_MEAN_SIDES = (("inferior_vena_cava", "aorta"), ("gallbladder", "spleen"), ("liver", "stomach"))


def faults(layout: Layout, given: Iterable[str], ranges: LayoutRanges, *, whole_trunk: bool = True) -> list[str]:
    """What no training layout has, one sentence each; empty where all is well.

    Args:
        layout: On a RAS grid.
        given: Organs that were asked; they are not judged, but for their sides.
        ranges: Of the training layouts.
        whole_trunk: Whether the grid holds the whole region; a smaller one may miss organs and the spine.
    """
    given = tuple(given)
    centroids = centroids_ras(layout)
    whole = {name: v for name, v in volumes_ml(layout).items() if name not in cut_organs(layout) and name not in given}
    told = [f"the volume of the {_title(name)} is unusual" for name in ranges.odd_volumes(whole)]
    seen = {name: place for name, place in centroids.items() if name in given or name in whole}
    told += [f"the place of the {_title(name)} is unusual" for name in ranges.odd_places(seen, given)]
    strange = sorted(contacts(layout) - set(ranges.contacts))
    told += [
        f"the {_title(one)} touches the {_title(other)}"
        for one, other in strange
        if ranges.contacts and not {one, other} <= set(given)
    ]
    if whole_trunk:
        told += [f"there is no {_title(name)}" for name in ranges.always if name not in centroids]
        told += _spine(layout)
    return told + _swapped(centroids) + _torn(layout)


def _swapped(centroids: dict[str, NDArray[np.float64]]) -> list[str]:
    return [
        f"the {_title(right)} lies to the left of the {_title(left)}"
        for right, left in (*_SIDES, *_MEAN_SIDES)
        if right in centroids and left in centroids and centroids[right][0] <= centroids[left][0]
    ]


def _torn(layout: Layout) -> list[str]:
    away = np.isin(layout.labels, [label_value(name) for name in _AWAY]) | (layout.labels == 0)
    told = []
    if not (~away).any():
        return ["there is no body"]
    if len(pieces(~away)[1]) != 2:
        told.append("the body is in pieces")
    if not _reaches_border(away):
        told.append("the body is not closed")
    return told


def _spine(layout: Layout) -> list[str]:
    """Whether the largest piece of bone reaches along the body."""
    body = ~np.isin(layout.labels, [UNKNOWN, *(label_value(name) for name in _AWAY)])
    bone = layout.body_of("bone")
    if not bone.any():
        return ["there is no spine"]
    labelled, sizes = pieces(bone, corners=True)
    spine = labelled == int(np.argmax(sizes))
    reached = int(spine.any(axis=(1, 2)).sum())
    return [] if reached >= _SPINE_LENGTH * int(body.any(axis=(1, 2)).sum()) else ["the spine is not one piece"]


def _reaches_border(away: NDArray[np.bool_]) -> bool:
    """Whether all that lies outside is connected to the border of the grid."""
    labelled, sizes = pieces(away)
    edge = np.ones(away.shape, dtype=np.bool_)
    edge[1:-1, 1:-1, 1:-1] = False
    outer = set(np.unique(labelled[edge]).tolist())
    return all(label in outer for label in np.flatnonzero(sizes).tolist())


def _title(name: str) -> str:
    return region(name).title.lower()
