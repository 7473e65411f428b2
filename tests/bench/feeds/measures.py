"""Measures of a feed's first posts, and their means with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.bench.feeds.readers import PostedTexts, Reader

PLACES = 20
DAY_S = 86_400.0
RESAMPLES = 1000


@dataclass(frozen=True)
class Measured:
    """One reader's first posts: NDCG, distinct communities, and the share that is younger than a day."""

    kind: str
    ndcg: float
    communities: int
    new: float
    rows: tuple[int, ...]


def measure(reader: Reader, rows: Sequence[int], posted: PostedTexts, now: float) -> Measured:
    """Measure the first posts. A post on which the reader has voted is no find any more: it counts as not relevant."""
    voted = {vote.row for vote in reader.votes}
    gains = [float(reader.likes[row] and row not in voted) for row in rows]
    possible = int(reader.likes.sum()) - sum(bool(reader.likes[row]) for row in voted)
    ages = now - posted.created[list(rows)]
    return Measured(
        kind=reader.kind,
        ndcg=ndcg(gains, possible),
        communities=len({str(posted.communities[row]) for row in rows}),
        new=float(np.mean(ages < DAY_S)),
        rows=tuple(rows),
    )


def ndcg(gains: Sequence[float], possible: int) -> float:
    """Return the discounted gain over the best possible one, for gains of 0 or 1 in the order of the places.

    `possible`: how many posts have a gain. Järvelin and Kekäläinen, "Cumulated gain-based evaluation" (2002).
    """
    discounts = 1.0 / np.log2(np.arange(2, PLACES + 2))
    best = float(discounts[: min(possible, PLACES)].sum())
    return float(np.dot(gains[:PLACES], discounts[: len(gains)])) / best if best else 0.0


def interval(values: Sequence[float], seed: int = 1) -> tuple[float, float, float]:
    """Return the mean and its 95% interval by the bootstrap over readers."""
    drawn: NDArray[np.float64] = np.array(values, dtype=np.float64)
    picks = np.random.default_rng(seed).integers(0, drawn.size, (RESAMPLES, drawn.size))
    low, high = np.percentile(drawn[picks].mean(axis=1), [2.5, 97.5])
    return float(drawn.mean()), float(low), float(high)
