"""Trains without one source and measures on all of it, to estimate the quality on unseen sources."""

from dataclasses import asdict, dataclass

import numpy as np

from services.moderation.training.dataset import read_posts, read_source
from services.moderation.training.export import Checkpoint, save_model, uncalibrated_logits
from services.moderation.training.metrics import measure_quality
from services.moderation.training.onnx_graph import build_model
from services.moderation.training.train import TrainingPaths, train
from services.moderation.training.trainer import TrainingPlan
from services.moderation.training.training_set import calibration_posts, harmless_text, targets
from shared.model import pinned_files
from shared.model.categories import SCORES

# Ordinary posts that set the thresholds for recall.
POSTS = 1000


@dataclass(frozen=True)
class LeftOutSource:
    """A source, and the column that its labels belong to."""

    source: str
    column: str


def measure_left_out(paths: TrainingPaths, plan: TrainingPlan, left_out: LeftOutSource) -> dict[str, object]:
    """Return the quality on all rows of the source, with the limits of the training."""
    checkpoint = Checkpoint.read(train(paths, plan, without=left_out.source))
    trunk = pinned_files.packaged(pinned_files.ENCODER_PACKAGE, pinned_files.ENCODER_FILE)
    model = save_model(
        build_model(trunk, checkpoint.branch, checkpoint.uncalibrated(), with_raw=True), paths.out / "raw.onnx"
    )
    rows = read_source(paths.data / "moderation", left_out.source)
    posts = [harmless_text(text) for text in calibration_posts(read_posts(paths.data / "posts"))[:POSTS]]
    column = SCORES.index(left_out.column)
    truth = targets(rows)[:, column]
    known = ~np.isnan(truth)
    logits = uncalibrated_logits(model, [*rows, *posts], threads=2)[:, column]
    scores = np.asarray(1 / (1 + np.exp(-logits)), np.float32)
    quality = measure_quality(scores[: len(rows)][known], truth[known], scores[len(rows) :], plan.seed)
    return {"column": left_out.column, "epochs": plan.epochs, "minutes": plan.minutes, **asdict(quality)}
