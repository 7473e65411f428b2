"""MiniLM's layers in PyTorch, with the weights of the packaged file: the frozen trunk and the trained branch.

Weights have the names of the published checkpoint; `onnx_graph.py` writes them back under these names.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from services.moderation.training.onnx_graph import FORK, Arrays
from shared.model.categories import SCORES

WIDTH, HEADS, LAYERS, INNER, EPSILON = 384, 12, 6, 1536, 1e-12
# Units between pooling and the scores: 128 in int8 take 150 kB of the file.
HIDDEN = 128
OUTPUTS = len(SCORES)
# Shares of pooled values and of tokens that a training step drops.
POOLED_DROPOUT, TOKEN_DROPOUT = 0.2, 0.08


class Layer(nn.Module):
    """One post-norm layer of BERT (Devlin et al. 2019), as in MiniLM."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mixed = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.mixed_norm = nn.LayerNorm(WIDTH, EPSILON)
        self.inner, self.outer = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.outer_norm = nn.LayerNorm(WIDTH, EPSILON)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """Map (b, t, 384) to the same shape; `bias` (b, 1, 1, t) is added to the attention's logits."""
        # Plain products: with gradients on a CPU in bfloat16 they take half the time of fused attention.
        weights = torch.softmax(
            _split_heads(self.query(hidden)) @ _split_heads(self.key(hidden)).mT * 32**-0.5 + bias, -1
        )
        mixed = (weights @ _split_heads(self.value(hidden))).transpose(1, 2).flatten(2)
        hidden = self.mixed_norm(hidden + self.mixed(mixed))
        return self.outer_norm(hidden + self.outer(functional.gelu(self.inner(hidden))))


_PARTS = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "mixed",
    "attention.output.LayerNorm": "mixed_norm",
    "intermediate.dense": "inner",
    "output.dense": "outer",
    "output.LayerNorm": "outer_norm",
}


def _split_heads(values: Tensor) -> Tensor:
    return values.unflatten(-1, (HEADS, WIDTH // HEADS)).transpose(1, 2)


def layers(weights: Arrays, numbers: range) -> nn.ModuleList:
    """Return the layers with these numbers and their weights."""
    modules = nn.ModuleList(Layer() for _ in numbers)
    for number, layer in zip(numbers, modules, strict=True):
        state = {}
        for published, ours in _PARTS.items():
            for kind in ("weight", "bias"):
                value = torch.from_numpy(weights[f"inner.encoder.layer.{number}.{published}.{kind}"].copy())
                # The ONNX file has matrices of (inputs, outputs).
                state[f"{ours}.{kind}"] = value.T if value.ndim == 2 else value
        layer.load_state_dict(state)
    return modules


def export_weights(modules: nn.ModuleList, numbers: range) -> Arrays:
    """Return the weights of layers under their published names: the inverse of `layers`."""
    weights: Arrays = {}
    for number, layer in zip(numbers, modules, strict=True):
        state = layer.state_dict()
        for published, ours in _PARTS.items():
            for kind in ("weight", "bias"):
                value = state[f"{ours}.{kind}"].float().cpu()
                weights[f"inner.encoder.layer.{number}.{published}.{kind}"] = (
                    (value.T if value.ndim == 2 else value).contiguous().numpy()
                )
    return weights


def attention_bias(mask: Tensor) -> Tensor:
    """Return the bias that keeps attention from tokens outside `mask` (b, t)."""
    return (~mask)[:, None, None, :].float() * torch.finfo(torch.bfloat16).min


class Trunk(nn.Module):
    """The packaged encoder, frozen."""

    def __init__(self, weights: Arrays) -> None:
        super().__init__()
        tables = ("word_embeddings", "position_embeddings", "token_type_embeddings")
        self.words, self.positions, types = (
            nn.Parameter(torch.from_numpy(weights[f"inner.embeddings.{name}.weight"].copy())) for name in tables
        )
        self.kind = nn.Parameter(types[0].detach().clone())
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.norm.load_state_dict(
            {
                name: torch.from_numpy(weights[f"inner.embeddings.LayerNorm.{name}"].copy())
                for name in ("weight", "bias")
            }
        )
        self.layers = layers(weights, range(LAYERS))
        self.requires_grad_(False)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Return the input of the branch (b, t, 384), and the sentence vector (b, 384)."""
        hidden = self.norm(self.words[ids] + self.positions[: ids.shape[1]] + self.kind)
        bias, branch_input = attention_bias(mask), hidden
        for number, layer in enumerate(self.layers):
            branch_input = hidden if number == FORK else branch_input
            hidden = layer(hidden, bias)
        return branch_input, functional.normalize((hidden * mask[..., None]).sum(1), dim=-1)


class Branch(nn.Module):
    """The trained part: layers after the fork, pooling by mean and maximum, and a small head."""

    def __init__(self, weights: Arrays) -> None:
        super().__init__()
        self.layers = layers(weights, range(FORK, LAYERS))
        self.hidden = nn.Linear(3 * WIDTH, HIDDEN)
        self.output = nn.Linear(HIDDEN, OUTPUTS)

    def forward(self, branch_input: Tensor, vector: Tensor, mask: Tensor) -> Tensor:
        """Return logits (b, c + 1) of the columns and any harm."""
        if self.training:
            seen = torch.rand(mask.shape, device=mask.device) >= TOKEN_DROPOUT
            # The first token always stays, so that no text is empty.
            mask = mask & torch.cat([torch.ones_like(seen[:, :1]), seen[:, 1:]], 1)
        bias, hidden = attention_bias(mask), branch_input
        for layer in self.layers:
            hidden = layer(hidden, bias)
        hidden = hidden.float()
        inside = mask[..., None]
        mean = (hidden * inside).sum(1) / inside.sum(1)
        highest = hidden.masked_fill(~inside, torch.finfo(torch.float32).min).amax(1)
        pooled = functional.dropout(torch.cat([mean, highest, vector], 1), POOLED_DROPOUT, self.training)
        logits: Tensor = self.output(torch.tanh(self.hidden(pooled)))
        return logits.float()
