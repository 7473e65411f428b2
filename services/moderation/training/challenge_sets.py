"""Challenge sets: texts that training has not seen, with metrics by function, by pair, and by group of people."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from services.moderation.training.dataset import LabelledText, hash_fraction
from services.moderation.training.metrics import Scores
from services.moderation.training.synthetic.templates import SyntheticRow
from services.moderation.training.training_set import quote
from shared.model.categories import COLUMNS

# Texts that another author wrote for an earlier model. Training uses none of them.
OTHER_AUTHOR_FILE = Path(__file__).parent / "challenge_set.json"
OTHER_AUTHOR_SOURCE = "contrast"
# Fillings of one of its templates: 2,500 texts in all.
FILLINGS = 12
# Even odds: measures whether the model understands a text, independently of the policy's thresholds.
EVEN_ODDS = 0.5

_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Predictions:
    """Labels and predictions for n texts, shape (n,) each. `scores`: the higher one of any harm and spam."""

    harmful: NDArray[np.bool_]
    scores: Scores
    held: NDArray[np.bool_]


def other_author_texts() -> list[LabelledText]:
    """Return every filled template. Categories that a group of texts does not name are 0, null ones unknown."""
    content = json.loads(OTHER_AUTHOR_FILE.read_text(encoding="utf-8"))
    return [
        _labelled(text, group["labels"])
        for group in content["groups"]
        for template in group["texts"]
        for text in _fillings(template, content["slots"])
    ]


def quoted_dev_texts(dev: list[LabelledText]) -> list[LabelledText]:
    """Return dev rows as quotations, in sentences that training has not seen."""
    return list(quote(dev, "eval", Random(0)))


def overall(predictions: Predictions) -> dict[str, dict[str, float]]:
    """Return the accuracy at even odds for all texts, all harmful and all harmless ones."""
    return {
        "all": _accuracy(predictions, np.arange(len(predictions.harmful))),
        "harmful": _accuracy(predictions, np.flatnonzero(predictions.harmful)),
        "harmless": _accuracy(predictions, np.flatnonzero(~predictions.harmful)),
    }


def by_function(rows: list[SyntheticRow], predictions: Predictions) -> dict[str, dict[str, float]]:
    """Return the accuracy at even odds for each function, separately for harmful and harmless texts."""
    indices: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        indices[f"{row.function}: {'harmful' if row.harmful else 'harmless'}"].append(index)
    return {name: _accuracy(predictions, np.array(positions)) for name, positions in sorted(indices.items())}


def by_pair(rows: list[SyntheticRow], predictions: Predictions) -> dict[str, float]:
    """Return the share of pairs whose harmful side scores higher than the harmless one, which differs in one place."""
    sides: dict[str, dict[bool, float]] = defaultdict(dict)
    for row, score in zip(rows, predictions.scores, strict=True):
        if row.pair:
            sides[row.pair][row.harmful] = float(score)
    complete = [side for side in sides.values() if len(side) == 2]
    return {"pairs": len(complete), "in_order": float(np.mean([side[True] > side[False] for side in complete]))}


def by_group(rows: list[SyntheticRow], predictions: Predictions) -> dict[str, dict[str, float]]:
    """Return the share of false positives among harmless texts about each group of people."""
    indices: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.group and not row.harmful:
            indices[row.group].append(index)
    return {
        name: {
            "texts": len(positions),
            "over_even": float((predictions.scores[positions] >= EVEN_ODDS).mean()),
            "held": float(predictions.held[positions].mean()),
        }
        for name, positions in sorted(indices.items())
    }


def _accuracy(predictions: Predictions, indices: NDArray[np.int64]) -> dict[str, float]:
    right = (predictions.scores[indices] >= EVEN_ODDS) == predictions.harmful[indices]
    return {"texts": len(indices), "right": float(right.mean()), "held": float(predictions.held[indices].mean())}


def _labelled(text: str, labels: dict[str, int | None]) -> LabelledText:
    values = [labels.get(name, 0) for name in COLUMNS]
    return LabelledText(
        text=text,
        source=OTHER_AUTHOR_SOURCE,
        tier="own",
        license="Apache-2.0",
        weak=False,
        dev=True,
        labels=np.array([np.nan if value is None else value for value in values], np.float32),
    )


def _fillings(template: str, slots: dict[str, list[str]]) -> list[str]:
    names = list(dict.fromkeys(_SLOT.findall(template)))
    fillings = [dict(zip(names, values, strict=True)) for values in product(*(slots[name] for name in names))]
    fillings.sort(key=lambda filling: hash_fraction(template + str(filling)))
    return [template.format(**filling) for filling in fillings[:FILLINGS]]
