"""How the model does on own texts whose templates it has not seen: by function, by pair, and by group of people."""

from collections import defaultdict
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from services.moderation.training.corpus import quoted
from services.moderation.training.measure import Scores
from services.moderation.training.rows import Row
from services.moderation.training.synthetic.load import SyntheticRow

# A verdict at even odds, where the question is only whether a text is understood.
EVEN = 0.5


@dataclass(frozen=True)
class Judged:
    """Texts, shape (n,) each: which are harmful, the larger of any harm and spam, and which would be held."""

    harmful: NDArray[np.bool_]
    scores: Scores
    held: NDArray[np.bool_]


def by_function(rows: list[SyntheticRow], judged: Judged) -> dict[str, dict[str, float]]:
    """Return for each function how many texts are judged right at even odds, harmful ones and harmless ones apart."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[f"{row.function}: {'harmful' if row.harmful else 'harmless'}"].append(place)
    return {name: _right(judged, np.array(chosen)) for name, chosen in sorted(places.items())}


def overall(judged: Judged) -> dict[str, dict[str, float]]:
    """Return the same for all texts, all harmful and all harmless ones."""
    return {
        "all": _right(judged, np.arange(len(judged.harmful))),
        "harmful": _right(judged, np.flatnonzero(judged.harmful)),
        "harmless": _right(judged, np.flatnonzero(~judged.harmful)),
    }


def _right(judged: Judged, places: NDArray[np.int64]) -> dict[str, float]:
    right = (judged.scores[places] >= EVEN) == judged.harmful[places]
    return {"texts": len(places), "right": float(right.mean()), "held": float(judged.held[places].mean())}


def pairs(rows: list[SyntheticRow], judged: Judged) -> dict[str, float]:
    """Return the share of pairs whose harmful side scores higher than the harmless one, which differs in one place."""
    sides: dict[str, dict[bool, float]] = defaultdict(dict)
    for row, score in zip(rows, judged.scores, strict=True):
        if row.pair:
            sides[row.pair][row.harmful] = float(score)
    whole = [side for side in sides.values() if len(side) == 2]
    return {"pairs": len(whole), "in_order": float(np.mean([side[True] > side[False] for side in whole]))}


def by_group(rows: list[SyntheticRow], judged: Judged) -> dict[str, dict[str, float]]:
    """Return for each group of people how many harmless texts about it are taken for harm."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if row.group and not row.harmful:
            places[row.group].append(place)
    return {
        name: {
            "texts": len(chosen),
            "over_even": float((judged.scores[chosen] >= EVEN).mean()),
            "held": float(judged.held[chosen].mean()),
        }
        for name, chosen in sorted(places.items())
    }


def quotations(dev: list[Row]) -> list[Row]:
    """Return dev rows as quotations in sentences that training has not seen."""
    return list(quoted(dev, "eval", Random(0)))
