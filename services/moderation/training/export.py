"""Exports a checkpoint to the shipped file: int8 weights in one graph, calibrated on the outputs of that graph."""

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from services.moderation.training.calibration import calibrate
from services.moderation.training.dataset import LabelledText, read_posts, read_rows
from services.moderation.training.onnx_graph import Arrays, Head, build_model, read_trained
from services.moderation.training.training_set import (
    calibration_posts,
    harmless_text,
    synthetic_half,
    targets,
    to_labelled_text,
)
from services.moderation.training.window_scores import highest_of_windows
from shared.model import pinned_files
from shared.model.categories import COLUMNS, SCORES
from shared.model.encoder import MAX_TOKENS, Encoder
from shared.model.pinned_files import DIMENSIONS

FORMAT = 1
# Ordinary posts and dev rows weigh the same in calibration: half everyday talk, half hard cases.
POSTS_SHARE = 0.5
# The column of an earlier model that a column starts from.
RELATED = {"self_harm_encouragement": "self_harm", "sexual_minors": "sexual"}


@dataclass(frozen=True)
class Checkpoint:
    """The result of training: the branch's weights by published names, and the four arrays of the uncalibrated head."""

    branch: Arrays
    head: Arrays

    def save(self, path: Path) -> None:
        """Write one `.npz` file."""
        arrays = self.branch | {f"head.{name}": value for name, value in self.head.items()}
        np.savez(path, allow_pickle=False, **arrays)

    @classmethod
    def read(cls, path: Path) -> "Checkpoint":
        """Read a file that `save` wrote."""
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        head = {name.removeprefix("head."): value for name, value in arrays.items() if name.startswith("head.")}
        return cls({name: value for name, value in arrays.items() if not name.startswith("head.")}, head)

    @classmethod
    def read_any(cls, path: Path) -> "Checkpoint":
        """Read a file of `save`, or a model file. A new column starts as a copy of the related one in `RELATED`."""
        if path.suffix != ".onnx":
            return cls.read(path)
        branch, head = read_trained(path)
        known = json.loads((path.parent / "model.json").read_text(encoding="utf-8"))["categories"]
        places = [known.index(name if name in known else RELATED[name]) for name in SCORES]
        return cls(branch, head | {name: head[name][..., places] for name in ("output", "output_bias")})

    @classmethod
    def mean(cls, paths: list[Path]) -> "Checkpoint":
        """Read checkpoints that share a start, and return the mean of their weights (Wortsman et al. 2022)."""
        checkpoints = [cls.read(path) for path in paths]
        branch = {name: _mean([each.branch[name] for each in checkpoints]) for name in checkpoints[0].branch}
        return cls(branch, {name: _mean([each.head[name] for each in checkpoints]) for name in checkpoints[0].head})

    def uncalibrated(self) -> Head:
        """Return the head without calibration."""
        width = len(COLUMNS)
        return Head(
            **self.head,
            scale=np.ones(width, np.float32),
            shift=np.zeros(width, np.float32),
            any_harm=np.array([1, 0, 0], np.float32),
        )


def export(checkpoint: Checkpoint, data: Path, out: Path, threads: int) -> None:
    """Write `model.onnx` and `model.json` into `out`. Thresholds are chosen on this file: `ottit model thresholds`."""
    out.mkdir(parents=True, exist_ok=True)
    trunk = pinned_files.packaged(pinned_files.ENCODER_PACKAGE, pinned_files.ENCODER_FILE)
    raw, sha256 = file_with_features(checkpoint, out)
    dev = [row for row in read_rows(data / "moderation") if row.dev]
    # Some columns have hardly any dev rows.
    dev += [to_labelled_text(row) for row in synthetic_half(reported=False)]
    posts = [harmless_text(text) for text in calibration_posts(read_posts(data / "posts"))]
    # Read in windows, as the server reads: the highest of many is larger than the score of one text.
    encoder = Encoder.open(raw, sha256, threads)
    texts = [row.text for row in (*dev, *posts)]
    logits = highest_of_windows(lambda forms: encoder.outputs(forms, "raw", len(SCORES)), texts)
    raw.unlink()
    fitted = calibrate(logits, targets([*dev, *posts]), _weights(dev, posts))
    head = replace(checkpoint.uncalibrated(), scale=fitted.scale, shift=fitted.shift, any_harm=fitted.any_harm)
    model = save_model(build_model(trunk, checkpoint.branch, head), out / "model.onnx")
    (out / "model.json").write_text(json.dumps(_manifest(model), indent=2) + "\n", encoding="utf-8")


def _mean(values: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.asarray(np.mean(values, axis=0), np.float32)


def _weights(dev: list[LabelledText], posts: list[LabelledText]) -> NDArray[np.float32]:
    share = POSTS_SHARE / (1 - POSTS_SHARE) * len(dev) / len(posts)
    return np.array([1.0] * len(dev) + [share] * len(posts), np.float32)


def file_with_features(checkpoint: Checkpoint, folder: Path) -> tuple[Path, str]:
    """Write a temporary model file that also returns what the head reads, and its logits; return its sha256 too."""
    trunk = pinned_files.packaged(pinned_files.ENCODER_PACKAGE, pinned_files.ENCODER_FILE)
    graph = build_model(trunk, checkpoint.branch, checkpoint.uncalibrated(), with_raw=True)
    path = save_model(graph, folder / "raw.onnx")
    return path, _sha256(path)


def save_model(model: onnx.ModelProto, path: Path) -> Path:
    """Write `model` to `path` and return the path."""
    path.write_bytes(model.SerializeToString())
    return path


def _manifest(model: Path) -> dict[str, object]:
    return {
        "format": FORMAT,
        "file": model.name,
        "bytes": model.stat().st_size,
        "sha256": _sha256(model),
        "tokenizer_sha256": pinned_files.TOKENIZER_SHA256,
        "categories": list(SCORES),
        "dimensions": DIMENSIONS,
        "max_tokens": MAX_TOKENS,
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
