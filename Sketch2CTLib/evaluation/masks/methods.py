"""The ways to make a mask of a case that `evaluate masks` compares: as shipped, in parts, and asked for otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ...conditioning.lifted import EXTENTS
from ...description.words import geometric_words, sentences
from ...errors import ConfigError
from ...frames import VoxelGrid, resample
from ...generation.candidates import candidate_score, candidate_seeds
from ...generation.conformity import finished, targets_of
from ...generation.pipeline import Pipeline
from ...generation.placement import cube_of, on_cube
from ...generation.report.build import build_report
from ...generation.report.evidence import Asked, Drawn
from ...generation.request import PlacedRequest
from ...generation.settings import Settings
from ...generation.values import MaskSample
from ...sketch import Sketch
from ..overlap import dice
from .asked_cases import AskedCase
from .shape_measures import mean_values, measured
from .surfaces import REAL, REAL_SAYS, shape_measures

Values = Mapping[str, float]

CANDIDATES = 4


@dataclass
class Asking:
    """One case that is being asked for; the candidates that several methods share are drawn once.

    Args:
        one: The case.
        other: Another case of the structure, for shuffling.
        pipeline: The model.
        settings: As shipped.
        seed: Of the first candidate.
    """

    one: AskedCase
    other: AskedCase | None
    pipeline: Pipeline
    settings: Settings
    seed: int = 1
    _families: dict[str, list[MaskSample]] = field(default_factory=dict)

    @property
    def grid(self) -> VoxelGrid:
        """The case's cube."""
        return self.one.case.grid

    def draw(self, request: PlacedRequest, settings: Settings | None = None) -> MaskSample:
        """One sample of the first seed on the case's cube."""
        return self.pipeline.masks(request, (self.seed,), settings or self.settings)[0]

    def family(self, count: int, request: PlacedRequest, key: str = "") -> list[MaskSample]:
        """The first candidates of a request; those drawn before under this key are drawn no more."""
        drawn = self._families.setdefault(key, [])
        missing = candidate_seeds(self.seed, count)[len(drawn) :]
        if missing and drawn:  # the answer, which is the prior mean, is there
            strength = self.settings.noise_strength
            settings = replace(
                self.settings, noise_strength=self.pipeline.preset.noise_strength if strength is None else strength
            )
            drawn += self.pipeline.masks(request, missing, settings)
        elif missing:
            drawn += self.pipeline.masks(request, missing, self.settings)
        return drawn[:count]

    def measured(self, request: PlacedRequest, sample: MaskSample, settings: Settings | None = None) -> Values:
        """Measures of a sample, and of its body before the level was moved."""
        level_0 = level_zero(request, sample.field, settings or self.settings)
        return measured(self.one, sample.mask.body, level_0)


@dataclass(frozen=True)
class Method:
    """One way to make masks.

    Args:
        name: In tables and files.
        says: What is asked and done, for the caption.
        run: Measures of a case; None where the case cannot be asked for so.
    """

    name: str
    says: str
    run: Callable[[Asking], Values | None]


def level_zero(request: PlacedRequest, field: NDArray[np.float32], settings: Settings) -> NDArray[np.bool_]:
    """The body of a decoded field changed to its targets but for the volume."""
    targets = targets_of(request, follow=settings.follow)
    numbers = {name: value for name, value in request.numbers.items() if name != "volume_ml"}
    return finished(field, request.grid, targets, numbers)[0] > 0


def score(sample: MaskSample, request: PlacedRequest) -> float:
    """How well a sample meets its request, as the product ranks its candidates: without knowing the case itself."""
    grid = sample.mask.grid
    drawn = [Drawn.of(one, grid.shape_kji[0], float(grid.size_mm[0])) for one in request.drawings]
    return candidate_score(build_report(sample.mask, Asked(request.numbers), drawn))


def _asked_as(
    change: Callable[[Asking], PlacedRequest | None], **settings: object
) -> Callable[[Asking], Values | None]:
    """A method of one sample: what is asked, and what of the settings is another."""

    def run(asking: Asking) -> Values | None:
        request = change(asking)
        if request is None:
            return None
        changed = replace(asking.settings, **settings)  # type: ignore[arg-type]
        return asking.measured(request, asking.draw(request, changed), changed)

    return run


def _own(asking: Asking) -> PlacedRequest:
    return asking.one.request()


def _shipped(asking: Asking) -> Values:
    request = _own(asking)
    return asking.measured(request, asking.family(1, request)[0])


def _sampled(asking: Asking) -> Values:
    request = _own(asking)
    return asking.measured(request, asking.family(2, request)[1])


def _best(asking: Asking) -> Values:
    request = _own(asking)
    best = max(asking.family(CANDIDATES, request), key=lambda sample: score(sample, request))
    return asking.measured(request, best)


def _oracle(asking: Asking) -> Values:
    request = _own(asking)
    family = asking.family(CANDIDATES, request)
    return asking.measured(request, max(family, key=lambda sample: dice(asking.one.mask, sample.mask.body)))


def _mean_field(asking: Asking) -> Values:
    request = _own(asking)
    family = asking.family(CANDIDATES, request)
    mean = np.asarray(np.mean([sample.field for sample in family], axis=0), dtype=np.float32)
    numbers = request.numbers if asking.settings.match_volume else {}
    targets = targets_of(request, follow=asking.settings.follow)
    body = finished(mean, asking.grid, targets, numbers)[0] > 0
    return measured(asking.one, body, level_zero(request, mean, asking.settings))


def _sketch_shuffled(asking: Asking) -> PlacedRequest | None:
    return None if asking.other is None else replace(_own(asking), drawings=(asking.other.sketch,))


def _numbers_shuffled(asking: Asking) -> PlacedRequest | None:
    return None if asking.other is None else asking.one.request(asking.other.numbers)


def _no_numbers(asking: Asking) -> PlacedRequest:
    structure = asking.one.case.structure
    words = sentences(structure, {}, geometric_words(structure, asking.one.numbers))
    return replace(_own(asking), numbers={}, sentences=words)


def _few_numbers(asking: Asking) -> PlacedRequest:
    """What people state: the volume and the three extents."""
    few = {name: value for name, value in asking.one.numbers.items() if name in ("volume_ml", *EXTENTS)}
    return replace(_own(asking), numbers=few, sentences=())


def _second_view(asking: Asking) -> PlacedRequest | None:
    if asking.pipeline.preset.conditioner.sketches < 2:
        return None
    return replace(_own(asking), drawings=(asking.one.sketch, asking.one.second))


def _with_contours(count: int, ask: Callable[[Asking], PlacedRequest]) -> Callable[[Asking], PlacedRequest | None]:
    """What `ask` asks, and the case's first cross-sections; None for a model that takes none."""

    def change(asking: Asking) -> PlacedRequest | None:
        if not asking.pipeline.preset.request_conditioner.contour_parts:
            return None
        request = ask(asking)
        return replace(request, drawings=(*request.drawings, *asking.one.contours(count)))

    return change


def _by_hand(choose: bool) -> Callable[[Asking], Values | None]:
    """Means over a case's hand-drawn sketches: of the first sample, or of the best by the product's own ranking."""

    def run(asking: Asking) -> Values | None:
        rows = []
        for at, drawn in enumerate(asking.one.drawn):
            request = _placed(asking, drawn.sketch)
            family = asking.family(CANDIDATES if choose else 1, request, key=f"by hand {at}")
            chosen = max(family, key=lambda sample: score(sample, request)) if choose else family[0]
            level_0 = level_zero(request, chosen.field, asking.settings)
            bodies = [_moved(body, request.grid, asking.grid) for body in (chosen.mask.body, level_0)]
            rows.append(measured(asking.one, bodies[0], bodies[1], asking.one.filled(drawn.sketch)))
        return mean_values(rows) if rows else None

    return run


def _placed(asking: Asking, sketch: Sketch) -> PlacedRequest:
    """The request of a drawing in its own cube, centred on the drawing as the product does."""
    structure = asking.one.case.structure
    grid = cube_of(structure, (sketch,), asking.grid.shape_kji[0])
    return replace(_own(asking), drawings=on_cube((sketch,), grid, structure)[0], grid=grid)


def _moved(body: NDArray[np.bool_], source: VoxelGrid, target: VoxelGrid) -> NDArray[np.bool_]:
    """A body on another grid."""
    return np.asarray(resample(body.astype(np.float32), source, target) >= 0.5)


METHODS: tuple[Method, ...] = (
    Method("sketch2ct", "the answer, as shipped: own sketch, numbers and words", _shipped),
    Method("sampled", "one sample around the answer, as candidates are", _sampled),
    Method(
        "network_alone",
        "one draw: no projection, no volume matching",
        _asked_as(_own, follow=False, match_volume=False, draws=1),
    ),
    Method("best_of_4", "best of 4 candidates by the product's own ranking, which does not know the case", _best),
    Method("oracle_of_4", "best of 4 candidates by their true Dice: a bound, no method", _oracle),
    Method("mean_of_4", "the mean field of 4 candidates", _mean_field),
    Method("second_view", "own sketch on a second view as well", _asked_as(_second_view)),
    *(
        Method(f"contours_{n}", f"own sketch and {n} of its contours on slices", _asked_as(_with_contours(n, _own)))
        for n in (1, 2, 4)
    ),
    Method("few_contours_2", "few numbers and two contours on slices", _asked_as(_with_contours(2, _few_numbers))),
    Method("hand_drawn", "hand-drawn sketches, one sample each; mean over a case's drawings", _by_hand(choose=False)),
    Method("hand_drawn_best_of_4", "hand-drawn sketches, best of 4 by the product's ranking", _by_hand(choose=True)),
    Method("sketch_shuffled", "the sketch of another case of the structure", _asked_as(_sketch_shuffled)),
    Method("numbers_shuffled", "numbers and words of another case", _asked_as(_numbers_shuffled)),
    Method("few_numbers", "sketch, volume and the three extents, no words", _asked_as(_few_numbers)),
    Method("no_words", "sketch and numbers", _asked_as(lambda asking: replace(_own(asking), sentences=()))),
    Method("no_numbers", "sketch and geometric words, no figures", _asked_as(_no_numbers)),
    Method(
        "sketch_alone", "neither numbers nor words", _asked_as(lambda a: replace(_own(a), numbers={}, sentences=()))
    ),
    Method("no_sketch", "numbers and words", _asked_as(lambda asking: replace(_own(asking), drawings=()))),
    Method(REAL, REAL_SAYS, lambda asking: shape_measures(asking.one.mask, asking.grid, asking.one.case.structure)),
)


def method(name: str) -> Method:
    """The method of that name.

    Raises:
        ConfigError: There is none.
    """
    for one in METHODS:
        if one.name == name:
            return one
    raise ConfigError(f"Unknown method '{name}'.", hint=f"Choose from {', '.join(m.name for m in METHODS)}.")
