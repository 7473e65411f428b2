"""Assembles what thresholds are chosen on: ordinary texts of several forums that should pass, and harm to stop.

Thresholds see the tuning halves only. `evaluate` reports on the other halves, which neither training, calibration nor
thresholds have seen.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np

from services.moderation.training.dataset import (
    LabelledText,
    read_ordinary,
    read_posts,
    read_rows,
    split_halves,
)
from services.moderation.training.metrics import Scores
from services.moderation.training.thresholds import MAX_HELD_SHARE, Forum, Harm
from services.moderation.training.training_set import calibration_posts, synthetic_half, targets, to_labelled_text
from services.moderation.training.window_scores import score_windows
from shared.model.categories import ANY_HARM, SCORES
from shared.model.encoder import Encoder

# Texts of one forum, for tuning and again for reporting: minutes of work.
FORUM_TEXTS = 4000
# Functions of synthetic texts about moods and loss: their authors read where help is, and at most this share is held.
TALK, MAX_TALK_SHARE = ("self_harm_talk", "self_harm_support", "low_mood"), 0.10
# One place is crude talk that people overheard. Much of it is what the categories name: holding no more of it
# than of other posts would cost half of the recall everywhere else.
HEATED, MAX_HEATED_SHARE = "overheard", 0.2
# Harmless synthetic texts are hard cases by design, so more of them may be held than of posts.
MAX_SYNTHETIC_SHARE = 0.08
# What it is worth to stop all labelled harm to people, all rows of a category, and all harmful synthetic texts.
# Minors and crises weigh more than their few rows.
WEIGHTS = {ANY_HARM: 1.0, "spam": 0.2, "violence": 0.1, "sexual": 0.1, "hate": 0.1, "harassment": 0.1}
SYNTHETIC_WEIGHTS = {"sexual_minors": 0.6, "self_harm": 0.6, "self_harm_encouragement": 0.2, ANY_HARM: 0.3, "spam": 0.1}
SEED = 5
HARM_FILE = Path(__file__).parent / "harm_scores.npz"


def ordinary_texts(data: Path, *, reported: bool) -> dict[str, list[str]]:
    """Return ordinary texts by forum: of the reporting halves, or of the tuning halves without what training used."""
    posts = read_posts(data / "posts")
    half = _half(posts, reported=True) if reported else calibration_posts(posts)
    forums = {"posts": half}
    for source, texts in read_ordinary(data / "ordinary").items():
        forums[source] = _half(texts, reported=reported)
    return {name: Random(SEED).sample(texts, min(FORUM_TEXTS, len(texts))) for name, texts in forums.items()}


def tuning_forums(encoder: Encoder, data: Path) -> list[Forum]:
    """Return the forums of the tuning halves with their scores, and the synthetic texts that should pass."""
    forums = [
        Forum(
            name, score_windows(encoder, texts), MAX_HEATED_SHARE if name == HEATED else MAX_HELD_SHARE, name != HEATED
        )
        for name, texts in ordinary_texts(data, reported=False).items()
    ]
    harmless = [row for row in synthetic_half(reported=False) if not row.harmful]
    for name, limit, rows in (
        ("talk", MAX_TALK_SHARE, [row for row in harmless if row.function in TALK]),
        ("synthetic", MAX_SYNTHETIC_SHARE, [row for row in harmless if row.function not in TALK]),
    ):
        forums.append(Forum(name, score_windows(encoder, [row.text for row in rows]), limit, ordinary=False))
    return forums


def tuning_harm(encoder: Encoder, data: Path) -> Harm:
    """Return dev rows and harmful synthetic texts of the tuning half with their scores and weights."""
    dev = [row for row in read_rows(data / "moderation") if row.dev]
    own = [to_labelled_text(row) for row in synthetic_half(reported=False) if row.harmful]
    parts = [*_groups(encoder, dev, WEIGHTS), *_groups(encoder, own, SYNTHETIC_WEIGHTS)]
    return Harm.of(parts)


def save_harm(harm: Harm, model: str) -> None:
    """Store the scores of the harm, without its texts, for operators who choose thresholds on their own posts."""
    np.savez_compressed(
        HARM_FILE, model=model, scores=harm.scores.astype(np.float16), weights=harm.weights.astype(np.float32)
    )


def read_harm(model: str) -> Harm:
    """Read what `save_harm` stored. Raises ValueError if it was for another model than that with the sha256 `model`."""
    with np.load(HARM_FILE) as stored:
        if str(stored["model"]) != model:
            raise ValueError(
                f"{HARM_FILE.name} has the scores of another model: run `ottit model thresholds --data DIR`"
            )
        return Harm(stored["scores"].astype(np.float32), stored["weights"].astype(np.float64))


def _groups(encoder: Encoder, rows: list[LabelledText], weights: dict[str, float]) -> Iterator[tuple[Scores, float]]:
    scores, truth = score_windows(encoder, [row.text for row in rows]), targets(rows)
    for name, weight in weights.items():
        positive = truth[:, SCORES.index(name)] == 1
        if positive.any():
            yield scores[positive], weight


def _half(texts: list[str], *, reported: bool) -> list[str]:
    chosen = split_halves(texts)[1 if reported else 0]
    return [text for text, inside in zip(texts, chosen, strict=True) if inside]
