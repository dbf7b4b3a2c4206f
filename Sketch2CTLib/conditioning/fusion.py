"""Fusion of sketch and text: capsules, TSFE (capsules and FiLM) and CGFM (two-level attention)."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, cat, nn
from torch.nn import functional as F

from .text import TEXT_DIM

SKETCH_CHANNELS = 2
SKETCH_PIXELS = 128


class TSFE(nn.Module):
    """Text-guided sketch feature extraction: f̃_s = γ(f_t) ⊙ f_s + β(f_t).

    Reference: Sketch2CT (CVPR 2026); Perez et al., "FiLM", AAAI 2018.
    """

    def __init__(self, width: int, capsules: int, types: int = 8, primary_dim: int = 16) -> None:
        super().__init__()
        self.backbone = SketchBackbone(SKETCH_CHANNELS, width)
        self.primary = PrimaryCapsules(width, types, primary_dim, SKETCH_PIXELS // 16)
        self.routing = AttentionRouting(types, primary_dim, capsules, width)
        self.film = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2 * width))

    def forward(self, pictures: Tensor, text: Tensor) -> Tensor:
        """(N, 2, 128, 128) pictures and (N, L, width) text tokens → f̃_s (N, capsules, width)."""
        f_s = self.routing(self.primary(self.backbone(pictures)))
        gamma, beta = self.film(text.mean(dim=1)).unsqueeze(1).chunk(2, dim=-1)
        return (1.0 + gamma) * f_s + beta


class CGFM(nn.Module):
    """Two-level attention: F_local = Attn(f̃_s, f_t, f_t), F_global = SelfAttn(F_local), z = Proj([F_local ‖ F_global]).

    Reference: Sketch2CT (CVPR 2026). Residual connections and layer norms are ours, for stable training.
    """

    def __init__(self, width: int, context_dim: int, heads: int = 4) -> None:
        super().__init__()
        self.norm_sketch, self.norm_local = nn.LayerNorm(width), nn.LayerNorm(width)
        self.local = nn.MultiheadAttention(width, heads, batch_first=True)
        self.across = nn.MultiheadAttention(width, heads, batch_first=True)
        self.project = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, context_dim))

    def forward(self, sketch: Tensor, text: Tensor) -> Tensor:
        """f̃_s (N, K, width) and f_t (N, L, width) → context tokens (N, K, context_dim)."""
        local = sketch + self.local(self.norm_sketch(sketch), text, text, need_weights=False)[0]
        normed = self.norm_local(local)
        across = local + self.across(normed, normed, normed, need_weights=False)[0]
        return self.project(cat([local, across], dim=-1))


class TextTokens(nn.Module):
    """Sentence vectors (N, L, 384) → f_t (N, L, width); a learned vector stands where no words are given."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.Sequential(nn.Linear(TEXT_DIM, width), nn.SiLU(), nn.Linear(width, width))
        self.missing = nn.Parameter(nn.init.normal_(nn.Parameter(Tensor(width)), std=0.02).detach())

    def forward(self, vectors: Tensor, known: Tensor) -> Tensor:
        """`known`: (N, L) bool, which slots hold a sentence."""
        tokens = self.project(vectors)
        return known.unsqueeze(-1) * tokens + (~known).unsqueeze(-1) * self.missing.to(tokens.dtype)


def squash(x: Tensor, dim: int = -1) -> Tensor:
    """Shrinks short capsules to zero and long ones to length one, (1 − 1/e^|x|) x/|x|.

    Reference: Mazzia, Salvetti and Chiaberge, "Efficient-CapsNet", Scientific Reports 2021.
    """
    length = torch.linalg.vector_norm(x.float(), dim=dim, keepdim=True).clamp_min(1e-6)
    return ((1.0 - torch.exp(-length)) * x.float() / length).to(x.dtype)


class SketchBackbone(nn.Module):
    """Sketch pictures (N, C, P, P) → features (N, width, P/16, P/16)."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        widths = (in_channels, width // 8, width // 4, width // 2, width)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GroupNorm(min(8, after), after), nn.SiLU()]
        layers += [nn.Conv2d(width, width, 3, padding=1), nn.GroupNorm(8, width), nn.SiLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """Feature maps at a sixteenth of the resolution."""
        return self.layers(pictures)


class PrimaryCapsules(nn.Module):
    """Features (N, width, h, w) → capsules (N, types·h·w, dim); each knows where on paper it lies."""

    def __init__(self, width: int, types: int, dim: int, side: int) -> None:
        super().__init__()
        self.types, self.dim = types, dim
        self.project = nn.Conv2d(width, types * dim, 1)
        self.place = nn.Parameter(torch.randn(side * side, dim) * 0.1)

    def forward(self, features: Tensor) -> Tensor:
        """Squashed capsules, type-major."""
        n, _, h, w = features.shape
        capsules = self.project(features).reshape(n, self.types, self.dim, h * w).transpose(2, 3)
        return squash(capsules + self.place.to(capsules.dtype)).reshape(n, self.types * h * w, self.dim)


class AttentionRouting(nn.Module):
    """Primary capsules (N, types·positions, d_in) → capsules (N, out, d_out) in one pass, without iterations.

    Votes û = W u (W shared by the positions of a type); coupling = softmax over the outputs of the votes' summed
    self-attention, plus a learned prior.

    Reference: Mazzia et al. 2021, self-attention routing.
    """

    def __init__(self, types: int, in_dim: int, out_capsules: int, out_dim: int) -> None:
        super().__init__()
        self.types = types
        self.weight = nn.Parameter(torch.randn(types, out_capsules, in_dim, out_dim) * in_dim**-0.5)
        self.prior = nn.Parameter(torch.zeros(types, out_capsules))

    def forward(self, primary: Tensor) -> Tensor:
        """Squashed output capsules."""
        n, count, in_dim = primary.shape
        grouped = primary.reshape(n, self.types, count // self.types, in_dim)
        votes = torch.einsum("ntpi,toid->notpd", grouped, self.weight.to(primary.dtype))
        votes = votes.flatten(2, 3)  # (N, out, types·positions, d_out)
        # Σ_m ⟨û_m, û_k⟩ is the dot product of each vote with the sum of all votes: linear in the capsules.
        agreement = (votes * votes.sum(dim=2, keepdim=True)).sum(dim=-1) / votes.shape[-1] ** 0.5
        coupling = F.softmax(agreement.float(), dim=1).to(votes.dtype)
        prior = self.prior.t().repeat_interleave(count // self.types, dim=1).to(votes.dtype)  # (out, types·positions)
        return squash(((coupling + prior).unsqueeze(-1) * votes).sum(dim=2))
