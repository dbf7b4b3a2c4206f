"""The condition encoder: sketches, numbers and words → tokens and spatial channels; each of them is optional."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from .contours import CONTOUR_CHANNELS, fold_field
from .fusion import CGFM, SKETCH_CHANNELS, TSFE, TextTokens
from .geometry import GeometryTokens
from .lifted import BOX_CHANNELS, COORDINATE_CHANNELS, LiftStem, fold, lift, lift_box, lift_coordinates

VIEW_NAMES = ("axial", "coronal", "sagittal")
CONDITION_KINDS = ("sketch", "numbers", "words")


@dataclass(frozen=True)
class ConditionerConfig:
    """Shape and switches of the condition encoder.

    Args:
        width: Width of capsules and fused features.
        capsules: Number of routed sketch capsules (context tokens); 0 makes no tokens at all.
        context_dim: Width of the context tokens; 1024 in the paper.
        quantities: How many numbers a description can hold.
        structures: How many structures the model knows.
        lifted_sketch: Concatenate the lifted sketch to the latent.
        geometry_tokens: Give numbers their own tokens (and their box, where a sketch is lifted).
        cells: Latent cells along one axis.
        picture_pixels: Pixels of the lifted picture along one axis; a multiple of `cells`.
        sketches: How many sketches a sample may have, each on a view of its own.
        lift_width: Channels that a picture is projected to before it is lifted; 0 lifts every pixel as a channel.
        coordinates: Tell each latent cell where it lies, in cubes and in stated extents.
        pooled_dim: Width of a vector of numbers, structure and words for the time embedding; 0 for none.
        contour_parts: Into how many parts a latent cell is cut along each axis to lift contours; 0 takes no contours.
    """

    width: int = 256
    capsules: int = 32
    context_dim: int = 1024
    quantities: int = 29
    structures: int = 8
    lifted_sketch: bool = False
    geometry_tokens: bool = False
    cells: int = 32
    picture_pixels: int = 64
    sketches: int = 1
    lift_width: int = 0
    coordinates: bool = False
    pooled_dim: int = 0
    contour_parts: int = 0

    def __post_init__(self) -> None:
        if self.picture_pixels % self.cells:
            raise ConfigError(f"{self.picture_pixels} picture pixels are not a multiple of {self.cells} latent cells.")
        if self.sketches > 1 and not self.lift_width and self.lifted_sketch:
            raise ConfigError("Several sketches need a lift width.")

    @property
    def spatial_channels(self) -> int:
        """Channels that the denoiser gets beside the latent."""
        sketch = SKETCH_CHANNELS * (self.picture_pixels // self.cells) ** 2 + 1
        if self.lift_width:
            sketch = len(VIEW_NAMES) * (self.lift_width + 1)
        box = BOX_CHANNELS + (COORDINATE_CHANNELS if self.coordinates else 0)
        contours = CONTOUR_CHANNELS * self.contour_parts**3
        return sketch * self.lifted_sketch + box * self.geometry_tokens + contours


@dataclass(frozen=True)
class ConditionBatch:
    """The conditions of N samples as tensors.

    Args:
        pictures: (N, K, 2, 128, 128) float32, the channels of up to K sketches for the capsules.
        lifted: (N, K, 2, P, P) float32, the same at the lifted resolution.
        views: (N, K) int64, positions in VIEW_NAMES; the views of one sample differ.
        text: (N, L, 384) sentence vectors; text_known: (N, L) bool.
        z_scores: (N, Q); known: (N, Q) bool.
        box: (N, 9) of `lifted.box_numbers`, NaN where unknown.
        structure: (N,) int64.
        has_sketch: (N, K) bool; a missing sketch gets a learned stand-in.
        contours: (N, 2, c, c, c) float32 of `contours.contour_field`, c = 0 where the model takes none.
    """

    pictures: Tensor
    lifted: Tensor
    views: Tensor
    text: Tensor
    text_known: Tensor
    z_scores: Tensor
    known: Tensor
    box: Tensor
    structure: Tensor
    has_sketch: Tensor
    contours: Tensor

    def __len__(self) -> int:
        return len(self.pictures)

    def to(self, device: torch.device | str) -> ConditionBatch:
        """The batch on a device."""
        return ConditionBatch(**{name: value.to(device) for name, value in vars(self).items()})

    def without(self, *, sketch: Tensor, numbers: Tensor, words: Tensor) -> ConditionBatch:
        """The batch with conditions dropped where the (N,) bool masks say so; contours go with the sketches."""
        return replace(
            self,
            has_sketch=self.has_sketch & ~sketch.unsqueeze(1),
            contours=self.contours * ~sketch.view(-1, 1, 1, 1, 1),
            known=self.known & ~numbers.unsqueeze(1),
            box=torch.where(numbers.unsqueeze(1), torch.full_like(self.box, float("nan")), self.box),
            text_known=self.text_known & ~words.unsqueeze(1),
        )

    def lacking(self, *kinds: str) -> ConditionBatch:
        """The batch without some of `CONDITION_KINDS`, in every sample."""
        every = torch.ones(len(self), dtype=torch.bool, device=self.pictures.device)
        return self.without(**{kind: every if kind in kinds else ~every for kind in CONDITION_KINDS})


@dataclass(frozen=True)
class ConditionTokens:
    """What a denoiser reads: tokens (N, L, context_dim), and spatial (N, S, d, d, d) and pooled (N, P) ones, if any."""

    tokens: Tensor
    spatial: Tensor | None
    pooled: Tensor | None = None


def join_batches(batches: Sequence[ConditionBatch]) -> ConditionBatch:
    """Concatenates batches along the samples, such as the parts of guidance."""
    names = vars(batches[0])
    return ConditionBatch(**{name: torch.cat([getattr(b, name) for b in batches]) for name in names})


_FIRST_POOLED = "pool.layers.0.weight"


class ConditionEncoder(nn.Module):
    """Encodes a ConditionBatch as ConditionTokens."""

    def __init__(self, config: ConditionerConfig) -> None:
        super().__init__()
        self.config = config
        self.text = TextTokens(config.width)
        if config.capsules:
            self.tsfe = TSFE(config.width, config.capsules)
            self.cgfm = CGFM(config.width, config.context_dim)
            self.no_sketch = nn.Parameter(torch.randn(config.capsules, config.width) * 0.02)
            self.structure = nn.Embedding(config.structures, config.context_dim)
            self.view = nn.Embedding(len(VIEW_NAMES), config.context_dim)
        tokens = config.geometry_tokens and config.capsules > 0
        self.geometry = GeometryTokens(config.quantities, config.context_dim) if tokens else None
        lifts = config.lifted_sketch and config.lift_width > 0
        block = config.picture_pixels // config.cells
        self.stem = LiftStem(SKETCH_CHANNELS, block, config.lift_width) if lifts else None
        self.pool = _PooledConditions(config) if config.pooled_dim else None

    def with_more_structures(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The weights of an encoder that knows fewer structures, for this one: new ones are the mean of the known."""
        widened = dict(state)
        table, first = state.get("structure.weight"), state.get(_FIRST_POOLED)
        if table is not None and len(table) < self.config.structures:
            new = table.mean(dim=0, keepdim=True).expand(self.config.structures - len(table), -1)
            widened["structure.weight"] = torch.cat([table, new])
        if first is not None and self.pool is not None:
            widened[_FIRST_POOLED] = self.pool.with_more_structures(first)
        return widened

    def forward(self, batch: ConditionBatch) -> ConditionTokens:
        """Tokens in the order (capsules, view) of each sketch, structure, numbers."""
        f_t = self.text(batch.text, batch.text_known)
        pooled = self.pool(batch, f_t) if self.pool is not None else None
        return ConditionTokens(self._tokens(batch, f_t), self._spatial(batch), pooled)

    def _tokens(self, batch: ConditionBatch, f_t: Tensor) -> Tensor:
        if not self.config.capsules:
            return f_t.new_zeros(len(batch), 0, self.config.context_dim)
        tokens = []
        for slot in range(self.config.sketches):
            tokens += [self._capsules(batch, slot, f_t), self.view(batch.views[:, slot])[:, None]]
        tokens.append(self.structure(batch.structure)[:, None])
        if self.geometry is not None:
            tokens.append(self.geometry(batch.z_scores, batch.known))
        return torch.cat([t.float() for t in tokens], dim=1)

    def _capsules(self, batch: ConditionBatch, slot: int, f_t: Tensor) -> Tensor:
        has = batch.has_sketch[:, slot].view(-1, 1, 1)
        missing = self.no_sketch.to(f_t.dtype).expand(len(batch), -1, -1)
        if slot > 0 and not bool(has.any()):
            return self.cgfm(missing, f_t)
        return self.cgfm(torch.where(has, self.tsfe(batch.pictures[:, slot], f_t), missing), f_t)

    def _spatial(self, batch: ConditionBatch) -> Tensor | None:
        parts = []
        cells = self.config.cells
        if self.config.lifted_sketch:
            parts.append(self._by_view(batch) if self.stem is not None else _every_pixel(batch, cells))
        if self.config.geometry_tokens:
            parts.append(lift_box(batch.box, cells))
            if self.config.coordinates:
                parts.append(lift_coordinates(batch.box, cells))
        if self.config.contour_parts:
            parts.append(fold_field(batch.contours, self.config.contour_parts))
        return torch.cat(parts, dim=1) if parts else None

    def _by_view(self, batch: ConditionBatch) -> Tensor:
        """(N, 3·(W + 1), d, d, d): the lifted channels of each view, and whether there are any."""
        assert self.stem is not None
        cells, width, n = self.config.cells, self.config.lift_width, len(batch)
        shape = (n, len(VIEW_NAMES), width + 1, cells, cells, cells)
        groups = torch.zeros(shape, device=batch.lifted.device, dtype=torch.float32)
        rows = torch.arange(n, device=batch.lifted.device)
        for slot in range(self.config.sketches):
            has = batch.has_sketch[:, slot].float()
            if not bool(has.any()):
                continue
            drawn = self.stem(batch.lifted[:, slot]).float()
            marked = torch.cat([drawn, torch.ones_like(drawn[:, :1])], dim=1) * has.view(-1, 1, 1, 1)
            lifted = lift(marked, _names(batch.views[:, slot]))
            groups = groups.index_put((rows, batch.views[:, slot]), lifted, accumulate=True)
        return groups.flatten(1, 2)


def _every_pixel(batch: ConditionBatch, cells: int) -> Tensor:
    """(N, C·block² + 1, d, d, d): the first sketch, pixel by pixel, and whether there is one."""
    has = batch.has_sketch[:, 0].view(-1, 1, 1, 1, 1).float()
    lifted = lift(fold(batch.lifted[:, 0], cells), _names(batch.views[:, 0])) * has
    return torch.cat([lifted, has.expand(-1, 1, cells, cells, cells)], dim=1)


def _names(views: Tensor) -> list[str]:
    return [VIEW_NAMES[position] for position in views.tolist()]


class _PooledConditions(nn.Module):
    """Numbers, structure, words and the views that have a sketch → one vector for the time embedding.

    Cross-attention alone learns numbers late in training.
    """

    def __init__(self, config: ConditionerConfig) -> None:
        super().__init__()
        self.views = len(VIEW_NAMES)
        self.structures, self.after = config.structures, config.width + self.views
        self.inward = 2 * config.quantities + self.structures + self.after
        self.layers = nn.Sequential(
            nn.Linear(self.inward, config.pooled_dim), nn.SiLU(), nn.Linear(config.pooled_dim, config.pooled_dim)
        )

    def with_more_structures(self, weight: Tensor) -> Tensor:
        """The first layer's weight of a network that knows fewer structures, for this one."""
        lacking = self.inward - weight.shape[1]
        known, before = self.structures - lacking, self.inward - self.structures - self.after
        if lacking <= 0 or known <= 0:
            return weight
        first, own, last = weight.split([before, known, self.after], dim=1)
        return torch.cat([first, own, own.mean(dim=1, keepdim=True).expand(-1, lacking), last], dim=1)

    def forward(self, batch: ConditionBatch, f_t: Tensor) -> Tensor:
        """The pooled conditions (N, pooled_dim)."""
        drawn = torch.nn.functional.one_hot(batch.views, self.views) * batch.has_sketch.unsqueeze(-1)
        parts = [
            batch.z_scores * batch.known,
            batch.known.float(),
            torch.nn.functional.one_hot(batch.structure, self.structures).float(),
            f_t.mean(dim=1).float(),
            drawn.sum(dim=1).float(),
        ]
        return self.layers(torch.cat(parts, dim=1))
