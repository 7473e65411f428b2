"""Metrics: precision-recall, ROC, recall at a fixed false positive rate and calibration, with intervals; search."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Interval = tuple[float, float, float]
# Resamples for an interval: with 200 the second digit is stable, and more digits are not reported.
RESAMPLES = 200
# Bins of equal width for the calibration error, as in Guo et al. 2017 (who used 15).
BINS = 10
# Posts in the search task, and the length of the result list.
SEARCH_POSTS, DEPTH = 1000, 10
# Fewest words of a meaningful query or document.
MIN_WORDS = 4
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Quality:
    """The metrics of one column; intervals are (value, low, high) at 95%, by bootstrap over rows."""

    positives: int
    negatives: int
    auprc: Interval
    auroc: Interval
    recall_at_1: float
    recall_at_5: float
    calibration_error: float


def measure_quality(scores: Scores, labels: Scores, ordinary: Scores, seed: int) -> Quality:
    """Measure one column, given `scores` and `labels` (n,) of labelled rows and the scores `ordinary` (m,) of posts.

    Recall is measured at the thresholds that 1% and 5% of the ordinary posts exceed.
    """
    positive = scores[labels == 1]
    return Quality(
        positives=len(positive),
        negatives=int((labels == 0).sum()),
        auprc=bootstrap_interval(average_precision, scores, labels, seed),
        auroc=bootstrap_interval(area_under_roc, scores, labels, seed),
        recall_at_1=float((positive > np.quantile(ordinary, 0.99)).mean()),
        recall_at_5=float((positive > np.quantile(ordinary, 0.95)).mean()),
        calibration_error=calibration_error(scores, labels),
    )


def bootstrap_interval(
    metric: Callable[[Scores, Scores], float], scores: Scores, labels: Scores, seed: int
) -> Interval:
    """Return the metric, and its 2.5% and 97.5% quantiles over resampled rows."""
    rng, values = np.random.default_rng(seed), []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, len(scores), len(scores))
        if 0 < labels[rows].sum() < len(rows):
            values.append(metric(scores[rows], labels[rows]))
    low, high = np.quantile(values, [0.025, 0.975])
    return metric(scores, labels), float(low), float(high)


def average_precision(scores: Scores, labels: Scores) -> float:
    """Return the area under the precision-recall curve as the mean precision at each positive (ties in row order)."""
    hits = labels[np.argsort(-scores, kind="stable")] == 1
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def area_under_roc(scores: Scores, labels: Scores) -> float:
    """Return the share of pairs in which the positive scores higher, ties counting half (Mann–Whitney U)."""
    negative = np.sort(scores[labels == 0])
    positive = scores[labels == 1]
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def calibration_error(scores: Scores, labels: Scores) -> float:
    """Return the expected calibration error: probability minus share of positives per bin, weighted by rows."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    distances = [abs(scores[bins == b].sum() - labels[bins == b].sum()) for b in range(BINS)]
    return float(sum(distances) / len(scores))


def share_above(scores: Scores, thresholds: Scores) -> float:
    """Return the share of rows of `scores` (n, c) in which any column reaches its threshold."""
    return float((scores >= thresholds).any(axis=1).mean())


def search_task(posts: list[str]) -> tuple[list[str], list[str]]:
    """Return the first sentences of posts as queries and, in the same order, the remaining text as documents."""
    parts = [[part for part in _SENTENCE.split(post.strip(), maxsplit=1) if part] for post in posts]
    complete = [p for p in parts if len(p) == 2 and all(len(part.split()) >= MIN_WORDS for part in p)][:SEARCH_POSTS]
    return [first for first, _ in complete], [rest for _, rest in complete]


def search_quality(queries: NDArray[np.float32], documents: NDArray[np.float32]) -> dict[str, float]:
    """Return recall@10 and nDCG@10 for unit vectors (n, d): document i is the only relevant one for query i."""
    similarity = queries @ documents.T
    rank = (similarity > np.diag(similarity)[:, None]).sum(1)
    gain = np.where(rank < DEPTH, 1 / np.log2(rank + 2), 0)
    return {"texts": len(rank), "recall_at_10": float((rank < DEPTH).mean()), "ndcg_at_10": float(gain.mean())}
