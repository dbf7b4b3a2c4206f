"""What each preset is trained with: one table of steps, batches, rates and shares of a time budget.

preset   stage               steps  batch (CUDA)     rate   share of a budget
small    corpus                  –      –               –      10
         mask-autoencoder     2500      4  (16)      1e-3      15
         mask-diffusion       6000     16  (64)      5e-4      40
         image-autoencoder    3000      4  (16)      1e-3      15
         image-diffusion      6000     16  (64)      5e-4      20
default  corpus                  –      –               –      15
         mask-autoencoder      800      2   (8)      2e-3       5
         mask-prior           3400     16  (64)      1e-3      15
         mask-diffusion       3200      8  (64)      1e-3      40
         image-autoencoder     900      2   (8)    1.5e-3       5
         image-diffusion      9000      8  (64)      1e-3      35
paper    corpus                  –      –               –      15
         mask-autoencoder     3000      1   (4)      5e-4      20
         mask-diffusion      10000      2  (16)      2e-4      30
         image-autoencoder    3000      1   (4)      5e-4      15
         image-diffusion     10000      2  (16)      2e-4      20

A share counts against those of the parts that are not finished: without images the mask diffusion of `default` has 40
of 75. The steps and batches of `small` and of the mask stages of `default` trained their networks on two CPU cores; the
others, and all CUDA batches, are sized by memory and arithmetic alone and were not tuned.

The segmenter is no stage of the chain and no part of a budget: it is trained alone, by one recipe for all presets. So
are the layout stage, from layouts of prepared CT scans, and the painter, from these and the scans.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, cast, get_args

from ..data.prepared import PreparedSet
from ..generation.model.presets import Preset
from .corpus import CorpusConfig

Stage = Literal["mask-autoencoder", "mask-prior", "mask-diffusion", "image-autoencoder", "image-diffusion"]
STAGES: tuple[Stage, ...] = get_args(Stage)  # in the order in which they build on each other
STARTED: Final = ("mask-prior", "mask-diffusion")  # those that may start from another model
CORPUS = "corpus"
SEGMENTER: Final = "segmenter"
LAYOUT: Final = "layout"
SHARPENER: Final = "layout-sharpener"
PAINTER: Final = "painter"
APART: Final = (SEGMENTER, LAYOUT, SHARPENER, PAINTER)  # no stages of a preset, and without a corpus
Single = Stage | Literal["segmenter", "layout", "layout-sharpener", "painter"]  # what can be trained alone

_DEFAULT: Mapping[str, float] = {"liver": 4.0, "aorta": 2.0, "spleen": 1.5, "left_atrium": 1.5, "other": 0.75}
_PRIOR: Mapping[str, float] = {"liver": 2.5, "aorta": 2.0, "spleen": 1.5, "left_atrium": 1.25, "other": 0.9}
_AORTAS: Mapping[str, float] = {"aorta": 2.0, "other": 1.0}
_SCANS: Mapping[str, float] = {"liver": 2.0, "aorta": 1.5, "left_atrium": 1.5, "spleen": 1.0, "other": 0.75}
_LIVERS: Mapping[str, float] = {"liver": 5.0, "other": 1.0}


@dataclass(frozen=True)
class Recipe:
    """How a stage of a preset is trained.

    Args:
        steps: Optimiser steps where no budget decides.
        batch, cuda_batch: Samples a step, by device.
        lr: Peak learning rate; warmup, ema, weight_decay, betas: see LoopConfig.
        share: Weight of the stage in a time budget.
        most_steps: More are of no use to it; what is left of its time goes to later stages.
        shares: How often each structure is drawn; `other` for the rest.
    """

    steps: int
    batch: int
    cuda_batch: int
    lr: float
    share: float
    warmup: int = 100
    ema: float = 0.999
    weight_decay: float = 1e-4
    betas: tuple[float, float] = (0.9, 0.99)
    most_steps: int | None = None
    shares: Mapping[str, float] = field(default_factory=lambda: _LIVERS)

    def batch_on(self, device: str) -> int:
        """Samples a step on a device, 'cpu' or 'cuda:0'."""
        return self.cuda_batch if device.startswith("cuda") else self.batch


@dataclass(frozen=True)
class PresetRecipe:
    """How a preset is trained.

    Args:
        stages: A recipe a stage.
        structures: What it is trained on; all if empty.
        corpus: How copies are made, and how many where time allows; corpus_share: weight of it in a time budget.
        least_copies: Of a training case, however short the budget.
        least_s: Seconds that a stage (or the corpus) needs at the least; a shorter budget is refused unread.
        least_steps: Steps of a stage at the least, once they are timed.
    """

    stages: Mapping[Stage, Recipe]
    structures: tuple[str, ...] = ()
    corpus: CorpusConfig = field(default_factory=CorpusConfig)
    corpus_share: float = 15.0
    least_copies: int = 2
    least_s: float = 30.0
    least_steps: int = 100


RECIPES: dict[str, PresetRecipe] = {
    "small": PresetRecipe(
        {
            "mask-autoencoder": Recipe(2500, 4, 16, 1e-3, 15),
            "mask-diffusion": Recipe(6000, 16, 64, 5e-4, 40),
            "image-autoencoder": Recipe(3000, 4, 16, 1e-3, 15),
            "image-diffusion": Recipe(6000, 16, 64, 5e-4, 20),
        },
        corpus_share=10.0,
        least_s=10.0,
    ),
    "default": PresetRecipe(
        {
            "mask-autoencoder": Recipe(800, 2, 8, 2e-3, 5, warmup=50, ema=0.998, most_steps=1600, shares=_AORTAS),
            "mask-prior": Recipe(
                3400, 16, 64, 1e-3, 15, ema=0.998, weight_decay=0.03, most_steps=12_000, shares=_PRIOR
            ),
            "mask-diffusion": Recipe(3200, 8, 64, 1e-3, 40, ema=0.998, shares=_DEFAULT),
            "image-autoencoder": Recipe(900, 2, 8, 1.5e-3, 5, warmup=50, ema=0.995, shares=_SCANS),
            "image-diffusion": Recipe(9000, 8, 64, 1e-3, 35, ema=0.998, weight_decay=0.01, shares=_SCANS),
        },
        structures=("liver", "spleen", "left_kidney", "right_kidney", "aorta", "left_atrium"),
    ),
    "paper": PresetRecipe(
        {
            "mask-autoencoder": Recipe(3000, 1, 4, 5e-4, 20),
            "mask-diffusion": Recipe(10000, 2, 16, 2e-4, 30),
            "image-autoencoder": Recipe(3000, 1, 4, 5e-4, 15),
            "image-diffusion": Recipe(10000, 2, 16, 2e-4, 20),
        },
        structures=("liver",),
    ),
}


_SEGMENTER = Recipe(
    1700, 2, 16, 2e-3, 0, warmup=50, ema=0.995, shares={"liver": 1.5, "aorta": 2.0, "left_atrium": 2.0, "other": 1.0}
)


_LAYOUT = Recipe(4000, 2, 16, 8e-4, 0, warmup=50, ema=0.995, weight_decay=0.02)


# Two learn against each other: a short memory of former gradients, and none of the weights is pulled to nothing.
_SHARPENER = Recipe(4000, 1, 16, 4e-4, 0, warmup=50, ema=0.998, weight_decay=0.0, betas=(0.5, 0.99))
_PAINTER = Recipe(8000, 1, 16, 4e-4, 0, warmup=50, ema=0.998, weight_decay=0.0, betas=(0.5, 0.99), shares=_SCANS)


def stages_of(preset: Preset) -> tuple[Stage, ...]:
    """The stages that a preset has."""
    return tuple(stage for stage in STAGES if stage != "mask-prior" or preset.mask_prior is not None)


def singles_of(preset: Preset) -> tuple[Single, ...]:
    """What can be trained alone: the stages that a preset has, and those apart."""
    return (*stages_of(preset), *APART)


def single_recipe(preset: str, stage: Single) -> Recipe:
    """How a stage of a preset, or one of those apart, is trained alone."""
    apart = {SEGMENTER: _SEGMENTER, LAYOUT: _LAYOUT, SHARPENER: _SHARPENER, PAINTER: _PAINTER}
    return apart[stage] if stage in apart else recipe_of(preset).stages[cast(Stage, stage)]


def trained_by_default(recipe: PresetRecipe, prepared: PreparedSet) -> tuple[str, ...]:
    """What a preset is trained on where nothing is said, with the structures of the user's own; all if empty."""
    return (*recipe.structures, *prepared.own) if recipe.structures else ()


def recipe_of(preset: str) -> PresetRecipe:
    """The recipe of a preset; that of 'small' for a preset that has none of its own."""
    return RECIPES.get(preset, RECIPES["small"])
