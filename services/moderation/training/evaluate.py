"""Measures a model file and returns all numbers of the model card. Needs no training library."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np

from services.moderation.training import challenge_sets
from services.moderation.training.dataset import LabelledText, read_posts, read_rows, read_source
from services.moderation.training.metrics import (
    Scores,
    area_under_roc,
    bootstrap_interval,
    measure_quality,
    search_quality,
    search_task,
    share_above,
)
from services.moderation.training.policy_measures import Policy, measure_evasions, measure_forums, measure_kinds, share
from services.moderation.training.synthetic.augmentation import obfuscate
from services.moderation.training.synthetic.templates import rows as synthetic_rows
from services.moderation.training.thresholds import Thresholds
from services.moderation.training.training_set import targets, to_labelled_text, training_examples
from services.moderation.training.tuning_set import ordinary_texts
from services.moderation.training.window_scores import score_windows
from shared.model.categories import ANY_HARM, SCORES
from shared.model.encoder import Encoder

SEED = 1
ANY = SCORES.index(ANY_HARM)
# Sources that are never used for training, and the column that their labels belong to.
UNSEEN = {"stormfront": "hate", "wiki_toxicity": ANY_HARM}
# The maximum number of rows of a source: about 10 s of work.
UNSEEN_ROWS = 500
# Words of short, medium and long texts: roughly the thirds of the dev rows.
LENGTHS = {"up to 10 words": (0, 10), "11 to 25 words": (11, 25), "over 25 words": (26, 10_000)}
# Dev rows that are measured disguised.
DISGUISED = 400
# Fillings of one template.
FILLINGS = 4
# Passes of the speed measurement: about 10 s of work.
SPEED_PASSES, SPEED_BATCH = 320, 32
# 28 words of one token each and two special ones.
THIRTY_TOKENS = "word " * 28

Document = dict[str, object]


@dataclass(frozen=True)
class EvaluatedModel:
    """The model with its thresholds, and the scores (m, c) of ordinary posts of the reporting half."""

    encoder: Encoder
    thresholds: Thresholds
    posts: list[str]
    ordinary: Scores

    @property
    def policy(self) -> Policy:
        """The same model and thresholds."""
        return Policy(self.encoder, self.thresholds)

    def scores(self, rows: list[LabelledText]) -> Scores:
        """Return scores (n, c), read in windows."""
        return score_windows(self.encoder, [row.text for row in rows])


def evaluate(model: Path, sha256: str, thresholds: Thresholds, data: Path, threads: int) -> Document:
    """Return all measurements of the file `model`, by the names that the model card reads."""
    encoder = Encoder.open(model, sha256, threads)
    posts = ordinary_texts(data, reported=True)["posts"]
    subject = EvaluatedModel(encoder, thresholds, posts, score_windows(encoder, posts))
    dev = [row for row in read_rows(data / "moderation") if row.dev]
    scores = subject.scores(dev)
    return {
        "model": {"sha256": sha256, "bytes": model.stat().st_size},
        "sources": _sources(data),
        "dev": _dev(subject, dev, scores),
        "dev_stopped": share(subject.policy.stops(scores[(targets(dev)[:, :-1] == 1).any(1)])),
        "unseen": {name: _unseen(subject, data, name, column) for name, column in UNSEEN.items()},
        "ordinary": _ordinary(subject),
        "forums": measure_forums(subject.policy, data),
        "kinds": measure_kinds(subject.policy),
        "evasions": measure_evasions(subject.policy, dev, data),
        "slices": _slices(subject, dev, scores),
        **_functional(subject, dev),
        "search": _search(encoder, read_posts(data / "posts")),
        "speed": _speed(encoder, posts, threads),
    }


def _dev(model: EvaluatedModel, dev: list[LabelledText], scores: Scores) -> Document:
    labels = targets(dev)
    results: Document = {}
    for column, name in enumerate(SCORES):
        known = ~np.isnan(labels[:, column])
        results[name] = asdict(
            measure_quality(scores[known, column], labels[known, column], model.ordinary[:, column], SEED)
        )
    known = ~np.isnan(labels[:, ANY])
    maximum = scores[known, : ANY - 1].max(1)
    results["any_harm by maximum"] = asdict(
        measure_quality(maximum, labels[known, ANY], model.ordinary[:, : ANY - 1].max(1), SEED)
    )
    return results


def _sources(data: Path) -> list[Document]:
    """Return the number of training texts by tier and source."""
    counts = Counter(
        (
            row.tier,
            row.source if kind in ("row", "post") else kind,
            "Apache-2.0" if kind == "synthetic" else row.license,
        )
        for kind, row in ((example.kind, example.row) for example in training_examples(data, SEED))
        if kind in ("row", "post", "synthetic")
    )
    names = ("tier", "source", "license")
    return [dict(zip(names, key, strict=True)) | {"texts": count} for key, count in sorted(counts.items())]


def _unseen(subject: EvaluatedModel, data: Path, source: str, name: str) -> Document:
    rows = read_source(data / "moderation", source)
    rows = Random(SEED).sample(rows, min(len(rows), UNSEEN_ROWS))
    column, labels = SCORES.index(name), targets(rows)
    truth = labels[:, column] if column != ANY else np.nanmax(labels[:, :ANY], axis=1)
    known = ~np.isnan(truth)
    scores = subject.scores(rows)[known]
    quality = measure_quality(scores[:, column], truth[known], subject.ordinary[:, column], SEED)
    stopped = share(subject.policy.stops(scores[truth[known] == 1]))
    return {"column": name, "stopped": stopped, **asdict(quality)}


def _ordinary(subject: EvaluatedModel) -> Document:
    hold, reject = subject.thresholds.hold, subject.thresholds.reject
    columns = {
        name: {
            "hold": float(hold[column]),
            "reject": None if np.isinf(reject[column]) else float(reject[column]),
            "held": float((subject.ordinary[:, column] >= hold[column]).mean()),
            "rejected": float((subject.ordinary[:, column] >= reject[column]).mean()),
            "over_even": float((subject.ordinary[:, column] >= challenge_sets.EVEN_ODDS).mean()),
        }
        for column, name in enumerate(SCORES)
    }
    return {
        "posts": len(subject.posts),
        "held": share_above(subject.ordinary, hold),
        "rejected": share_above(subject.ordinary, reject),
        "columns": columns,
    }


def _slices(subject: EvaluatedModel, dev: list[LabelledText], scores: Scores) -> Document:
    truth = targets(dev)[:, ANY]
    words = np.array([len(row.text.split()) for row in dev])
    results: Document = {}
    for name, (minimum, maximum) in LENGTHS.items():
        rows = ~np.isnan(truth) & (words >= minimum) & (words <= maximum)
        results[name] = _auroc(scores[rows, ANY], truth[rows])
    sample = np.flatnonzero(~np.isnan(truth))[:: max(1, len(truth) // DISGUISED)]
    rng = Random(SEED)
    disguised = score_windows(subject.encoder, [obfuscate(dev[place].text, rng) for place in sample])
    return {
        **results,
        "as written": _auroc(scores[sample, ANY], truth[sample]),
        "disguised": _auroc(disguised[:, ANY], truth[sample]),
    }


def _auroc(scores: Scores, labels: Scores) -> Document:
    value, low, high = bootstrap_interval(area_under_roc, scores, labels, SEED)
    return {"texts": len(scores), "auroc": value, "low": low, "high": high}


def _functional(subject: EvaluatedModel, dev: list[LabelledText]) -> Document:
    rows = synthetic_rows("eval", per_template=FILLINGS)
    predictions = _predict(subject, [to_labelled_text(row) for row in rows])
    return {
        "functional": challenge_sets.overall(predictions),
        "functions": challenge_sets.by_function(rows, predictions),
        "pairs": challenge_sets.by_pair(rows, predictions),
        "groups": challenge_sets.by_group(rows, predictions),
        "other_author": challenge_sets.overall(_predict(subject, challenge_sets.other_author_texts())),
        "quotations": _quotations(subject, challenge_sets.quoted_dev_texts(dev)),
    }


def _predict(subject: EvaluatedModel, rows: list[LabelledText]) -> challenge_sets.Predictions:
    scores = subject.scores(rows)
    return challenge_sets.Predictions(
        harmful=np.array([bool((row.labels == 1).any()) for row in rows]),
        # Any harm to people does not include spam.
        scores=scores[:, [SCORES.index("spam"), ANY]].max(1),
        held=np.any(scores >= subject.thresholds.hold, axis=1),
    )


def _quotations(subject: EvaluatedModel, rows: list[LabelledText]) -> Document:
    agreed = np.array([bool((row.labels == 1).any()) for row in rows])
    scores = subject.scores(rows)[:, ANY]
    return {
        "texts": len(rows),
        "auroc": area_under_roc(scores, agreed.astype(np.float32)),
        "rejecting_right": float((scores[~agreed] < challenge_sets.EVEN_ODDS).mean()),
        "agreeing_right": float((scores[agreed] >= challenge_sets.EVEN_ODDS).mean()),
    }


def _search(encoder: Encoder, posts: list[str]) -> Document:
    queries, documents = search_task(posts)
    original = Encoder.for_vectors(threads=2)
    ours, theirs = ((e.encode(queries), e.encode(documents)) for e in (encoder, original))
    return {
        "model": search_quality(*ours),
        "original": search_quality(*theirs),
        "largest_difference": float(max(np.abs(a - b).max() for a, b in zip(ours, theirs, strict=True))),
    }


def _speed(encoder: Encoder, posts: list[str], threads: int) -> Document:
    batches = [posts[start : start + SPEED_BATCH] for start in range(0, SPEED_PASSES, SPEED_BATCH)]
    single = [[THIRTY_TOKENS]] * SPEED_PASSES
    together = [[THIRTY_TOKENS] * SPEED_BATCH] * (SPEED_PASSES // SPEED_BATCH)
    return {
        "threads": threads,
        "one_by_one": _per_second(encoder.assess, single),
        "batches": _per_second(encoder.assess, together),
        "posts": _per_second(encoder.assess, batches),
        "vectors_one_by_one": _per_second(Encoder.for_vectors(threads).encode, single),
    }


def _per_second(run: Callable[[list[str]], object], batches: list[list[str]]) -> float:
    run(batches[0])
    start = time.perf_counter()
    for batch in batches:
        run(batch)
    return sum(map(len, batches)) / (time.perf_counter() - start)
