"""What the benchmark counts."""

from __future__ import annotations

import pytest
import torch

from Sketch2CTLib.evaluation.bench import counted_gflop, matrix_ceiling_gflop_s
from Sketch2CTLib.evaluation.published import MAISI, published


def test_operations_of_a_product_and_a_convolution_are_counted() -> None:
    a, b = torch.ones(30, 40), torch.ones(40, 50)
    assert counted_gflop(lambda: a @ b) == pytest.approx(2 * 30 * 40 * 50 / 1e9)
    x, kernel = torch.ones(1, 2, 4, 4, 4), torch.ones(3, 2, 1, 1, 1)
    assert counted_gflop(lambda: torch.nn.functional.conv3d(x, kernel)) == pytest.approx(2 * 64 * 2 * 3 / 1e9)


def test_a_ceiling_is_measured() -> None:
    assert matrix_ceiling_gflop_s(torch.device("cpu"), edge=64, repeats=1) > 0.0


def test_published_figures_say_where_they_are_from() -> None:
    told = published()
    assert "not comparable" in str(told["note"]) and len(MAISI) == len(dict(told["maisi"]))
