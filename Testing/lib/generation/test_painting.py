"""Painted labels: every label its usual value, the body to the voxel."""

from __future__ import annotations

import numpy as np
import torch

from Sketch2CTLib.generation.volumes.painting import Palette, paint, painted_conditions, with_body
from Sketch2CTLib.networks import PatchAutoencoder, PatchAutoencoderConfig

PALETTE = Palette({"CT": {0: -0.5, 1: 0.3, 20: 0.8}, "MR": {0: -0.9, 7: 0.6}})


def test_a_palette_is_the_mean_of_each_label_by_modality() -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice([0, 1, 20], (16, 16, 16), p=[0.5, 0.4, 0.1]).astype(np.uint8)
    image = (np.array([-0.5, 0.3, 0.8])[np.searchsorted([0, 1, 20], labels)]).astype(np.float32)
    labels[0, 0, 0] = 33  # a single voxel says nothing
    found = Palette.fit([("CT", image, labels), ("CT", image + 0.1, labels), ("MR", image, labels)])
    assert found.values["CT"] == {0: -0.45, 1: 0.35, 20: 0.85}
    assert found.values["MR"] == {0: -0.5, 1: 0.3, 20: 0.8}
    assert Palette.from_dict(found.to_dict()) == found


def test_unknown_labels_are_painted_as_nothing() -> None:
    labels = torch.tensor([0, 1, 20, 99], dtype=torch.uint8).view(1, 1, 4, 1, 1).repeat(2, 1, 1, 1, 1)
    pictures, known = paint(labels, ["CT", "MR"], PALETTE)
    assert torch.allclose(pictures.flatten(1), torch.tensor([[-0.5, 0.3, 0.8, -0.5], [-0.9] * 4]))
    assert known.flatten(1).tolist() == [[0, 1, 1, 0], [0, 0, 0, 0]]


def test_the_body_goes_over_the_labels_and_old_traces_of_it_vanish() -> None:
    labels = torch.zeros(1, 1, 4, 4, 4, dtype=torch.uint8)
    labels[..., :2] = 1  # the liver as it was before an edit
    labels[..., 3] = 20
    field = torch.full((1, 1, 8, 8, 8), -1.0)
    field[..., 5:7] = 1.0
    whole = with_body(labels, field, [1])
    assert whole.shape == field.shape
    assert whole[0, 0, 0, 0].tolist() == [0, 0, 0, 0, 0, 1, 1, 20]


def test_the_latent_of_a_painting_decodes_to_it() -> None:
    torch.manual_seed(0)
    coder = PatchAutoencoder(PatchAutoencoderConfig(4, 64, res_blocks=0))
    labels = torch.zeros(1, 1, 16, 16, 16, dtype=torch.uint8)
    labels[..., 3:9, 2:11] = 1
    found = painted_conditions(labels, ["CT"], PALETTE, coder, 2.0)
    assert found.shape == (1, 65, 4, 4, 4)
    assert torch.allclose(coder.decode(found[:, :64] / 2.0), paint(labels, ["CT"], PALETTE)[0], atol=1e-4)
    assert float(found[:, 64].sum()) * 64 == float((labels > 0).sum())
