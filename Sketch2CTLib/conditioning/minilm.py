"""all-MiniLM-L6-v2 in plain torch: the forward pass of a small BERT, and the mean of its tokens.

It is written out because sentence-transformers is imported with transformers: three seconds before the first word.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F


class MiniLm:
    """A sentence transformer of BERT's shape that takes the mean of its tokens.

    Args:
        folder: As sentence-transformers lays a model out; its weights are read as far as a sentence needs them.

    Reference: Devlin et al., "BERT", NAACL 2019; Reimers and Gurevych, "Sentence-BERT", EMNLP 2019.
    """

    def __init__(self, folder: Path) -> None:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        longest = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))["max_seq_length"]
        self._layers, self._heads = shape["num_hidden_layers"], shape["num_attention_heads"]
        self._eps: float = shape["layer_norm_eps"]
        self._weights = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(longest)
        self._tokenizer.no_padding()

    @torch.inference_mode()
    def vector(self, sentence: str) -> NDArray[np.float32]:
        """(width,) unit vector of a sentence, which depends on no other."""
        ids = torch.tensor([self._tokenizer.encode(sentence.strip()).ids])
        table = [self._weights[f"embeddings.{kind}_embeddings.weight"] for kind in ("word", "token_type", "position")]
        x = F.embedding(ids, table[0]) + table[1][0] + table[2][: ids.shape[1]]
        x = self._norm("embeddings", x)
        for layer in range(self._layers):
            x = self._layer(f"encoder.layer.{layer}", x)
        mean = x.sum(dim=1) / ids.shape[1]
        vector: NDArray[np.float32] = F.normalize(mean, dim=1)[0].numpy()
        return vector

    def _layer(self, name: str, x: Tensor) -> Tensor:
        """(1, L, width) → (1, L, width)."""
        heads = (1, x.shape[1], self._heads, -1)
        q, k, v = (
            self._linear(f"{name}.attention.self.{part}", x).view(heads).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        x = self._norm(f"{name}.attention.output", self._linear(f"{name}.attention.output.dense", seen) + x)
        hidden = F.gelu(self._linear(f"{name}.intermediate.dense", x))
        return self._norm(f"{name}.output", self._linear(f"{name}.output.dense", hidden) + x)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        return F.linear(x, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])

    def _norm(self, name: str, x: Tensor) -> Tensor:
        weight, bias = (self._weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        return F.layer_norm(x, (x.shape[-1],), weight, bias, self._eps)
