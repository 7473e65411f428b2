"""Trains without one source and measures on all of it, to estimate the quality on unseen sources."""

from dataclasses import asdict, dataclass

import numpy as np

from services.moderation.training.dataset import read_posts, read_source
from services.moderation.training.export import Checkpoint, file_with_features
from services.moderation.training.metrics import measure_quality
from services.moderation.training.train import TrainingPaths, train
from services.moderation.training.trainer import TrainingPlan
from services.moderation.training.training_set import calibration_posts, harmless_text, targets
from shared.model.categories import SCORES
from shared.model.encoder import Encoder

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
    model, sha256 = file_with_features(checkpoint, paths.out)
    rows = read_source(paths.data / "moderation", left_out.source)
    posts = [harmless_text(text) for text in calibration_posts(read_posts(paths.data / "posts"))[:POSTS]]
    column = SCORES.index(left_out.column)
    truth = targets(rows)[:, column]
    known = ~np.isnan(truth)
    texts = [row.text for row in (*rows, *posts)]
    logits = Encoder.open(model, sha256, threads=2).outputs(texts, "raw", len(SCORES))[:, column]
    scores = np.asarray(1 / (1 + np.exp(-logits)), np.float32)
    quality = measure_quality(scores[: len(rows)][known], truth[known], scores[len(rows) :], plan.seed)
    return {"column": left_out.column, "epochs": plan.epochs, "minutes": plan.minutes, **asdict(quality)}
