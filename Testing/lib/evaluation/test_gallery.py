"""The gallery: chosen cases, small files, no pixel of a real scan, an index that tells what is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from fake_pipeline import FakePipeline

from Sketch2CTLib.cli.main import main
from Sketch2CTLib.data.prepared import PreparedCase, PreparedSet
from Sketch2CTLib.errors import ConfigError
from Sketch2CTLib.evaluation.gallery import known_rows, shown_cases, write_gallery
from Sketch2CTLib.evaluation.gallery_pictures import draw_case, save_small
from Sketch2CTLib.evaluation.masks.evaluation import MaskEvaluation
from Sketch2CTLib.evaluation.row_log import row_to_dict
from Sketch2CTLib.evaluation.table import CaseRow
from Sketch2CTLib.generation.report.panels import new_page
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import ImageVolume

TOLD = {
    "split": "train",
    "preset": "tiny",
    "steps": 1,
    "image_steps": 1,
    "seed": 3,
    "command": "sketch2ct evaluate gallery",
}
CONFIG = MaskEvaluation("train", ("liver",), Settings(steps=1), 3)


class Paints(FakePipeline):
    """Masks as told, and scans of grey noise."""

    def image(self, mask, seed, settings, *, modality=None, labels=None):
        values = np.random.default_rng(seed).normal(40, 30, mask.grid.shape_kji)
        return ImageVolume(np.where(mask.body, 100, values).astype(np.int16), mask.grid, modality or "CT")


@pytest.fixture
def prepared(prepared_dir):
    return PreparedSet(prepared_dir)


def rows_of(prepared):
    cases = prepared.cases("train", "liver")
    return [
        CaseRow("sketch2ct", "liver", f"{case.dataset}/{case.case}", {"dice": 0.9 - at / 10, "asked_ml": 1000.0})
        for at, case in enumerate(cases)
    ]


@pytest.fixture
def shown(prepared):
    body = prepared.cases("train", "liver")[0].mask()
    return shown_cases(rows_of(prepared), prepared, Paints(lambda *_: body), CONFIG)


def test_best_median_and_worst_are_drawn_as_they_were_measured(prepared, shown):
    assert [(one.rank, one.one.key, one.rivals) for one in shown] == [
        ("best", "toy/c0", 3),
        ("median", "toy/c1", 3),
        ("worst", "toy/c2", 3),
    ]
    pipeline = Paints(lambda request, grid, seed: prepared.cases("train", "liver")[0].mask())
    shown_cases(rows_of(prepared)[:1], prepared, pipeline, CONFIG)
    (_, seeds, settings) = pipeline.asked[0]
    assert seeds == (3,) and settings == CONFIG.settings
    with pytest.raises(ConfigError, match="no measured cases"):
        shown_cases([], prepared, pipeline, CONFIG)


def test_files_are_small_and_the_index_tells_what_they_show(shown, tmp_path):
    index = write_gallery(tmp_path, shown, TOLD)
    assert json.loads((tmp_path / "index.json").read_text()) == index
    names = [entry["file"] for entry in index["pictures"]]
    assert names == ["liver_best.png", "liver_median.png", "liver_worst.png"]
    for name in (*names, index["contact_sheet"]):
        assert cv2.imread(str(tmp_path / name)) is not None and (tmp_path / name).stat().st_size <= 120_000
    first = index["pictures"][0]
    assert (first["dice"], first["case"], first["synthetic"]) == (0.9, "toy/c0", True)
    readme = (tmp_path / "README.md").read_text()
    assert TOLD["command"] in readme and "synthetic" in readme and "| 0.900 |" in readme
    assert "have not seen" not in readme, "cases of the train split have been seen"
    assert "have not seen" in (
        write_gallery(tmp_path, shown, TOLD | {"split": "val"}) and (tmp_path / "README.md").read_text()
    )


def test_no_real_scan_is_ever_read(prepared, monkeypatch, tmp_path):
    def refuse(_):
        raise AssertionError("the gallery read a real scan")

    monkeypatch.setattr(PreparedCase, "image", refuse)
    body = prepared.cases("train", "liver")[0].mask()
    write_gallery(tmp_path, shown_cases(rows_of(prepared), prepared, Paints(lambda *_: body), CONFIG), TOLD)


def test_a_mirrored_mask_and_another_real_outline_are_seen(shown, tmp_path):
    one = shown[0]
    body = one.mask.labels
    mirrored = replace(one, mask=replace(one.mask, labels=np.ascontiguousarray(body[:, :, ::-1])))
    pictures = []
    for name, case in (("true", one), ("mirrored", mirrored)):
        draw_case(tmp_path / f"{name}.png", case, 10_000_000)
        pictures.append(cv2.imread(str(tmp_path / f"{name}.png")).astype(int))
    differing = np.abs(pictures[0] - pictures[1]).sum(axis=2) > 60
    width = differing.shape[1] // 5
    assert differing[:, 2 * width : 3 * width].mean() > 0.002, "axial slice"
    assert differing[:, 3 * width : 4 * width].mean() > 0.002, "coronal slice"


def test_a_picture_is_made_small_and_keeps_its_colours(tmp_path, rng):
    figure = new_page((6.0, 4.0))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(rng.normal(size=(300, 400)), cmap="gray", aspect="auto")
    axes.plot([0, 399], [150, 150], color="#ffd23f", linewidth=3)
    save_small(figure, tmp_path / "whole.png", 10_000_000)
    save_small(figure, tmp_path / "small.png", 60_000)
    whole, small = (cv2.imread(str(tmp_path / f"{name}.png")).astype(int) for name in ("whole", "small"))
    assert (tmp_path / "small.png").stat().st_size <= 60_000 < (tmp_path / "whole.png").stat().st_size
    assert small.shape[0] <= whole.shape[0]
    middle = small[small.shape[0] // 2, small.shape[1] // 2]
    assert middle[2] - middle[0] > 100, "the yellow line stays yellow"


def test_measured_rows_are_taken_only_if_they_are_of_this_model(prepared, tmp_path):
    hashes = {"mask_prior": "1", "image_diffusion": "2"}
    pipeline = SimpleNamespace(folder=SimpleNamespace(hashes=lambda: dict(hashes)))
    key = CONFIG.key(prepared, pipeline)
    record = {**key, "cases": [row_to_dict(row) for row in rows_of(prepared)]}
    path = tmp_path / "masks.json"
    path.write_text(json.dumps(record))
    assert len(known_rows(path, key)) == 3
    hashes["image_diffusion"] = "3"
    assert len(known_rows(path, CONFIG.key(prepared, pipeline))) == 3, "another volume stage draws the same masks"
    hashes["mask_prior"] = "9"
    with pytest.raises(ConfigError, match="other models"):
        known_rows(path, CONFIG.key(prepared, pipeline))
    with pytest.raises(ConfigError, match="other seed"):
        known_rows(path, key | {"seed": 4})


def test_the_command_writes_a_gallery(prepared_dir, run_dir, tmp_path, capsys):
    told = ["--data", str(prepared_dir), "--split", "train", "--models", str(run_dir / "models"), "--device", "cpu"]
    quick = ["--structures", "liver", "--limit", "2", "--steps", "1", "--image-steps", "1", "--workers", "1"]
    out = tmp_path / "gallery"
    assert main(["evaluate", "gallery", *told, *quick, "--out", str(out), "--json", str(tmp_path / "i.json")]) == 0
    assert "2 cases and a contact sheet" in capsys.readouterr().out
    index = json.loads((tmp_path / "i.json").read_text())
    assert [entry["rank"] for entry in index["pictures"]] == ["best", "worst"]
    assert str(prepared_dir) not in (out / "README.md").read_text(), "no path of a machine"
    assert "--limit 2" in index["command"]
