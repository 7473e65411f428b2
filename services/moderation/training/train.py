"""Implements `ottit model train`. The same seed, data and number of steps give the same checkpoint."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.moderation.training.export import Checkpoint
from services.moderation.training.hidden_state_cache import HiddenStates, hidden_states_of
from services.moderation.training.label_noise import find_label_errors
from services.moderation.training.network import LAYERS, Branch, Trunk, export_weights
from services.moderation.training.onnx_graph import FORK, read_parameters
from services.moderation.training.trainer import TrainingData, TrainingPlan, fit
from services.moderation.training.training_set import Example, targets, training_examples
from shared.model import pinned_files
from shared.model.encoder import MAX_TOKENS


@dataclass(frozen=True)
class TrainingPaths:
    """The folders of the data, of cached hidden states, and of the checkpoint."""

    data: Path
    cache: Path
    out: Path


def train(paths: TrainingPaths, plan: TrainingPlan, start: Path | None = None, without: str = "") -> Path:
    """Train and write `checkpoint.npz`. `without` is a source to leave out.

    `start` is a checkpoint or a model file to continue from. Then a part of the rows is enough.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trunk = pinned_files.packaged(pinned_files.ENCODER_PACKAGE, pinned_files.ENCODER_FILE)
    pinned_files.read_pinned(trunk, pinned_files.ENCODER_SHA256)
    weights = read_parameters(trunk)
    examples = training_examples(paths.data, plan.seed, refresh=start is not None)
    frozen = Trunk(weights).to(device)
    stores = list(_stores(examples, frozen, paths.cache))
    labels = _clean_labels(examples, stores, plan.seed)
    torch.manual_seed(plan.seed)
    branch = Branch(weights)
    if start:
        restore(branch, Checkpoint.read_any(start))
    used = [0.0 if example.row.source == without else example.weight for example in examples]
    task = TrainingData(stores, labels, np.array(used, np.float32))
    trained = fit(branch.to(device), task, plan)
    paths.out.mkdir(parents=True, exist_ok=True)
    path = paths.out / "checkpoint.npz"
    checkpoint_of(trained).save(path)
    return path


def _stores(examples: list[Example], trunk: Trunk, cache: Path) -> Iterator[HiddenStates]:
    """Yield the hidden states by kind of example: kinds that have not changed since the last run come from `cache`."""
    tokenizer = Tokenizer.from_str(
        pinned_files.read_pinned(pinned_files.TOKENIZER_FILE, pinned_files.TOKENIZER_SHA256).decode()
    )
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    for kind, group in groupby(examples, key=lambda example: example.kind):
        texts = [example.row.text for example in group]
        print(f"{kind}: {len(texts)} texts", flush=True)
        yield hidden_states_of(texts, tokenizer, trunk, cache)


def _clean_labels(examples: list[Example], stores: list[HiddenStates], seed: int) -> NDArray[np.float32]:
    """Return the targets (n, c + 1), with probably wrong weak labels of the collections' rows set to unknown."""
    count = len(stores[0].vectors)
    rows = [example.row for example in examples]
    labels = np.stack([row.labels for row in rows])
    weak = np.array([row.weak for row in rows[:count]])
    wrong = find_label_errors(stores[0].vectors.astype(np.float32), labels[:count], weak, seed)
    print(f"probably wrong labels: {wrong.sum(0).tolist()}", flush=True)
    labels[:count][wrong] = np.nan
    return targets([replace(row, labels=values) for row, values in zip(rows, labels, strict=True)])


def checkpoint_of(branch: Branch) -> Checkpoint:
    """Return the weights of a trained branch."""
    head = {
        "hidden": branch.hidden.weight.T,
        "hidden_bias": branch.hidden.bias,
        "output": branch.output.weight.T,
        "output_bias": branch.output.bias,
    }
    arrays = {name: value.detach().float().cpu().contiguous().numpy() for name, value in head.items()}
    return Checkpoint(export_weights(branch.layers, range(FORK, LAYERS)), arrays)


def restore(branch: Branch, checkpoint: Checkpoint) -> None:
    """Set the weights of `branch` to those of `checkpoint`."""
    branch.layers.load_state_dict(Branch(checkpoint.branch).layers.state_dict())
    head = {name: torch.from_numpy(value.copy()) for name, value in checkpoint.head.items()}
    branch.hidden.load_state_dict({"weight": head["hidden"].T, "bias": head["hidden_bias"]})
    branch.output.load_state_dict({"weight": head["output"].T, "bias": head["output_bias"]})
