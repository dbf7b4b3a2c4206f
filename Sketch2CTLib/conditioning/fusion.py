"""Fusion of sketch and text: TSFE (capsules and FiLM) and CGFM (two-level attention)."""

from __future__ import annotations

from torch import Tensor, cat, nn

from .capsules import AttentionRouting, PrimaryCapsules, SketchBackbone
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
