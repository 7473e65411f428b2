"""Train without a source and measure on all of it: how the model does on what it has never seen the like of."""

from dataclasses import asdict, dataclass

import numpy as np

from shared.model import pins
from shared.model.categories import SCORES
from shared.model.train.corpus import harmless_post, targets, tuning_posts
from shared.model.train.export import Checkpoint, logits_of, saved
from shared.model.train.fit import Plan
from shared.model.train.graph import build
from shared.model.train.learn import Places, train
from shared.model.train.measure import quality
from shared.model.train.rows import read_posts, read_source

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
