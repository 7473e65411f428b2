"""Train without a source and measure on all of it: how the model does on what it has never seen the like of."""

from dataclasses import asdict, dataclass

import numpy as np

from services.moderation.training.corpus import harmless_post, targets, tuning_posts
from services.moderation.training.export import Checkpoint, logits_of, saved
from services.moderation.training.fit import Plan
from services.moderation.training.graph import build
from services.moderation.training.learn import Places, train
from services.moderation.training.measure import quality
from services.moderation.training.rows import read_posts, read_source
from shared.model import pins
from shared.model.categories import SCORES

# Ordinary posts that give the thresholds for recall.
POSTS = 1000


@dataclass(frozen=True)
class Question:
    """Which source is left out, and the column that its labels speak of."""

    source: str
    column: str


def left_out(places: Places, plan: Plan, question: Question) -> dict[str, object]:
    """Return the quality on all rows of the source, and what the training was allowed."""
    checkpoint = Checkpoint.read(train(places, plan, without=question.source))
    trunk = pins.packaged(pins.ENCODER_PACKAGE, pins.ENCODER_FILE)
    model = saved(build(trunk, checkpoint.branch, checkpoint.uncalibrated(), with_raw=True), places.out / "raw.onnx")
    rows = read_source(places.data / "moderation", question.source)
    posts = [harmless_post(text) for text in tuning_posts(read_posts(places.data / "posts"))[:POSTS]]
    column = SCORES.index(question.column)
    truth = targets(rows)[:, column]
    known = ~np.isnan(truth)
    logits = logits_of(model, [*rows, *posts], threads=2)[:, column]
    likely = np.asarray(1 / (1 + np.exp(-logits)), np.float32)
    found = quality(likely[: len(rows)][known], truth[known], likely[len(rows) :], plan.seed)
    return {"column": question.column, "epochs": plan.epochs, "minutes": plan.minutes, **asdict(found)}
