"""The token encoder: a short BERT and a linear head, written out so that the exported graph stays plain."""
from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

MASKED = -1e4  # added to the scores of padding; exp() of it is 0, and int8 ranges are not upset by it


class Layer(nn.Module):
    """One BERT layer, post-norm."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        # One product for query, key and value: fewer, wider int8 products are faster.
        self.attend = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.merge_norm = nn.LayerNorm(width, eps=1e-12)
        self.widen = nn.Linear(width, inner)
        self.narrow = nn.Linear(inner, width)
        self.output_norm = nn.LayerNorm(width, eps=1e-12)

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        batch, length, width = states.shape
        size = width // self.heads
        projected = self.attend(states).view(batch, length, 3, self.heads, size).permute(2, 0, 3, 1, 4)
        query, key, value = projected[0], projected[1], projected[2]
        # The scale 1/sqrt(size) is already in the weights of the query (see `from_bert`).
        weights = torch.softmax(query @ key.transpose(-1, -2) + bias, dim=-1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, length, width)
        states = self.merge_norm(states + self.merge(mixed))
        inner = functional.gelu(self.widen(states))
        return self.output_norm(states + self.narrow(inner))


class TokenEncoder(nn.Module):
    """input_ids, attention_mask -> one unit vector a token."""

    def __init__(self, vocabulary: int, positions: int, width: int, heads: int, inner: int, layers: int, dim: int):
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        # BERT's type embedding is added into this table: one input less for the runtime. It is a table with
        # look-ups, not a constant with a slice, so that it is quantised too (0.6 MB).
        self.positions = nn.Embedding(positions, width)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, heads, inner) for _ in range(layers))
        self.head = nn.Linear(width, dim, bias=False)

    def states(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return the token states before the head."""
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        states = self.norm(self.words(input_ids) + self.positions(places))
        bias = (1.0 - attention_mask[:, None, None, :].to(states.dtype)) * MASKED
        for layer in self.layers:
            states = layer(states, bias)
        return states

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        projected = self.head(self.states(input_ids, attention_mask))
        # Written out: the exporter turns functional.normalize into clip and expand nodes.
        return projected / torch.sqrt((projected * projected).sum(-1, keepdim=True) + 1e-12)


def from_bert(
    weights: dict[str, Tensor], heads: int, kept_layers: list[int], kept_words: list[int], dim: int
) -> TokenEncoder:
    """Take layers and embedding rows out of a BERT checkpoint.

    `kept_words[i]` is the row of the source that piece i starts from.
    """
    positions = weights["embeddings.position_embeddings.weight"]
    inner, width = weights["encoder.layer.0.intermediate.dense.weight"].shape
    encoder = TokenEncoder(len(kept_words), len(positions), width, heads, inner, len(kept_layers), dim)
    scale = (width // heads) ** -0.5

    def copy(target: nn.Module, name: str) -> None:
        target.weight.copy_(weights[f"{name}.weight"])
        target.bias.copy_(weights[f"{name}.bias"])

    with torch.no_grad():
        encoder.words.weight.copy_(weights["embeddings.word_embeddings.weight"][kept_words])
        encoder.positions.weight.copy_(positions + weights["embeddings.token_type_embeddings.weight"][0])
        copy(encoder.norm, "embeddings.LayerNorm")
        for layer, number in zip(encoder.layers, kept_layers, strict=True):
            source = f"encoder.layer.{number}"
            for part, (name, factor) in enumerate((("query", scale), ("key", 1.0), ("value", 1.0))):
                rows = slice(part * width, (part + 1) * width)
                layer.attend.weight[rows] = weights[f"{source}.attention.self.{name}.weight"] * factor
                layer.attend.bias[rows] = weights[f"{source}.attention.self.{name}.bias"] * factor
            copy(layer.merge, f"{source}.attention.output.dense")
            copy(layer.merge_norm, f"{source}.attention.output.LayerNorm")
            copy(layer.widen, f"{source}.intermediate.dense")
            copy(layer.narrow, f"{source}.output.dense")
            copy(layer.output_norm, f"{source}.output.LayerNorm")
    return encoder.eval()


def principal_axes(states: Tensor, dim: int) -> Tensor:
    """Return the `dim` directions [dim, width] that keep most of token states [n, width].

    The states are not centred: the head has no bias, so dot products see the mean too, and keeping it
    retrieves better (models/README.md).
    """
    states = states.double()
    _, vectors = torch.linalg.eigh(states.T @ states / len(states))
    return vectors[:, -dim:].flip(-1).T.float()
