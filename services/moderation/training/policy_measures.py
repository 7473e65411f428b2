"""Measures what the shipped thresholds do to whole texts, read in windows as the server reads them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from services.moderation.training.dataset import LabelledText
from services.moderation.training.metrics import Scores, area_under_roc
from services.moderation.training.synthetic.augmentation import obfuscate
from services.moderation.training.synthetic.templates import SyntheticRow
from services.moderation.training.thresholds import Thresholds
from services.moderation.training.training_set import synthetic_half, wrap
from services.moderation.training.tuning_set import TALK, ordinary_texts
from services.moderation.training.window_scores import score_windows
from shared.model.categories import SCORES
from shared.model.encoder import Encoder

Document = dict[str, object]
SEED = 11
# Harmful dev rows that are buried, disguised and wrapped.
HARMFUL = 120
# Lengths of harmless text around a buried row, in characters.
SHORTEST, LONGEST = 600, 2000
CRISIS, MINORS = SCORES.index("self_harm"), SCORES.index("sexual_minors")


@dataclass(frozen=True)
class Policy:
    """The model with its thresholds."""

    encoder: Encoder
    thresholds: Thresholds

    def scores(self, texts: Sequence[str]) -> Scores:
        """Return scores (n, c) over the windows of each text."""
        return score_windows(self.encoder, texts)

    def stops(self, scores: Scores) -> NDArray[np.bool_]:
        """Return for each row of `scores` if it is held or rejected."""
        return rows_above(scores, self.thresholds.hold)

    def stopped(self, texts: Sequence[str]) -> Document:
        """Return the share of texts that are held or rejected, with its interval."""
        return share(self.stops(self.scores(texts)))


def rows_above(scores: Scores, bounds: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return for each row of `scores` (n, c) if one of its columns reaches its bound."""
    reached: NDArray[np.bool_] = np.any(scores >= bounds, axis=1)
    return reached


def share(hits: NDArray[np.bool_]) -> Document:
    """Return a share with its 95% interval (Wilson 1927)."""
    count, value, z = len(hits), float(hits.mean()), 1.96
    middle, width = value + z**2 / (2 * count), z * math.sqrt(value * (1 - value) / count + z**2 / (4 * count**2))
    scale = 1 + z**2 / count
    return {"texts": count, "share": value, "low": (middle - width) / scale, "high": (middle + width) / scale}


def measure_forums(policy: Policy, data: Path) -> Document:
    """Return the shares of ordinary texts of the reporting halves that are held and rejected, by forum."""
    found: Document = {}
    for name, texts in ordinary_texts(data, reported=True).items():
        scores = policy.scores(texts)
        rejected = rows_above(scores, policy.thresholds.reject)
        support = ~policy.stops(scores) & (scores[:, CRISIS] >= policy.thresholds.support)
        found[name] = {"held": share(policy.stops(scores)), "rejected": share(rejected), "support": share(support)}
    return found


def measure_evasions(policy: Policy, dev: list[LabelledText], data: Path) -> Document:
    """Return the shares of harmful dev rows that are stopped as they are, disguised, wrapped, and buried."""
    rng = Random(SEED)
    harms = slice(0, SCORES.index("spam"))
    harmful = [row for row in dev if (row.labels[harms] == 1).any() and 4 <= len(row.text.split()) <= 60]
    rows = rng.sample(harmful, min(HARMFUL, len(harmful)))
    texts = [row.text for row in rows]
    calm = [_calm(ordinary_texts(data, reported=True)["posts"], rng) for _ in rows]
    return {
        "plain": policy.stopped(texts),
        "disguised": policy.stopped([obfuscate(text, rng) for text in texts]),
        "wrapped": policy.stopped([row.text for row in wrap(rows * 12, "eval", rng)]),
        "behind": policy.stopped([f"{before}\n\n{text}" for before, text in zip(calm, texts, strict=True)]),
        "inside": policy.stopped([_inside(around, text) for around, text in zip(calm, texts, strict=True)]),
        "calm alone": policy.stopped(calm),
    }


def measure_kinds(policy: Policy) -> Document:
    """Return what becomes of synthetic texts of the reporting half: minors, crises and talk, and all others."""
    rows = synthetic_half(reported=True)
    scores = policy.scores([row.text for row in rows])
    held, crisis = policy.stops(scores), _places(rows, "self_harm")
    talk = np.array([row.function in TALK for row in rows])
    minors, pushed = _places(rows, "sexual_minors"), _places(rows, "self_harm_encouragement")
    harmful = np.array([row.harmful for row in rows])
    safe = np.array(["minors" in row.function and not row.harmful for row in rows])
    helped = held | (scores[:, CRISIS] >= policy.thresholds.support)
    return {
        "harmful texts stopped": share(held[harmful]),
        "harmless texts passed": share(~held[~harmful]),
        "sexual content about minors published": share(~held[minors]),
        "talk about protection of minors held": share(held[safe]),
        "crisis held": share(held[crisis]),
        "encouragement held": share(held[pushed]),
        "talk about depression held": share(held[talk]),
        "talk about depression shown help": share(helped[talk]),
        "crisis against talk, AUROC": _auroc(scores[:, CRISIS], crisis, talk),
        "minors against protection, AUROC": _auroc(scores[:, MINORS], minors, safe),
    }


def _places(rows: list[SyntheticRow], name: str) -> NDArray[np.bool_]:
    return np.array([row.labels[name] == 1 for row in rows])


def _auroc(scores: Scores, positive: NDArray[np.bool_], negative: NDArray[np.bool_]) -> float:
    chosen = positive | negative
    return area_under_roc(scores[chosen], positive[chosen].astype(np.float32))


def _calm(posts: list[str], rng: Random) -> str:
    """Return ordinary posts joined to a random length from `SHORTEST` to `LONGEST`."""
    length, parts = rng.randint(SHORTEST, LONGEST), [rng.choice(posts)]
    while sum(map(len, parts)) < length:
        parts.append(rng.choice(posts))
    return " ".join(parts)[:length].rsplit(" ", 1)[0]


def _inside(around: str, text: str) -> str:
    middle = around.find(" ", len(around) // 2)
    return f"{around[:middle]}\n{text}\n{around[middle:]}"
