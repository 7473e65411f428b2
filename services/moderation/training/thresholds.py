"""Suggests thresholds from the scores of ordinary posts, so that few ordinary posts are held."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.moderation.training.metrics import share_above
from shared.model.categories import SCORES

# The maximum shares of all ordinary posts that are held and rejected. The product's limits are 1% and 0.1%; these are
# lower, because the share is somewhat larger on the reporting half than on the half that sets the thresholds.
MAX_HELD_SHARE = 0.007
MAX_REJECTED_SHARE = 0.0005
# A rejection also needs a probability that people would call nearly certain, even if the quantile is lower.
MIN_REJECT_SCORE = 0.9


@dataclass(frozen=True)
class Thresholds:
    """Scores from which a post is held or rejected, shape (7,) each; infinite if the column never does."""

    hold: NDArray[np.float32]
    reject: NDArray[np.float32]

    @classmethod
    def read(cls, document: dict[str, dict[str, float | None]]) -> "Thresholds":
        """Return the thresholds of a `document()`."""
        bounds = [document[name] for name in SCORES]
        hold, reject = (
            [np.inf if bound[kind] is None else bound[kind] for bound in bounds] for kind in ("hold", "reject")
        )
        return cls(np.array(hold, np.float32), np.array(reject, np.float32))

    def document(self) -> dict[str, dict[str, float | None]]:
        """Return the JSON form: category → hold and reject, null for never."""
        return {
            name: {
                "hold": round(float(self.hold[column]), 4),
                "reject": None if np.isinf(self.reject[column]) else round(float(self.reject[column]), 4),
            }
            for column, name in enumerate(SCORES)
        }


def suggest_thresholds(scores: NDArray[np.float32]) -> Thresholds:
    """Return thresholds from `scores` (n, 7) of ordinary posts: the same share for each column, within the limits."""
    hold = _ceil(_at_share(scores, MAX_HELD_SHARE))
    reject = _ceil(np.maximum(_at_share(scores, MAX_REJECTED_SHARE), MIN_REJECT_SCORE))
    # Self-harm leads to support, never to removal; any harm names no category, so there is no reason to give.
    reject[[SCORES.index("self_harm"), SCORES.index("any_harm")]] = np.inf
    return Thresholds(hold, np.maximum(reject, hold))


def _at_share(scores: NDArray[np.float32], bound: float) -> NDArray[np.float32]:
    """Return the lowest common quantile of all columns at which at most `bound` of the rows exceed any column."""
    low, high = 0.0, bound
    for _ in range(20):
        middle = (low + high) / 2
        within = share_above(scores, _quantiles(scores, middle)) <= bound
        low, high = (middle, high) if within else (low, middle)
    return _quantiles(scores, low)


def _quantiles(scores: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    return np.asarray(np.quantile(scores, 1 - share, axis=0), np.float32)


def _ceil(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round up to the four digits of the policy file."""
    return np.asarray(np.ceil(values * 1e4) / 1e4, np.float32)
