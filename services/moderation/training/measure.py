"""How good scores are: precision-recall, ROC, recall at a fixed share of false alarms, calibration, with intervals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Interval = tuple[float, float, float]
# Resamples for an interval: the second digit is stable with 200, and more is not read.
RESAMPLES = 200
# Bins of equal width for the calibration error, as Guo et al. 2017 use them (theirs were 15).
BINS = 10


@dataclass(frozen=True)
class Quality:
    """One column on labelled rows and ordinary posts; intervals are (value, low, high), 95%, by bootstrap over rows."""

    positives: int
    negatives: int
    auprc: Interval
    auroc: Interval
    recall_at_1: float
    recall_at_5: float
    calibration_error: float


def quality(scores: Scores, labels: Scores, ordinary: Scores, seed: int) -> Quality:
    """Measure one column: `scores` and `labels` (n,) of labelled rows, `ordinary` (m,) the scores of posts.

    Recall is at the threshold that 1% and 5% of the ordinary posts exceed.
    """
    positive = scores[labels == 1]
    return Quality(
        positives=len(positive),
        negatives=int((labels == 0).sum()),
        auprc=interval(average_precision, scores, labels, seed),
        auroc=interval(area_under_roc, scores, labels, seed),
        recall_at_1=float((positive > np.quantile(ordinary, 0.99)).mean()),
        recall_at_5=float((positive > np.quantile(ordinary, 0.95)).mean()),
        calibration_error=calibration_error(scores, labels),
    )


def interval(measure: Callable[[Scores, Scores], float], scores: Scores, labels: Scores, seed: int) -> Interval:
    """Return the measure and the 2.5% and 97.5% quantiles of it over resampled rows."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(RESAMPLES):
        rows = rng.integers(0, len(scores), len(scores))
        if 0 < labels[rows].sum() < len(rows):
            found.append(measure(scores[rows], labels[rows]))
    low, high = np.quantile(found, [0.025, 0.975])
    return measure(scores, labels), float(low), float(high)


def average_precision(scores: Scores, labels: Scores) -> float:
    """Return the area under the precision-recall curve as the mean precision at each positive (ties in row order)."""
    hits = labels[np.argsort(-scores, kind="stable")] == 1
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def area_under_roc(scores: Scores, labels: Scores) -> float:
    """Return how often a positive scores above a negative, a tie counting half (Mann and Whitney's U)."""
    negative = np.sort(scores[labels == 0])
    positive = scores[labels == 1]
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def calibration_error(scores: Scores, labels: Scores) -> float:
    """Return the mean distance between probability and share of positives, over bins, weighted by their rows."""
    bins = np.minimum((scores * BINS).astype(int), BINS - 1)
    distances = [abs(scores[bins == b].sum() - labels[bins == b].sum()) for b in range(BINS)]
    return float(sum(distances) / len(scores))


def share_over(scores: Scores, thresholds: Scores) -> float:
    """Return the share of rows of `scores` (n, c) of which any column reaches its threshold."""
    return float((scores >= thresholds).any(axis=1).mean())
