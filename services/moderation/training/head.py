"""Fits the head of a trained model once more, with the windows of ordinary posts as harmless texts.

Training reads whole rows. A post is read in windows, and each window is another chance of a false alarm, so the head
has to know what ordinary windows look like. The branch stays as it is: this takes minutes on one core.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from services.moderation.training.dataset import read_posts
from services.moderation.training.export import Checkpoint, file_with_features
from services.moderation.training.network import POOLED_DROPOUT
from services.moderation.training.onnx_graph import POOLED, Arrays
from services.moderation.training.trainer import DECAY, masked_loss, positive_weights, schedule
from services.moderation.training.training_set import harmless_text, targets, training_examples, window_posts
from shared.model.encoder import Encoder
from shared.policy.windows import windows

SEEDS, EPOCHS, RATE, STEP_TEXTS = (1, 2), 6, 5e-4, 512
# A window of an ordinary post counts as several rows of a collection: nearly everything that is read is ordinary.
WINDOW_WEIGHT = 8.0
# Synthetic texts of the columns that have few other rows count five times as much as those of the other columns.
SYNTHETIC_WEIGHT, SCARCE_WEIGHT, SCARCE = 1.0, 5.0, ("minors", "self_harm", "low_mood")


@dataclass(frozen=True)
class HeadSample:
    """Texts with their `labels` (n, c + 1), NaN for unknown, and one weight per text."""

    texts: list[str]
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]


def refit(model: Path, data: Path, work: Path, threads: int) -> Checkpoint:
    """Return the checkpoint of the file `model` with a new head: the mean of the heads of several seeds.

    `work` is a folder for a temporary file.
    """
    checkpoint = Checkpoint.read_any(model)
    sample = head_sample(data)
    features = features_of(checkpoint, sample.texts, work, threads)
    heads = [fit_head(checkpoint.head, features, sample, seed) for seed in SEEDS]
    return Checkpoint(checkpoint.branch, {name: np.mean([head[name] for head in heads], axis=0) for name in heads[0]})


def head_sample(data: Path) -> HeadSample:
    """Return the rows that a continued training takes, and every window of the posts that are meant for this."""
    examples = training_examples(data, SEEDS[0], refresh=True)
    posts = window_posts(read_posts(data / "posts"))
    ordinary = sorted({form for post in posts for window in windows("", post) for form in window.forms})
    rows = [example.row for example in examples] + [harmless_text(text) for text in ordinary]
    weights = [_weight(example.kind, example.row.source, example.weight) for example in examples]
    weights += [WINDOW_WEIGHT] * len(ordinary)
    return HeadSample([row.text for row in rows], targets(rows), np.array(weights, np.float32))


def features_of(checkpoint: Checkpoint, texts: list[str], work: Path, threads: int) -> NDArray[np.float16]:
    """Return what the head of a checkpoint reads of each text, shape (n, 1152)."""
    path, sha256 = file_with_features(checkpoint, work)
    encoder = Encoder.open(path, sha256, threads)
    unique = list(dict.fromkeys(texts))
    found = encoder.outputs(unique, "pooled", POOLED)
    path.unlink()
    place = {text: row for row, text in enumerate(unique)}
    return found[[place[text] for text in texts]].astype(np.float16)


def fit_head(start: Arrays, features: NDArray[np.float16], sample: HeadSample, seed: int) -> Arrays:
    """Return the four arrays of a head that was trained from `start`, with AdamW and cosine decay."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    head = {name: nn.Parameter(torch.from_numpy(value.copy())) for name, value in start.items()}
    optimizer = torch.optim.AdamW(head.values(), lr=RATE, weight_decay=DECAY)
    positive = positive_weights(sample.labels, sample.weights)
    parts = len(features) // STEP_TEXTS + 1
    for epoch in range(EPOCHS):
        for step, rows in enumerate(np.array_split(rng.permutation(len(features)), parts)):
            optimizer.param_groups[0]["lr"] = RATE * schedule((epoch + step / parts) / EPOCHS)
            logits = _logits(head, features[rows])
            masked_loss(logits, sample.labels[rows], sample.weights[rows], positive).backward()
            optimizer.step()
            optimizer.zero_grad()
    return {name: value.detach().numpy() for name, value in head.items()}


def _weight(kind: str, source: str, weight: float) -> float:
    if kind != "synthetic":
        return weight
    return SCARCE_WEIGHT if any(name in source for name in SCARCE) else SYNTHETIC_WEIGHT


def _logits(head: dict[str, nn.Parameter], features: NDArray[np.float16]) -> Tensor:
    """Return the logits (n, c + 1) of the head, as those of `Branch`, with dropout."""
    pooled = functional.dropout(torch.from_numpy(features.astype(np.float32)), POOLED_DROPOUT)
    return torch.tanh(pooled @ head["hidden"] + head["hidden_bias"]) @ head["output"] + head["output_bias"]
