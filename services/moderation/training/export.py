"""A checkpoint to the file that ships: int8 weights in one graph, calibrated on what that graph itself gives."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import onnx
from numpy.typing import NDArray

from services.moderation.training.calibrate import calibrate
from services.moderation.training.corpus import harmless_post, targets, tuning_posts
from services.moderation.training.graph import Arrays, Head, build
from services.moderation.training.rows import Row, read_posts, read_rows
from services.moderation.training.thresholds import Thresholds, suggest
from shared.model import pins
from shared.model.categories import CATEGORIES, SCORES
from shared.model.encoder import MAX_TOKENS, Encoder
from shared.model.pins import DIMENSIONS

FORMAT = 1
# Ordinary posts and dev rows count alike: half of what calibration sees is everyday talk, the other half hard cases.
POSTS_SHARE = 0.5
# Dev rows and posts that calibrate: two numbers a column need no more. Thresholds come from all posts of tuning.
DEV_ROWS, POSTS, SEED = 2000, 3000, 5


@dataclass(frozen=True)
class Checkpoint:
    """What training leaves: the branch's weights by published names, and the uncalibrated head's four arrays."""

    branch: Arrays
    head: Arrays

    def save(self, path: Path) -> None:
        """Write one `.npz` file."""
        arrays = self.branch | {f"head.{name}": value for name, value in self.head.items()}
        np.savez(path, allow_pickle=False, **arrays)

    @classmethod
    def read(cls, path: Path) -> "Checkpoint":
        """Read what `save` wrote."""
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        head = {name.removeprefix("head."): value for name, value in arrays.items() if name.startswith("head.")}
        return cls({name: value for name, value in arrays.items() if not name.startswith("head.")}, head)

    @classmethod
    def mean(cls, paths: list[Path]) -> "Checkpoint":
        """Read checkpoints of one line of training and return the mean of their weights (Wortsman et al. 2022)."""
        all_of_them = [cls.read(path) for path in paths]
        branch = {name: _mean([each.branch[name] for each in all_of_them]) for name in all_of_them[0].branch}
        return cls(branch, {name: _mean([each.head[name] for each in all_of_them]) for name in all_of_them[0].head})

    def uncalibrated(self) -> Head:
        """Return the head with logits as they were learned."""
        six = len(CATEGORIES)
        return Head(
            **self.head,
            scale=np.ones(six, np.float32),
            shift=np.zeros(six, np.float32),
            any_harm=np.array([1, 0, 0], np.float32),
        )


def export(checkpoint: Checkpoint, data: Path, out: Path, threads: int) -> Thresholds:
    """Write `model.onnx`, `model.json` and `thresholds.json` into `out`; return the thresholds."""
    out.mkdir(parents=True, exist_ok=True)
    trunk = pins.packaged(pins.ENCODER_PACKAGE, pins.ENCODER_FILE)
    head = checkpoint.uncalibrated()
    raw = saved(build(trunk, checkpoint.branch, head, with_raw=True), out / "raw.onnx")
    dev = [row for row in read_rows(data / "moderation") if row.dev]
    dev = Random(SEED).sample(dev, min(DEV_ROWS, len(dev)))
    posts = [harmless_post(text) for text in tuning_posts(read_posts(data / "posts"))]
    logits = logits_of(raw, [*dev, *posts], threads)
    raw.unlink()
    seen = slice(len(dev) + POSTS)
    fitted = calibrate(logits[seen], targets([*dev, *posts])[seen], _weights(dev, posts[:POSTS]))
    thresholds = suggest(fitted.probabilities(logits[len(dev) :]))
    head = replace(head, scale=fitted.scale, shift=fitted.shift, any_harm=fitted.any_harm)
    model = saved(build(trunk, checkpoint.branch, head), out / "model.onnx")
    (out / "thresholds.json").write_text(json.dumps(thresholds.document(), indent=2) + "\n", encoding="utf-8")
    (out / "model.json").write_text(json.dumps(_manifest(model), indent=2) + "\n", encoding="utf-8")
    return thresholds


def _mean(values: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.asarray(np.mean(values, axis=0), np.float32)


def _weights(dev: list[Row], posts: list[Row]) -> NDArray[np.float32]:
    share = POSTS_SHARE / (1 - POSTS_SHARE) * len(dev) / len(posts)
    return np.array([1.0] * len(dev) + [share] * len(posts), np.float32)


def logits_of(model: Path, rows: list[Row], threads: int) -> NDArray[np.float32]:
    """Return the logits before calibration, (n, 7), of a file that was built `with_raw`."""
    return Encoder.open(model, _sha256(model), threads).outputs([row.text for row in rows], "raw", len(SCORES))


def saved(model: onnx.ModelProto, path: Path) -> Path:
    """Write `model` to `path` and return that."""
    path.write_bytes(model.SerializeToString())
    return path


def _manifest(model: Path) -> dict[str, object]:
    return {
        "format": FORMAT,
        "file": model.name,
        "bytes": model.stat().st_size,
        "sha256": _sha256(model),
        "tokenizer_sha256": pins.TOKENIZER_SHA256,
        "categories": list(SCORES),
        "dimensions": DIMENSIONS,
        "max_tokens": MAX_TOKENS,
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
