"""Assembles the training set: labelled rows, posts, synthetic texts, and rows that are spliced, quoted or disguised."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import yaml
from numpy.typing import NDArray

from services.moderation.training.dataset import LabelledText, hash_fraction, read_posts, read_rows, split_halves
from services.moderation.training.synthetic.augmentation import obfuscate
from services.moderation.training.synthetic.templates import Split, SyntheticRow
from services.moderation.training.synthetic.templates import rows as synthetic_rows
from shared.model.categories import COLUMNS

# A weak label was derived by a rule, not assigned by a person for our category.
WEAK_WEIGHT = 0.6
# Synthetic texts differ from similar ones in the decisive word, so they count more than a row of a collection.
SYNTHETIC_WEIGHT = 2.5
# Unlabelled ordinary posts are nearly always harmless: fewer than 1 in 100 are not.
POST_WEIGHT = 0.4
# Fillings of one template: more of them teach the words of the slots instead of the sentence.
FILLINGS = 8
# Fillings of one eval template.
EVAL_FILLINGS = 4
# Share of the tuning half of the posts that training uses as whole texts.
TRAINING_POSTS = 0.3
# Share of the tuning half whose windows teach the head what is ordinary; it contains the posts above.
WINDOW_POSTS = 0.6
# Shares of the rows that are used again: between harmless sentences, as a quotation, or disguised.
SPLICED, QUOTED, DISGUISED = 0.12, 0.22, 0.05
# Shares of the rows that a continued training takes again, with a harm and without, and their maximum length.
REFRESHED_POSITIVES, REFRESHED_NEGATIVES, MAX_REFRESHED_WORDS = 0.5, 0.25, 60
# Shares of harmful and of harmless rows that are wrapped: in markup, politeness, or a note about moderation.
WRAPPED_HARMFUL, WRAPPED_HARMLESS = 0.15, 0.06
# The maximum number of words of a row that is quoted or spliced: around longer rows, the frame would not be read.
MAX_PART_WORDS = 40

QUOTATION_FRAMES = Path(__file__).parent / "quotation_frames.yaml"
WRAPPING_FRAMES = Path(__file__).parent / "wrapping_frames.yaml"
_SCARCE = [COLUMNS.index(name) for name in COLUMNS if name not in ("hate", "harassment")]
_HARMS = [COLUMNS.index(name) for name in ("hate", "harassment")]


@dataclass(frozen=True)
class Example:
    """One text to train on, with its weight. `kind` says how it was made."""

    row: LabelledText
    kind: str
    weight: float


def training_examples(data: Path, seed: int, *, refresh: bool = False) -> list[Example]:
    """Return all examples in a fixed order, without dev rows, eval templates and posts for calibration or reporting.

    `refresh` is for a training that continues from a model: it takes a part of the rows that the model has learned.
    """
    rows = [row for row in read_rows(data / "moderation") if not row.dev]
    posts = training_posts(read_posts(data / "posts"))
    if refresh:
        rows = [row for row in rows if _is_refreshed(row)]
        posts = [post for post in posts if len(post.split()) <= MAX_REFRESHED_WORDS]
    examples = [Example(row, "row", WEAK_WEIGHT if row.weak else 1.0) for row in rows]
    examples += [Example(harmless_text(text), "post", POST_WEIGHT) for text in posts]
    examples += [Example(row, "synthetic", SYNTHETIC_WEIGHT) for row in synthetic_texts("train", seed, FILLINGS)]
    examples += [Example(row, "spliced", WEAK_WEIGHT) for row in splice(rows, posts, Random(seed))]
    examples += [Example(row, "quoted", WEAK_WEIGHT) for row in quote(rows, "train", Random(seed))]
    examples += [Example(row, "disguised", WEAK_WEIGHT) for row in disguise(rows, Random(seed))]
    examples += [Example(row, "wrapped", WEAK_WEIGHT) for row in wrap(rows, "train", Random(seed))]
    return examples


def _is_refreshed(row: LabelledText) -> bool:
    """Keep every row of a scarce category; of the others a share, and no long ones."""
    if (row.labels[_SCARCE] == 1).any():
        return True
    share = REFRESHED_POSITIVES if (row.labels == 1).any() else REFRESHED_NEGATIVES
    return len(row.text.split()) <= MAX_REFRESHED_WORDS and hash_fraction("again " + row.text) < share


def training_posts(posts: list[str]) -> list[str]:
    """Return the posts of the tuning half that training uses."""
    return [post for post in _tuning_half(posts) if _place(post) < TRAINING_POSTS]


def window_posts(posts: list[str]) -> list[str]:
    """Return the posts of the tuning half whose windows the head learns."""
    return [post for post in _tuning_half(posts) if _place(post) < WINDOW_POSTS]


def calibration_posts(posts: list[str]) -> list[str]:
    """Return the posts of the tuning half for calibration and thresholds, which training does not use."""
    return [post for post in _tuning_half(posts) if _place(post) >= WINDOW_POSTS]


def _tuning_half(posts: list[str]) -> list[str]:
    return [post for post, tuned in zip(posts, split_halves(posts)[0], strict=True) if tuned]


def _place(post: str) -> float:
    return hash_fraction("learned " + post)


def harmless_text(text: str) -> LabelledText:
    """Return an ordinary post as a text with no harm."""
    return LabelledText(text, "posts", "A", "PDDL-1.0", weak=True, dev=False, labels=np.zeros(len(COLUMNS), np.float32))


def synthetic_texts(split: Split, seed: int, fillings: int) -> list[LabelledText]:
    """Return the synthetic texts of a split."""
    return [to_labelled_text(row) for row in synthetic_rows(split, seed, fillings)]


def synthetic_half(*, reported: bool) -> list[SyntheticRow]:
    """Return texts of eval templates, which training has not seen: of the half of templates for tuning or reporting."""
    rows = synthetic_rows("eval", per_template=EVAL_FILLINGS)
    return [row for row in rows if (hash_fraction("half " + row.template) >= 0.5) == reported]


def to_labelled_text(row: SyntheticRow) -> LabelledText:
    """Return a synthetic row as a labelled text of the source `own`."""
    values = [np.nan if (label := row.labels[name]) is None else float(label) for name in COLUMNS]
    labels = np.array(values, np.float32)
    return LabelledText(row.text, f"own:{row.function}", "own", "Apache-2.0", weak=False, dev=False, labels=labels)


def splice(rows: list[LabelledText], posts: list[str], rng: Random) -> Iterator[LabelledText]:
    """Yield rows with harmless posts before or after: a harmful sentence stays harmful in a longer text."""
    short = [post for post in posts if len(post.split()) <= MAX_PART_WORDS]
    for row in rows:
        harmful = bool((row.labels == 1).any())
        if rng.random() < SPLICED * (1 if harmful else 0.4) and len(row.text.split()) <= MAX_PART_WORDS:
            before, after = rng.choice(short), rng.choice(short)
            parts = rng.choice(([before, row.text], [row.text, after], [before, row.text, after]))
            yield replace(row, text=rng.choice((" ", "\n\n", " ... ")).join(parts))


def quote(rows: list[LabelledText], split: Split, rng: Random) -> Iterator[LabelledText]:
    """Yield hateful and abusive rows as quotations: harmless if the author rejects them, unchanged if they agree."""
    frames = yaml.safe_load(QUOTATION_FRAMES.read_text(encoding="utf-8"))
    for row in rows:
        if not (row.labels[_HARMS] == 1).any() or len(row.text.split()) > MAX_PART_WORDS or rng.random() >= QUOTED:
            continue
        rejects = rng.random() < 0.6
        frame = rng.choice(frames["rejects" if rejects else "agrees"][split])
        labels = row.labels.copy()
        if rejects:
            labels[:] = 0
        yield replace(row, text=frame.format(text=row.text), labels=labels)


def wrap(rows: list[LabelledText], split: Split, rng: Random) -> Iterator[LabelledText]:
    """Yield rows between words or markup that change nothing about them; the labels stay."""
    frames = yaml.safe_load(WRAPPING_FRAMES.read_text(encoding="utf-8"))[split]
    for row in rows:
        share = WRAPPED_HARMFUL if (row.labels == 1).any() else WRAPPED_HARMLESS
        if len(row.text.split()) <= MAX_PART_WORDS and rng.random() < share:
            yield replace(row, text=rng.choice(frames).replace("{text}", row.text))


def disguise(rows: list[LabelledText], rng: Random) -> Iterator[LabelledText]:
    """Yield rows, harmful and harmless, obfuscated as if to get past a filter."""
    for row in rows:
        if rng.random() < DISGUISED and len(row.text.split()) <= MAX_PART_WORDS:
            yield replace(row, text=obfuscate(row.text, rng))


def targets(rows: list[LabelledText]) -> NDArray[np.float32]:
    """Return labels (n, c + 1): the columns and any harm to people (not spam), NaN for unknown."""
    labels = np.stack([row.labels for row in rows])
    harms = labels[:, :-1]
    any_harm = np.where((harms == 1).any(1), 1.0, np.where((labels[:, _HARMS] == 0).all(1), 0.0, np.nan))
    return np.concatenate([labels, any_harm[:, None]], 1).astype(np.float32)
