"""What is measured of layouts: lost, torn and moved organs are seen, real ones pass; pictures and charts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from layout_bodies import PreparedTrunk, trunk
from painting_models import add_layouts

from Sketch2CTLib.catalog import label_value
from Sketch2CTLib.data.layout import Layout
from Sketch2CTLib.evaluation.layouts.distribution import Anatomy, Distribution
from Sketch2CTLib.evaluation.layouts.evaluation import REAL, SHIPPED, TRAINING, LayoutEvaluation, LayoutMeasurement
from Sketch2CTLib.evaluation.layouts.measures import (
    Case,
    alike,
    case_values,
    on_nearest,
    organ_values,
    pair_values,
    spine_pieces,
)
from Sketch2CTLib.evaluation.layouts.pictures import draw_sheet
from Sketch2CTLib.evaluation.layouts.plots import draw_layout_charts
from Sketch2CTLib.generation.layouts.measures import LayoutRanges
from Sketch2CTLib.generation.model.loaded import LoadedModels
from Sketch2CTLib.weights import ModelFolder

TRUNKS = {f"toy/{seed}": trunk(seed) for seed in range(5)}
RANGES = LayoutRanges.of(TRUNKS.values())


@pytest.fixture
def case() -> Case:
    own = with_gallbladder(trunk(11))
    usual = Distribution.of(Anatomy.of(one) for one in TRUNKS.values())
    near = {key: on_nearest(one, own.grid) for key, one in TRUNKS.items()}
    return Case("toy/11", own, {"liver": own.body_of("liver")}, dict(TRUNKS), near, usual)


def with_gallbladder(layout: Layout) -> Layout:
    """A block of 7 × 6 × 7 voxels below the liver, which it touches."""
    k, j, i = np.argwhere(layout.body_of("liver"))[0]
    where = np.zeros(layout.labels.shape, dtype=np.bool_)
    where[k - 3 : k + 3, j - 3 : j + 4, i - 3 : i + 4] = True
    return changed(layout, where & ~layout.body_of("liver"), "gallbladder")


def changed(layout: Layout, where: np.ndarray, name: str) -> Layout:
    labels = layout.labels.copy()
    labels[where] = label_value(name)
    return Layout(labels, layout.grid)


def test_its_own_layout_is_as_good_as_can_be(case: Case) -> None:
    values = case_values(case, [case.own, case.own], RANGES)
    for name in ("dice_organs", "dice_tissues", "contacts_found", "contacts_true", "volumes_usual", "diversity"):
        assert values[name] == 1.0, name
    for name in ("centroid_mm", "missing", "overlap"):
        assert values[name] == 0.0, name
    assert values["pieces"] == values["spine"] == 1.0 > values["nearest"] > 0.3


def test_a_spleen_that_is_lost_torn_or_moved_is_seen(case: Case) -> None:
    spleen = case.own.body_of("spleen")
    lost = changed(case.own, spleen, "fat")
    assert case_values(case, [lost], RANGES)["missing"] == 1.0
    assert organ_values(case, lost)["spleen"] == {"found": 0.0, "dice": 0.0}
    torn = spleen & (np.arange(spleen.shape[0])[:, None, None] == np.argwhere(spleen)[:, 0].mean().round())
    assert organ_values(case, changed(case.own, torn, "fat"))["spleen"]["pieces"] == 2.0
    labels = changed(case.own, spleen, "fat").labels.copy()
    labels[np.roll(spleen, 5, axis=0)] = label_value("spleen")
    moved = organ_values(case, Layout(labels, case.own.grid))["spleen"]
    before = organ_values(case, case.own)["spleen"]
    assert moved["offset_own_mm"] == pytest.approx(40.0, abs=2.0)
    assert moved["offset_rms"] > before["offset_rms"] and moved["volume_ratio"] == pytest.approx(before["volume_ratio"])


def test_given_voxels_that_another_organ_takes_are_counted(case: Case) -> None:
    taken = np.argwhere(case.given["liver"])[:7]
    where = np.zeros_like(case.given["liver"])
    where[tuple(taken.T)] = True
    assert case_values(case, [changed(case.own, where, "stomach")], RANGES)["overlap"] == 7.0


def test_a_spine_in_two_pieces_is_counted_and_ribs_are_not(case: Case) -> None:
    bone = case.own.body_of("bone")
    cut = bone & (np.arange(bone.shape[0])[:, None, None] == bone.shape[0] // 2)
    assert spine_pieces(case.own) == 1 and spine_pieces(changed(case.own, cut, "fat")) == 2
    rib = np.zeros_like(bone)
    rib[20:24, 10:14, 2:6] = True
    assert spine_pieces(changed(case.own, rib, "bone")) == 1
    assert spine_pieces(changed(case.own, bone, "fat")) == 0


def test_pairs_touch_or_not_and_those_of_missing_organs_are_left_out(case: Case) -> None:
    pairs = [("left_kidney", "liver"), ("gallbladder", "liver"), ("liver", "pancreas")]
    assert pair_values(case.own, pairs) == {("left_kidney", "liver"): 0.0, ("gallbladder", "liver"): 1.0}


def test_a_training_case_is_not_compared_with_itself_and_all_is_drawn(tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path / "models")
    add_layouts(folder)
    models = LoadedModels(folder, torch.device("cpu"))
    train = [PreparedTrunk(seed) for seed in range(4)]
    measurement = LayoutMeasurement(models, train, LayoutEvaluation((("liver",),), baselines=False))  # type: ignore[arg-type]
    sheets: list[Path] = []
    seen: list[Case] = []

    def shown(one: Case, layouts: dict[str, Layout]) -> None:
        seen.append(one)
        sheets.append(draw_sheet(tmp_path, one, layouts))

    tables = measurement.tables(train[:1], shown=shown)  # type: ignore[arg-type, list-item]
    assert set(seen[0].train) == {"toy/1", "toy/2", "toy/3"}
    assert tables.given.value(REAL, "liver", "nearest") < 1.0 == tables.given.value(SHIPPED, "liver", "diversity")
    assert tables.pairs.value(TRAINING, "left_kidney – liver", "touch") == 0.0
    charts = draw_layout_charts(tmp_path / "charts", tables)
    assert [path.name for path in charts] == ["neighbours.png", "contacts.png"]
    assert sheets[0].name == "toy_0_liver.png" and all(path.stat().st_size > 10_000 for path in (*charts, *sheets))


def test_two_layouts_are_as_alike_as_their_organs_overlap_where_the_other_is_known() -> None:
    liver, spleen, fat = (label_value(name) for name in ("liver", "spleen", "fat"))
    one = np.array([[[liver, liver, spleen, fat, liver]]], dtype=np.uint8)
    other = np.array([[[liver, spleen, spleen, fat, 0]]], dtype=np.uint8)
    assert alike(one, other) == pytest.approx((2 / 3 + 2 / 3) / 2) and alike(one, one) == 1.0
