"""Suggested thresholds, from how ordinary posts score: what they must not do is hold ordinary people's posts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.moderation.training.measure import share_over
from shared.model.categories import SCORES

# Shares of ordinary posts that may be held and rejected by any category together. The product's bounds are 1% and 0.1%;
# these are lower, because the other half of the posts gives a somewhat larger share than the one they were tuned on.
HELD = 0.007
REJECTED = 0.0005
# A rejection also needs a probability that a person would call nearly certain, whatever the quantile says.
REJECT_FLOOR = 0.9


@dataclass(frozen=True)
class Thresholds:
    """Scores from which a post is held or rejected, shape (7,) each; infinite where the category never does."""

    hold: NDArray[np.float32]
    reject: NDArray[np.float32]

    @classmethod
    def read(cls, document: dict[str, dict[str, float | None]]) -> "Thresholds":
        """Return what `document` gave."""
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


def suggest(scores: NDArray[np.float32]) -> Thresholds:
    """Return thresholds for `scores` (n, 7) of ordinary posts: the same share for each category, within the bounds."""
    hold = _ceil(_at_share(scores, HELD))
    reject = _ceil(np.maximum(_at_share(scores, REJECTED), REJECT_FLOOR))
    # Self-harm is a way to support, never a removal; any harm does not say which, so nobody could be told why.
    reject[[SCORES.index("self_harm"), SCORES.index("any_harm")]] = np.inf
    return Thresholds(hold, np.maximum(reject, hold))


def _at_share(scores: NDArray[np.float32], bound: float) -> NDArray[np.float32]:
    """Return the lowest common quantile of each column at which at most `bound` of the rows exceed any."""
    low, high = 0.0, bound
    for _ in range(20):
        middle = (low + high) / 2
        within = share_over(scores, _quantiles(scores, middle)) <= bound
        low, high = (middle, high) if within else (low, middle)
    return _quantiles(scores, low)


def _quantiles(scores: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    return np.asarray(np.quantile(scores, 1 - share, axis=0), np.float32)


def _ceil(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round up to the four digits that the policy file carries."""
    return np.asarray(np.ceil(values * 1e4) / 1e4, np.float32)
