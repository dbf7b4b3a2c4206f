"""The parts of the denoiser's U-Net, with the names and the order of MONAI's, so that weights and seeds are the same.

They are written out because MONAI is imported whole: five seconds before the first voxel.

Reference: MONAI 1.6.1, `monai/networks/nets/diffusion_model_unet.py` and `monai/networks/blocks`.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn
from torch.nn import functional as F

NORM_EPS = 1e-6


def convolution(inward: int, outward: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """A 3D convolution under the name `conv`; odd kernels keep the size at a stride of 1."""
    return nn.Sequential(OrderedDict(conv=nn.Conv3d(inward, outward, kernel, stride, kernel // 2)))


def zeroed(module: nn.Module) -> nn.Module:
    """The module with all parameters 0."""
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    return module


class ResidualBlock(nn.Module):
    """(N, inward, D, H, W) and an embedding (N, embedding) → (N, outward, D, H, W)."""

    def __init__(self, inward: int, outward: int, embedding: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, inward, eps=NORM_EPS)
        self.nonlinearity = nn.SiLU()
        self.conv1 = convolution(inward, outward)
        self.time_emb_proj = nn.Linear(embedding, outward)
        self.norm2 = nn.GroupNorm(groups, outward, eps=NORM_EPS)
        self.conv2 = zeroed(convolution(outward, outward))
        self.skip_connection = nn.Identity() if inward == outward else convolution(inward, outward, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """The block's answer beside its input."""
        h = self.conv1(self.nonlinearity(self.norm1(x)))
        h = h + self.time_emb_proj(self.nonlinearity(embedding))[:, :, None, None, None]
        h = self.conv2(self.nonlinearity(self.norm2(h)))
        return self.skip_connection(x) + h


class Attention(nn.Module):
    """Attention with one head: tokens (N, L, width) to a context (N, K, context), or to themselves."""

    def __init__(self, width: int, context: int) -> None:
        super().__init__()
        self.out_proj = nn.Linear(width, width)
        self.to_q = nn.Linear(width, width, bias=False)
        self.to_k = nn.Linear(context, width, bias=False)
        self.to_v = nn.Linear(context, width, bias=False)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """(N, L, width)."""
        q, k, v = (part.unsqueeze(1) for part in (self.to_q(x), self.to_k(context), self.to_v(context)))
        return self.out_proj(F.scaled_dot_product_attention(q, k, v, scale=q.shape[-1] ** -0.5).squeeze(1))


class GatedMlp(nn.Module):
    """(…, width) → (…, width): half of the hidden values gate the others (GEGLU)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, 8 * width)
        self.linear2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(…, width)."""
        value, gate = self.linear1(x).chunk(2, dim=-1)
        return self.linear2(value * F.gelu(gate))


class TransformerLayer(nn.Module):
    """Tokens (N, L, width) attend to themselves, then to a context (N, K, context)."""

    def __init__(self, width: int, context: int) -> None:
        super().__init__()
        self.attn1 = Attention(width, width)
        self.ff = GatedMlp(width)
        self.attn2 = Attention(width, context)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """(N, L, width)."""
        own = self.norm1(x)
        x = self.attn1(own, own) + x
        x = self.attn2(self.norm2(x), context) + x
        return self.ff(self.norm3(x)) + x


class SpatialTransformer(nn.Module):
    """A transformer layer over the cells of (N, width, D, H, W)."""

    def __init__(self, width: int, context: int, groups: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups, width, eps=NORM_EPS)
        self.proj_in = convolution(width, width, 1)
        self.transformer_blocks = nn.ModuleList([TransformerLayer(width, context)])
        self.proj_out = zeroed(convolution(width, width, 1))

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """(N, width, D, H, W)."""
        batch, width, *size = x.shape
        h = self.proj_in(self.norm(x))
        h = h.permute(0, 2, 3, 4, 1).reshape(batch, -1, width)  # (N, D·H·W, width)
        for layer in self.transformer_blocks:
            h = layer(h, context)
        h = h.reshape(batch, *size, width).permute(0, 4, 1, 2, 3).contiguous()
        return self.proj_out(h) + x


class Level(nn.Module):
    """Residual blocks of one resolution, each with a transformer after it where the level attends.

    Args:
        widths: Inner and outer width of each residual block.
        context: Width of the context; None for a level that does not attend.
    """

    def __init__(self, widths: list[tuple[int, int]], embedding: int, context: int | None, groups: int) -> None:
        super().__init__()
        blocks, attentions = [], []
        for inward, outward in widths:
            blocks.append(ResidualBlock(inward, outward, embedding, groups))
            if context is not None:
                attentions.append(SpatialTransformer(outward, context, groups))
        if attentions:
            self.attentions = nn.ModuleList(attentions)
        self.resnets = nn.ModuleList(blocks)
        self.attends = bool(attentions)

    def block(self, position: int, x: Tensor, embedding: Tensor, context: Tensor) -> Tensor:
        """What the block of a position, and the transformer after it, make of x."""
        h = self.resnets[position](x, embedding)
        return self.attentions[position](h, context) if self.attends else h


class Halving(nn.Module):
    """(N, width, D, H, W) → (N, width, D/2, H/2, W/2)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.op = convolution(width, width, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        """A strided convolution."""
        return self.op(x)


def doubling(width: int) -> nn.Sequential:
    """(N, width, D, H, W) → (N, width, 2·D, 2·H, 2·W): nearest cells, then a convolution."""
    nearest = nn.Upsample(scale_factor=(2.0, 2.0, 2.0), mode="nearest")
    return nn.Sequential(OrderedDict(upsample_non_trainable=nearest, postconv=convolution(width, width)))


class Middle(nn.Module):
    """The deepest level: a transformer between two residual blocks."""

    def __init__(self, width: int, embedding: int, context: int, groups: int) -> None:
        super().__init__()
        self.resnet_1 = ResidualBlock(width, width, embedding, groups)
        self.attention = SpatialTransformer(width, context, groups)
        self.resnet_2 = ResidualBlock(width, width, embedding, groups)

    def forward(self, x: Tensor, embedding: Tensor, context: Tensor) -> Tensor:
        """(N, width, D, H, W)."""
        return self.resnet_2(self.attention(self.resnet_1(x, embedding), context), embedding)
