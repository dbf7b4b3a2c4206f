"""What tasks with a critic share: its loss, and gradients that pass through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Judge = Callable[[Tensor], tuple[Tensor, list[Tensor]]]


def adversary_losses(critic: nn.Module, judge: Judge, real: Tensor, made: Tensor) -> dict[str, Tensor]:
    """The hinge loss of a critic, and what of it goes to the maker.

    Args:
        critic: Its weights learn from 'critic' alone.
        judge: What it says of something made or real.
        real, made: Of one shape; the latter with its gradients.

    Returns:
        `critic`, from which no gradient reaches the maker; `fooled`, the less the more real it looks; `matched`, how
        far what the critic sees of both lies apart.

    Reference: Lim and Ye, "Geometric GAN", 2017 (hinge); Wang et al., pix2pixHD, CVPR 2018 (features).
    """
    of_real, features = judge(real)
    of_made, _ = judge(made.detach())
    with _still(critic):
        judged, found = judge(made)
    pairs = zip(found, features, strict=True)
    apart = [F.l1_loss(one.float(), other.detach().float()) for one, other in pairs]
    return {
        "critic": F.relu(1.0 - of_real).mean() + F.relu(1.0 + of_made).mean(),
        "fooled": -judged.mean(),
        "matched": torch.stack(apart).sum(),
    }


@contextmanager
def _still(module: nn.Module) -> Iterator[None]:
    """Within it, gradients pass through a module and leave its weights alone."""
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in module.parameters():
            parameter.requires_grad_(True)


def crop_places(rng_integers: Callable[[int], int], shape: Sequence[int], edge: int) -> tuple[slice, ...]:
    """A cube of an edge anywhere in a volume; along an axis that is shorter, all of it.

    Args:
        rng_integers: A number below the one given.
        shape: (D, H, W); edge: in voxels.
    """
    first = [rng_integers(max(size - edge, 0) + 1) for size in shape]
    return tuple(slice(at, at + edge) for at in first)
