"""How good scores are: precision-recall, ROC, and recall at a fixed share of false alarms, with intervals."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Resamples for an interval: the second digit is stable with 200, and more is not read.
RESAMPLES = 200


@dataclass(frozen=True)
class Quality:
    """One category on labelled rows and ordinary posts; recalls carry a 95% bootstrap interval over the positives."""

    positives: int
    negatives: int
    auprc: float
    auroc: float
    recall_at_1: tuple[float, float, float]
    recall_at_5: tuple[float, float, float]


def quality(
    scores: NDArray[np.float32], labels: NDArray[np.float32], ordinary: NDArray[np.float32], seed: int
) -> Quality:
    """Measure one category: `scores` and `labels` (n,) of labelled rows, `ordinary` (m,) the scores of posts.

    Recall is at the threshold that 1% and 5% of the ordinary posts exceed.
    """
    positive = scores[labels == 1]
    return Quality(
        positives=len(positive),
        negatives=int((labels == 0).sum()),
        auprc=average_precision(scores, labels),
        auroc=area_under_roc(scores, labels),
        recall_at_1=_recall(positive, float(np.quantile(ordinary, 0.99)), seed),
        recall_at_5=_recall(positive, float(np.quantile(ordinary, 0.95)), seed),
    )


def average_precision(scores: NDArray[np.float32], labels: NDArray[np.float32]) -> float:
    """Return the area under the precision-recall curve as the mean precision at each positive (ties in row order)."""
    hits = labels[np.argsort(-scores, kind="stable")] == 1
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def area_under_roc(scores: NDArray[np.float32], labels: NDArray[np.float32]) -> float:
    """Return how often a positive scores above a negative, a tie counting half (Mann and Whitney's U)."""
    negative = np.sort(scores[labels == 0])
    positive = scores[labels == 1]
    below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
    return float(below.mean() / (2 * len(negative)))


def _recall(positive: NDArray[np.float32], threshold: float, seed: int) -> tuple[float, float, float]:
    hits = (positive > threshold).astype(np.float64)
    resamples = np.random.default_rng(seed).choice(hits, (RESAMPLES, len(hits))).mean(axis=1)
    low, high = np.quantile(resamples, [0.025, 0.975])
    return float(hits.mean()), float(low), float(high)


def share_over(scores: NDArray[np.float32], thresholds: NDArray[np.float32]) -> float:
    """Return the share of rows of `scores` (n, 6) of which any category reaches its threshold."""
    return float((scores >= thresholds).any(axis=1).mean())
