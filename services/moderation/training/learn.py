"""`ottit model train`: labelled rows in, a checkpoint out; the same for the same seed, data and number of steps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from services.moderation.training.corpus import Example, targets, training
from services.moderation.training.export import Checkpoint
from services.moderation.training.fit import Plan, Task, fit
from services.moderation.training.graph import FORK, parameters
from services.moderation.training.hidden import Hidden, hidden_of
from services.moderation.training.network import LAYERS, Branch, Trunk, weights_of
from services.moderation.training.noise import doubtful
from shared.model import pins
from shared.model.encoder import MAX_TOKENS


@dataclass(frozen=True)
class Places:
    """Where the data lies, where hidden states may be kept, and where the checkpoint goes."""

    data: Path
    cache: Path
    out: Path


def train(places: Places, plan: Plan, start: Path | None = None, without: str = "") -> Path:
    """Train and write `checkpoint.npz`; `start` is a checkpoint to go on from, `without` a source to leave out."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trunk = pins.packaged(pins.ENCODER_PACKAGE, pins.ENCODER_FILE)
    pins.read_pinned(trunk, pins.ENCODER_SHA256)
    weights = parameters(trunk)
    examples = training(places.data, plan.seed)
    frozen = Trunk(weights).to(device)
    stores = list(_stores(examples, frozen, places.cache))
    labels = _cleaned(examples, stores, plan.seed)
    torch.manual_seed(plan.seed)
    branch = Branch(weights)
    if start:
        restore(branch, Checkpoint.read(start))
    used = [0.0 if example.row.source == without else example.weight for example in examples]
    task = Task(stores, labels, np.array(used, np.float32))
    learned = fit(branch.to(device), task, plan)
    places.out.mkdir(parents=True, exist_ok=True)
    path = places.out / "checkpoint.npz"
    checkpoint_of(learned).save(path)
    return path


def _stores(examples: list[Example], trunk: Trunk, cache: Path) -> Iterator[Hidden]:
    """Yield the hidden states kind by kind: what did not change since the last run is read from `cache`."""
    tokenizer = Tokenizer.from_str(pins.read_pinned(pins.TOKENIZER_FILE, pins.TOKENIZER_SHA256).decode())
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    for kind, group in groupby(examples, key=lambda example: example.kind):
        texts = [example.row.text for example in group]
        print(f"{kind}: {len(texts)} texts", flush=True)
        yield hidden_of(texts, tokenizer, trunk, cache)


def _cleaned(examples: list[Example], stores: list[Hidden], seed: int) -> NDArray[np.float32]:
    """Return the targets (n, 7), doubtful weak labels of the collections' rows made unknown."""
    count = len(stores[0].vectors)
    rows = [example.row for example in examples]
    labels = np.stack([row.labels for row in rows])
    weak = np.array([row.weak for row in rows[:count]])
    found = doubtful(stores[0].vectors.astype(np.float32), labels[:count], weak, seed)
    print(f"doubtful labels: {found.sum(0).tolist()}", flush=True)
    labels[:count][found] = np.nan
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
    return Checkpoint(weights_of(branch.layers, range(FORK, LAYERS)), arrays)


def restore(branch: Branch, checkpoint: Checkpoint) -> None:
    """Set the weights of `branch` to those of `checkpoint`."""
    branch.layers.load_state_dict(Branch(checkpoint.branch).layers.state_dict())
    head = {name: torch.from_numpy(value.copy()) for name, value in checkpoint.head.items()}
    branch.hidden.load_state_dict({"weight": head["hidden"].T, "bias": head["hidden_bias"]})
    branch.output.load_state_dict({"weight": head["output"].T, "bias": head["output_bias"]})
