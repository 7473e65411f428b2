"""Chooses thresholds: the most harm stopped while few ordinary posts are, in each of several forums.

All thresholds are chosen together, because a text is stopped by any of them. An equal share of false alarms for each
column would waste them on columns that find little.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from services.moderation.training.metrics import Scores, share_above
from shared.model.categories import ANY_HARM, SCORES

# The product's limits are 1% and 0.1% of ordinary posts in each forum. These are lower, because the shares are somewhat
# larger on the reporting half than on the half that sets the thresholds.
MAX_HELD_SHARE, MAX_REJECTED_SHARE = 0.0075, 0.0004
# A rejection also needs a probability that people would call nearly certain.
MIN_REJECT_SCORE = 0.95
# It bounds the thresholds of columns that fit their few rows perfectly.
MIN_HOLD_SCORE = 0.01
# A person decides on calls for help, their opposite, and minors. Any harm names no category, so it gives no reason.
NEVER_REJECTED = ("self_harm", "self_harm_encouragement", "sexual_minors", ANY_HARM)
# The share of ordinary posts whose authors read where help is, and the lowest score for that: previews know thresholds
# in steps of 0.1 only, so a lower one would show help under every text.
SUPPORT_SHARE, MIN_SUPPORT_SCORE = 0.015, 0.1
# These columns come first, each with a share of ordinary posts of its own: a missed text here cannot be weighed against
# a missed insult. Beyond it they take part in the common choice. Of hard cases, whose limits are higher, they may hold
# as much as the limit.
RESERVED = {"sexual_minors": 0.0015, "self_harm": 0.0025, "self_harm_encouragement": 0.0005}
# Posts that one step may add to those held: a column may find nothing with the next post and much with the fifth.
_LOOK_AHEAD = 12


@dataclass(frozen=True)
class Forum:
    """Scores (n, c) of texts of one kind that should pass, and the share of them that may be held.

    `ordinary` is false for hard cases, of which more may be held.
    """

    name: str
    scores: Scores
    limit: float = MAX_HELD_SHARE
    ordinary: bool = True


@dataclass(frozen=True)
class Harm:
    """Scores (n, c) of texts that should be stopped, and their weights (n,): what it is worth to stop each."""

    scores: Scores
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, groups: Sequence[tuple[Scores, float]]) -> "Harm":
        """Join groups of texts; the weight of a group is shared by its texts."""
        weights = [np.full(len(scores), weight / max(1, len(scores))) for scores, weight in groups]
        return cls(np.concatenate([scores for scores, _ in groups]), np.concatenate(weights))


@dataclass(frozen=True)
class Thresholds:
    """Scores from which a post is held or rejected, shape (c,) each; infinite if the column never does.

    `support`: the score of `self_harm` from which the author of a published post reads where help is.
    """

    hold: Scores
    reject: Scores
    support: float = np.inf

    @classmethod
    def read(cls, document: dict[str, dict[str, float | None]]) -> "Thresholds":
        """Return the thresholds of a `document()`."""
        bounds = [document[name] for name in SCORES]
        hold, reject = (
            [np.inf if bound[kind] is None else bound[kind] for bound in bounds] for kind in ("hold", "reject")
        )
        support = document["self_harm"].get("support")
        return cls(np.array(hold, np.float32), np.array(reject, np.float32), np.inf if support is None else support)

    def document(self) -> dict[str, dict[str, float | None]]:
        """Return the JSON form: category → hold and reject, null for never; of self-harm also `support`."""
        found: dict[str, dict[str, float | None]] = {
            name: {"hold": _digits(self.hold[column]), "reject": _digits(self.reject[column])}
            for column, name in enumerate(SCORES)
        }
        found["self_harm"]["support"] = _digits(self.support)
        return found


def choose_thresholds(forums: Sequence[Forum], harm: Harm) -> Thresholds:
    """Return the thresholds that stop the most harm by weight, within the limits of every forum."""
    hold = _ceil(_choose_hold(forums, harm))
    reject = _ceil(np.maximum(_choose_reject(forums), hold))
    reject[[SCORES.index(name) for name in NEVER_REJECTED]] = np.inf
    column = SCORES.index("self_harm")
    places = [_highest(forum.scores[:, column], SUPPORT_SHARE) for forum in forums if forum.ordinary]
    support = min(float(hold[column]), max(MIN_SUPPORT_SCORE, *places))
    return Thresholds(hold, reject, float(_ceil(np.array([support], np.float32))[0]))


def curve(forums: Sequence[Forum], harm: Harm, limits: Sequence[float]) -> list[dict[str, float]]:
    """Return for each limit the share of harm stopped by weight, and the largest share of posts held in a forum."""
    points = []
    for limit in limits:
        scaled = [replace(each, limit=each.limit * limit / MAX_HELD_SHARE) for each in forums]
        hold = _ceil(_choose_hold(scaled, harm))
        held = max(share_above(each.scores, hold) for each in forums if each.ordinary)
        points.append({"limit": limit, "stopped": _stopped(harm, hold), "held": held})
    return points


def _choose_hold(forums: Sequence[Forum], harm: Harm) -> Scores:
    """Lower one threshold at a time, the one that stops most harm per ordinary post that it adds, while limits allow.

    A step lowers a threshold to just above the score of an ordinary post that then still passes.
    """
    scores = np.concatenate([forum.scores for forum in forums])
    number = np.repeat(np.arange(len(forums)), [len(forum.scores) for forum in forums])
    # The cost of a held post is its part of the forum's limit, so that a scarce forum is not used up first.
    cost = np.concatenate([np.full(len(f.scores), 1 / max(f.limit * len(f.scores), 1e-9)) for f in forums])
    allowed = np.array([forum.limit * len(forum.scores) for forum in forums])
    hold = _reserved(forums)
    held, stopped = (scores >= hold).any(axis=1), (harm.scores >= hold).any(axis=1)
    while True:
        best, choice = 0.0, None
        for column in range(len(SCORES)):
            for bound in _next_bounds(scores[~held, column], hold[column]):
                posts = ~held & (scores[:, column] >= bound)
                if (np.bincount(number[held | posts], minlength=len(forums)) > allowed).any():
                    break
                gain = harm.weights[~stopped & (harm.scores[:, column] >= bound)].sum()
                worth = gain / (cost[posts].sum() + 1e-3)
                if gain > 0 and worth > best:
                    best, choice = worth, (column, bound)
        if choice is None:
            # A column that finds nothing more still holds what scores above all posts that pass.
            highest = np.nextafter(scores[~held].max(axis=0), np.float32(2))
            return np.where(np.isinf(hold), np.clip(highest, MIN_HOLD_SCORE, 1), hold)
        column, bound = choice
        hold[column] = bound
        held |= scores[:, column] >= bound
        stopped |= harm.scores[:, column] >= bound


def _reserved(forums: Sequence[Forum]) -> Scores:
    """Return the lowest bounds of the columns in `RESERVED` that every forum allows, infinite for all others."""
    hold = np.full(len(SCORES), np.inf, np.float32)
    for name, share in RESERVED.items():
        column = SCORES.index(name)
        bounds = [MIN_HOLD_SCORE]
        for forum in forums:
            held = (forum.scores >= hold).any(axis=1)
            posts = len(forum.scores)
            allowed = forum.limit * posts - held.sum()
            if forum.ordinary:
                allowed = min(allowed, share / MAX_HELD_SHARE * forum.limit * posts)
            passing = np.sort(forum.scores[~held, column])[::-1]
            bounds.append(float(np.nextafter(passing[int(allowed)], np.float32(2))))
        hold[column] = max(bounds)
    return hold


def _next_bounds(scores: Scores, current: float) -> list[np.float32]:
    """Return bounds below `current` that let 0, 1, 2 … more of the posts with these scores be held."""
    below = np.unique(scores[scores < current])[::-1][: _LOOK_AHEAD + 1]
    bounds = np.nextafter(np.append(below, np.float32(0)), np.float32(2))
    return [bound for bound in np.maximum(bounds, np.float32(MIN_HOLD_SCORE)) if bound < current]


def _choose_reject(forums: Sequence[Forum]) -> Scores:
    """Return the lowest scores at which every forum stays within its limit, over all columns that may reject."""
    columns = [column for column, name in enumerate(SCORES) if name not in NEVER_REJECTED]
    reject = np.full(len(SCORES), MIN_REJECT_SCORE, np.float32)
    for forum in forums:
        scores = forum.scores[:, columns]
        allowed = int(MAX_REJECTED_SHARE * len(scores))
        worst = np.sort(scores.max(axis=1))[::-1]
        # The posts beyond those allowed must pass in every column.
        passing = scores[scores.max(axis=1) <= worst[min(allowed, len(worst) - 1)]]
        reject[columns] = np.maximum(reject[columns], np.nextafter(passing.max(axis=0), np.float32(2)))
    return reject


def _highest(scores: Scores, share: float) -> float:
    return float(np.quantile(scores, 1 - share))


def _stopped(harm: Harm, hold: Scores) -> float:
    caught = (harm.scores >= hold).any(axis=1)
    return float(harm.weights[caught].sum() / harm.weights.sum())


def _ceil(values: Scores) -> Scores:
    """Round up to the four digits of the policy file."""
    return np.asarray(np.ceil(values.astype(np.float64) * 1e4) / 1e4, np.float32)


def _digits(value: float) -> float | None:
    return None if np.isinf(value) else round(float(value), 4)
