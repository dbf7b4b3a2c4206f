"""Tissue classes of a CT scan: thresholds of the smoothed scan, sorted by size, place and connection, without grain.

A scan of a soft-tissue window knows neither air from the bottom of its window nor bone from contrast: gas, lung and
what lies outside are told apart by place, bone from vessels and contrast in the bowel by `bones`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..catalog import label_value
from .bones import bones
from .regions import Bools, closed, dilated, fill_slices, opened, pieces

GAS_HU, FAT_HU, BRIGHT_HU = -119.0, -25.0, 130.0  # upper ends of gas, of fat and of soft tissue
_BODY_HU = -120.0
_TABLE_MM = 5.0  # what is thinner is no body: a table's skin, tubes, blankets
_LUNG_ML, _TOP_MM = 20.0, 10.0
_RECESS_MM = 5.0  # how far from the lung's core its edges lie
_AIR_SHARE = 0.5  # of the way from the darkest to Otsu's threshold
_SMOOTHING = 0.8  # voxels
_CRUMB_ML = 0.4


def ct_tissues(hu: NDArray[np.float32], organs: NDArray[np.uint8], spacing_mm: float) -> NDArray[np.uint8]:
    """(D, H, W) label values of tissues, smooth and without crumbs, under the organs too.

    Args:
        hu: (D, H, W) of a RAS grid, lightly smoothed.
        organs: Label values of organs, 0 elsewhere.
        spacing_mm: Of the isotropic grid.
    """
    body = body_of(hu, spacing_mm)
    value = {name: label_value(name) for name in ("gas", "fat", "soft_tissue", "bright", "lung", "bone")}
    rising = np.array([value[name] for name in ("gas", "fat", "soft_tissue", "bright")], dtype=np.uint8)
    out = np.where(hu > _BODY_HU, label_value("object"), label_value("outside")).astype(np.uint8)
    out[body] = rising[np.digitize(hu[body], [GAS_HU, FAT_HU, BRIGHT_HU])]
    lung = _lung(out == value["gas"], spacing_mm)
    out[lung] = value["lung"]
    out[bones(hu, body, organs, spacing_mm)] = value["bone"]
    out = smoothed(out, spacing_mm)
    away = np.isin(out, [label_value("outside"), label_value("object")])
    out[away & body] = value["fat"]  # the skin's own border
    return out


def mr_tissues(values: NDArray[np.float32], organs: NDArray[np.uint8], spacing_mm: float) -> NDArray[np.uint8]:
    """(D, H, W) label values: the body's dark, middle and bright third, and what lies outside.

    Args:
        values: (D, H, W) of a RAS grid, lightly smoothed, of any scale.
        organs: Label values of organs, 0 elsewhere; they are in the body.
        spacing_mm: Of the isotropic grid.
    """
    from scipy import ndimage
    from skimage.filters import threshold_otsu

    soft = ndimage.gaussian_filter(values, 1.0)
    low = float(np.quantile(soft, 0.02))
    air = low + _AIR_SHARE * (float(threshold_otsu(soft[::2, ::2, ::2])) - low)
    labelled, sizes = pieces((soft > air) | (organs > 0))
    body = fill_slices(closed(labelled == int(np.argmax(sizes)), 2.0))
    names = ("dark_tissue", "grey_tissue", "bright_tissue")
    rising = np.array([label_value(name) for name in names], dtype=np.uint8)
    out = np.full(values.shape, label_value("outside"), dtype=np.uint8)
    out[body] = rising[np.digitize(soft[body], np.quantile(soft[body], [1 / 3, 2 / 3]))]
    return smoothed(out, spacing_mm)


def body_of(hu: NDArray[np.float32], spacing_mm: float) -> Bools:
    """(D, H, W) the body with all that it holds: the largest piece that is no thin shell, its slices filled."""
    dense = hu > _BODY_HU
    core = opened(dense, _TABLE_MM / spacing_mm)
    labelled, sizes = pieces(core)
    main = labelled == int(np.argmax(sizes))
    body = dilated(main, 1.0) & dense
    return fill_slices(closed(fill_slices(body), 2.0))


def smoothed(classes: NDArray[np.uint8], spacing_mm: float) -> NDArray[np.uint8]:
    """The class that prevails under a Gaussian; pieces below 0.4 mL become what is nearest to them."""
    from scipy import ndimage

    best, out = np.full(classes.shape, -1.0, dtype=np.float32), np.zeros_like(classes)
    values = np.flatnonzero(np.bincount(classes.ravel(), minlength=256)).tolist()
    for value in values:
        share = ndimage.gaussian_filter((classes == value).astype(np.float32), _SMOOTHING)
        more = share > best
        out[more], best[more] = value, share[more]
    crumbs = np.zeros(classes.shape, dtype=np.bool_)
    least = _CRUMB_ML * 1000.0 / spacing_mm**3
    for value in values:
        labelled, sizes = pieces(out == value)
        crumbs |= (sizes < least)[labelled] & (labelled > 0)
    nearest = ndimage.distance_transform_edt(crumbs, return_distances=False, return_indices=True)
    return np.asarray(out[tuple(nearest)])


def _lung(gas: Bools, spacing_mm: float) -> Bools:
    """Gas in large pieces that reach the top of the scan: bowel gas never does."""
    core = opened(np.pad(gas, ((2, 2), (0, 0), (0, 0)), mode="edge"), 1.0)[2:-2]
    labelled, sizes = pieces(core)
    top = np.unique(labelled[-max(1, round(_TOP_MM / spacing_mm)) :])
    least = _LUNG_ML * 1000.0 / spacing_mm**3
    chosen = [label for label in top.tolist() if label and sizes[label] > least]
    return dilated(np.isin(labelled, chosen), _RECESS_MM / spacing_mm) & gas
