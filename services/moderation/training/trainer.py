"""Trains the branch on cached hidden states, with masked cross entropy over the columns and any harm."""

import math
import time
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from services.moderation.training.hidden_state_cache import HiddenStates, batches
from services.moderation.training.network import Branch

# AdamW (Loshchilov and Hutter 2019), linear warm-up and cosine decay to zero. The head is initialized at random.
LAYER_RATE, HEAD_RATE, DECAY, WARM_UP = 1.5e-4, 1e-3, 0.01, 0.05
# Padded tokens of one step: some 200 texts. Smaller steps spend more time in the optimizer.
STEP_TOKENS = 6144
# Label smoothing: collections contradict themselves in about one row of twenty.
SMOOTHING = 0.03
# The mean weights of the last few hundred steps generalize better than the last weights (Izmailov et al. 2018).
AVERAGE_EVERY, AVERAGE_DECAY = 4, 0.98
# Positives weigh up to this much more, by the square root of negatives per positive.
MAX_POSITIVE_WEIGHT = 4.0


@dataclass(frozen=True)
class TrainingData:
    """Hidden states, `labels` (n, c + 1) with NaN for unknown, and one weight per text; 0 leaves it out."""

    hidden: list[HiddenStates]
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class TrainingPlan:
    """The maximum epochs and minutes of a training, and its seed."""

    epochs: float
    seed: int
    minutes: float


def fit(branch: Branch, task: TrainingData, plan: TrainingPlan) -> Branch:
    """Train `branch` and return the mean of its last weights. `minutes` may shorten the schedule."""
    torch.manual_seed(plan.seed)
    rng = np.random.default_rng(plan.seed)
    average = torch.optim.swa_utils.AveragedModel(
        branch, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(AVERAGE_DECAY)
    )
    optimizer = _optimizer(branch)
    rates = [group["lr"] for group in optimizer.param_groups]
    reader, positive = BatchReader(task.hidden), positive_weights(task.labels, task.weights)
    rows_used = np.flatnonzero(task.weights)
    steps = reader.steps(rows_used, rng)
    total = len(steps) * plan.epochs
    start, done, shown = time.monotonic(), 0.0, 0.0
    step = 0
    branch.train()
    while done < 1:
        if not steps:
            steps = reader.steps(rows_used, rng)
        rows = steps.pop()
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * schedule(done)
        loss = _loss(branch, reader, task, rows, positive)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(branch.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        if done > 0.3 and step % AVERAGE_EVERY == 0:
            average.update_parameters(branch)
        elapsed = (time.monotonic() - start) / 60
        # By steps or by time, whichever is further: the learning rate reaches zero at the end in both cases.
        done = max(step / total, elapsed / plan.minutes)
        shown = _report(step, loss, done, elapsed, shown)
    averaged: Branch = average.module.eval()
    return averaged


def _report(step: int, loss: Tensor, done: float, elapsed: float, shown: float) -> float:
    if done < shown + 0.02:
        return shown
    print(f"step {step}, {done:.0%}, {elapsed:.1f} min, loss {loss.item():.4f}", flush=True)
    return done


def schedule(done: float) -> float:
    """Return the part of the learning rate after a share of the training: warm-up, then cosine decay to zero."""
    return min(1.0, done / WARM_UP + 0.01) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def _optimizer(branch: Branch) -> torch.optim.AdamW:
    layers = list(branch.layers.parameters())
    head = [*branch.hidden.parameters(), *branch.output.parameters()]
    groups = [{"params": layers, "lr": LAYER_RATE}, {"params": head, "lr": HEAD_RATE}]
    return torch.optim.AdamW(groups, weight_decay=DECAY, fused=True)


def positive_weights(labels: NDArray[np.float32], weights: NDArray[np.float32]) -> Tensor:
    """Return the weights of positives (columns,): the root of negatives per positive, from 1 to MAX_POSITIVE_WEIGHT."""
    positive, negative = ((weights[:, None] * (labels == value)).sum(0) for value in (1, 0))
    return torch.from_numpy(np.clip(np.sqrt(negative / positive), 1, MAX_POSITIVE_WEIGHT).astype(np.float32))


def _loss(
    branch: Branch, reader: "BatchReader", task: TrainingData, rows: NDArray[np.int64], positive: Tensor
) -> Tensor:
    device = next(branch.parameters()).device
    states, vectors, mask = (part.to(device) for part in reader.read(rows))
    with torch.autocast(device.type, torch.bfloat16):
        logits = branch(states, vectors, mask)
    return masked_loss(logits, task.labels[rows], task.weights[rows], positive)


def masked_loss(logits: Tensor, labels: NDArray[np.float32], weights: NDArray[np.float32], positive: Tensor) -> Tensor:
    """Return the mean cross entropy of logits (n, c + 1) over the known labels, NaN for unknown, by the texts' weights.

    `positive`: see `positive_weights`.
    """
    truth = torch.from_numpy(labels).to(logits.device)
    soft = truth.nan_to_num() * (1 - 2 * SMOOTHING) + SMOOTHING
    weight = torch.from_numpy(weights).to(logits.device)[:, None] * ~truth.isnan()
    loss = functional.binary_cross_entropy_with_logits(
        logits, soft, reduction="none", pos_weight=positive.to(logits.device)
    )
    return (loss * weight).sum() / weight.sum()


class BatchReader:
    """Reads rows of several stores of hidden states as padded tensors; row numbers continue through the stores."""

    def __init__(self, stores: list[HiddenStates]) -> None:
        """Take the stores in the order of their row numbers."""
        self._stores = stores
        self._first = np.cumsum([0, *(len(store.vectors) for store in stores)])
        self.lengths = np.concatenate([store.lengths for store in stores])

    def steps(self, rows: NDArray[np.int64], rng: np.random.Generator) -> list[NDArray[np.int64]]:
        """Return the rows of each step: texts of similar length, mixed differently in every epoch, in random order."""
        # A little noise on the lengths mixes the steps at the cost of little padding.
        keys = self.lengths[rows] * rng.uniform(0.9, 1.1, len(rows)) + rng.uniform(0, 1, len(rows))
        ordered = rows[np.argsort(keys, kind="stable")]
        cut = batches(self.lengths, ordered, STEP_TOKENS)
        return [cut[place] for place in rng.permutation(len(cut))]

    def read(self, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
        """Return states (b, t, 384), vectors (b, 384) and mask (b, t)."""
        lengths = self.lengths[rows]
        mask = np.arange(lengths.max()) < lengths[:, None]
        states = np.zeros((*mask.shape, self._stores[0].states.shape[1]), np.float16)
        vectors = np.zeros((len(rows), states.shape[2]), np.float32)
        which = np.searchsorted(self._first, rows, "right") - 1
        for place, (row, number) in enumerate(zip(rows, which, strict=True)):
            store, inside = self._stores[number], row - self._first[number]
            states[place, : lengths[place]] = store.states[store.starts[inside] : store.starts[inside + 1]]
            vectors[place] = store.vectors[inside]
        return torch.from_numpy(states).float(), torch.from_numpy(vectors), torch.from_numpy(mask)
