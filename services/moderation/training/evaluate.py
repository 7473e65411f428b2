"""Measure a model file: one JSON document with everything that the card tells. Needs no training library."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import numpy as np

from services.moderation.training import functional, retrieval
from services.moderation.training.contrast import contrast_rows
from services.moderation.training.corpus import own_row, targets, training
from services.moderation.training.measure import Scores, area_under_roc, interval, quality, share_over
from services.moderation.training.rows import Row, halves, read_posts, read_rows, read_source
from services.moderation.training.synthetic.load import rows as synthetic_rows
from services.moderation.training.synthetic.obfuscate import obfuscate
from services.moderation.training.thresholds import Thresholds
from shared.model.categories import ANY_HARM, SCORES
from shared.model.encoder import Encoder

SEED = 1
ANY = SCORES.index(ANY_HARM)
# Sources that no training may read, and the column that their labels speak of.
UNSEEN = {"stormfront": "hate", "wiki_toxicity": ANY_HARM}
# Rows of a source at most: some 10 s of work.
UNSEEN_ROWS = 1200
# Words that part short, middling and long texts: the dev rows' thirds, roughly.
LENGTHS = {"up to 10 words": (0, 10), "11 to 25 words": (11, 25), "over 25 words": (26, 10_000)}
# Ordinary posts of the reporting half that are measured, and dev rows that are measured in disguise.
POSTS, DISGUISED = 4000, 800
# Fillings of one template.
FILLINGS = 4
# Passes of the speed measurement: some ten seconds of work.
SPEED_PASSES, SPEED_BATCH = 320, 32
# 28 words of one token each and two special ones.
THIRTY_TOKENS = "word " * 28

Document = dict[str, object]


@dataclass(frozen=True)
class Evaluated:
    """What is measured: the file, its thresholds, and the scores of ordinary posts, (m, 7), of the reporting half."""

    encoder: Encoder
    thresholds: Thresholds
    posts: list[str]
    ordinary: Scores

    def scores(self, rows: list[Row]) -> Scores:
        """Return (n, 7)."""
        return self.encoder.assess([row.text for row in rows])[1]


def evaluate(model: Path, sha256: str, thresholds: Thresholds, data: Path, threads: int) -> Document:
    """Return all measurements of the file `model`, by the names that `card` reads."""
    encoder = Encoder.open(model, sha256, threads)
    every = read_posts(data / "posts")
    posts = [post for post, reported in zip(every, halves(every)[1], strict=True) if reported][:POSTS]
    subject = Evaluated(encoder, thresholds, posts, encoder.assess(posts)[1])
    dev = [row for row in read_rows(data / "moderation") if row.dev]
    scores = subject.scores(dev)
    return {
        "model": {"sha256": sha256, "bytes": model.stat().st_size},
        "sources": _sources(data),
        "dev": _dev(subject, dev, scores),
        "unseen": {name: _unseen(subject, data, name, column) for name, column in UNSEEN.items()},
        "ordinary": _ordinary(subject),
        "slices": _slices(subject, dev, scores),
        **_functional(subject, dev),
        "search": _search(encoder, every),
        "speed": _speed(encoder, posts, threads),
    }


def _dev(subject: Evaluated, dev: list[Row], scores: Scores) -> Document:
    labels = targets(dev)
    found: Document = {}
    for column, name in enumerate(SCORES):
        known = ~np.isnan(labels[:, column])
        found[name] = asdict(quality(scores[known, column], labels[known, column], subject.ordinary[:, column], SEED))
    known = ~np.isnan(labels[:, ANY])
    maximum = scores[known, : ANY - 1].max(1)
    found["any_harm by maximum"] = asdict(
        quality(maximum, labels[known, ANY], subject.ordinary[:, : ANY - 1].max(1), SEED)
    )
    return found


def _sources(data: Path) -> list[Document]:
    """Return what training reads, by tier and source; own texts and rows in other surroundings by their kind."""
    counts = Counter(
        (
            row.tier,
            row.source if kind in ("row", "post") else kind,
            "Apache-2.0" if kind == "synthetic" else row.license,
        )
        for kind, row in ((example.kind, example.row) for example in training(data, SEED))
        if kind in ("row", "post", "synthetic")
    )
    names = ("tier", "source", "license")
    return [dict(zip(names, key, strict=True)) | {"texts": count} for key, count in sorted(counts.items())]


def _unseen(subject: Evaluated, data: Path, source: str, name: str) -> Document:
    rows = read_source(data / "moderation", source)
    rows = Random(SEED).sample(rows, min(len(rows), UNSEEN_ROWS))
    column, labels = SCORES.index(name), targets(rows)
    truth = labels[:, column] if column != ANY else np.nanmax(labels[:, :ANY], axis=1)
    known = ~np.isnan(truth)
    scores = subject.scores(rows)[known, column]
    return {"column": name, **asdict(quality(scores, truth[known], subject.ordinary[:, column], SEED))}


def _ordinary(subject: Evaluated) -> Document:
    hold, reject = subject.thresholds.hold, subject.thresholds.reject
    columns = {
        name: {
            "hold": float(hold[column]),
            "reject": None if np.isinf(reject[column]) else float(reject[column]),
            "held": float((subject.ordinary[:, column] >= hold[column]).mean()),
            "rejected": float((subject.ordinary[:, column] >= reject[column]).mean()),
            "over_even": float((subject.ordinary[:, column] >= functional.EVEN).mean()),
        }
        for column, name in enumerate(SCORES)
    }
    return {
        "posts": len(subject.posts),
        "held": share_over(subject.ordinary, hold),
        "rejected": share_over(subject.ordinary, reject),
        "columns": columns,
    }


def _slices(subject: Evaluated, dev: list[Row], scores: Scores) -> Document:
    truth = targets(dev)[:, ANY]
    words = np.array([len(row.text.split()) for row in dev])
    found: Document = {}
    for name, (least, most) in LENGTHS.items():
        chosen = ~np.isnan(truth) & (words >= least) & (words <= most)
        found[name] = _auroc(scores[chosen, ANY], truth[chosen])
    some = np.flatnonzero(~np.isnan(truth))[:: max(1, len(truth) // DISGUISED)]
    rng = Random(SEED)
    disguised = subject.encoder.assess([obfuscate(dev[place].text, rng) for place in some])[1]
    return {
        **found,
        "as written": _auroc(scores[some, ANY], truth[some]),
        "disguised": _auroc(disguised[:, ANY], truth[some]),
    }


def _auroc(scores: Scores, labels: Scores) -> Document:
    value, low, high = interval(area_under_roc, scores, labels, SEED)
    return {"texts": len(scores), "auroc": value, "low": low, "high": high}


def _functional(subject: Evaluated, dev: list[Row]) -> Document:
    rows = synthetic_rows("eval", per_template=FILLINGS)
    judged = _judged(subject, [own_row(row) for row in rows])
    return {
        "functional": functional.overall(judged),
        "functions": functional.by_function(rows, judged),
        "pairs": functional.pairs(rows, judged),
        "groups": functional.by_group(rows, judged),
        "other_author": functional.overall(_judged(subject, contrast_rows())),
        "quotations": _quotations(subject, functional.quotations(dev)),
    }


def _judged(subject: Evaluated, rows: list[Row]) -> functional.Judged:
    scores = subject.scores(rows)
    return functional.Judged(
        harmful=np.array([bool((row.labels == 1).any()) for row in rows]),
        # Spam is a harm of its own beside any harm to people.
        scores=scores[:, [SCORES.index("spam"), ANY]].max(1),
        held=np.any(scores >= subject.thresholds.hold, axis=1),
    )


def _quotations(subject: Evaluated, rows: list[Row]) -> Document:
    agreed = np.array([bool((row.labels == 1).any()) for row in rows])
    scores = subject.scores(rows)[:, ANY]
    return {
        "texts": len(rows),
        "auroc": area_under_roc(scores, agreed.astype(np.float32)),
        "rejecting_right": float((scores[~agreed] < functional.EVEN).mean()),
        "agreeing_right": float((scores[agreed] >= functional.EVEN).mean()),
    }


def _search(encoder: Encoder, posts: list[str]) -> Document:
    queries, documents = retrieval.task(posts)
    original = Encoder.for_vectors(threads=2)
    ours, theirs = ((e.encode(queries), e.encode(documents)) for e in (encoder, original))
    return {
        "model": retrieval.found(*ours),
        "original": retrieval.found(*theirs),
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
