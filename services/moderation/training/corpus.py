"""What the model learns from: labelled rows, own texts, and rows in other surroundings or disguises."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
import yaml
from numpy.typing import NDArray

from services.moderation.training.rows import Row, fraction, halves, read_posts, read_rows
from services.moderation.training.synthetic.load import Split, SyntheticRow
from services.moderation.training.synthetic.load import rows as synthetic_rows
from services.moderation.training.synthetic.obfuscate import obfuscate
from shared.model.categories import CATEGORIES

# A weak label was derived by a rule, not given by a person for our category.
WEAK_WEIGHT = 0.6
# Own texts differ from their neighbors in one word that decides: they count more than a row of a collection.
SYNTHETIC_WEIGHT = 2.5
# An ordinary post that nobody labelled is nearly always harmless: fewer than 1 in 100 are not.
POST_WEIGHT = 0.4
# Fillings of one template in training: more of them teach the slots' words, not the sentence.
FILLINGS = 8
# Share of the tuning half of the posts that is learned from; the rest of that half sets calibration and thresholds.
LEARNED_POSTS = 0.3
# Shares of the rows that come again: between two harmless texts, as a quotation, or disguised.
SPLICED, QUOTED, DISGUISED = 0.12, 0.22, 0.05
# Words of a row that is quoted or spliced: longer ones would push their surroundings out of what training reads.
LONGEST_PART = 40

QUOTING = Path(__file__).parent / "quoting.yaml"
_HARMS = [CATEGORIES.index(name) for name in ("hate", "harassment")]


@dataclass(frozen=True)
class Example:
    """One text to learn from or to measure on. `kind` says how it came about."""

    row: Row
    kind: str
    weight: float


def training(data: Path, seed: int) -> list[Example]:
    """Return what is trained on, in a fixed order; the dev rows, eval templates and other posts are not in it."""
    rows = [row for row in read_rows(data / "moderation") if not row.dev]
    learned = learned_posts(read_posts(data / "posts"))
    found = [Example(row, "row", WEAK_WEIGHT if row.weak else 1.0) for row in rows]
    found += [Example(harmless_post(text), "post", POST_WEIGHT) for text in learned]
    found += [Example(row, "synthetic", SYNTHETIC_WEIGHT) for row in written("train", seed, FILLINGS)]
    found += [Example(row, "spliced", WEAK_WEIGHT) for row in spliced(rows, learned, Random(seed))]
    found += [Example(row, "quoted", WEAK_WEIGHT) for row in quoted(rows, "train", Random(seed))]
    found += [Example(row, "disguised", WEAK_WEIGHT) for row in disguised(rows, Random(seed))]
    return found


def learned_posts(posts: list[str]) -> list[str]:
    """Return the posts of the tuning half that training may see."""
    return [post for post, tuned in zip(posts, halves(posts)[0], strict=True) if tuned and _learned(post)]


def tuning_posts(posts: list[str]) -> list[str]:
    """Return the posts of the tuning half that training does not see: for calibration and thresholds."""
    return [post for post, tuned in zip(posts, halves(posts)[0], strict=True) if tuned and not _learned(post)]


def _learned(post: str) -> bool:
    return fraction("learned " + post) < LEARNED_POSTS


def harmless_post(text: str) -> Row:
    """Return an ordinary post as a row without any harm."""
    return Row(text, "posts", "A", "PDDL-1.0", weak=True, dev=False, labels=np.zeros(len(CATEGORIES), np.float32))


def written(split: Split, seed: int, fillings: int) -> list[Row]:
    """Return the texts that were written for this project."""
    return [own_row(row) for row in synthetic_rows(split, seed, fillings)]


def own_row(row: SyntheticRow) -> Row:
    """Return a synthetic text as a row of the source `own`."""
    values = [np.nan if (label := row.labels[name]) is None else float(label) for name in CATEGORIES]
    labels = np.array(values, np.float32)
    return Row(row.text, f"own:{row.function}", "own", "Apache-2.0", weak=False, dev=False, labels=labels)


def spliced(rows: list[Row], posts: list[str], rng: Random) -> Iterator[Row]:
    """Yield rows with harmless sentences before or after: a harmful sentence stays one in a long text."""
    short = [post for post in posts if len(post.split()) <= LONGEST_PART]
    for row in rows:
        harmful = bool((row.labels == 1).any())
        if rng.random() < SPLICED * (1 if harmful else 0.4) and len(row.text.split()) <= LONGEST_PART:
            before, after = rng.choice(short), rng.choice(short)
            parts = rng.choice(([before, row.text], [row.text, after], [before, row.text, after]))
            yield replace(row, text=rng.choice((" ", "\n\n", " ... ")).join(parts))


def quoted(rows: list[Row], split: Split, rng: Random) -> Iterator[Row]:
    """Yield hateful and abusive rows as quotations that the author rejects (harmless), or agrees with."""
    frames = yaml.safe_load(QUOTING.read_text(encoding="utf-8"))
    for row in rows:
        if not (row.labels[_HARMS] == 1).any() or len(row.text.split()) > LONGEST_PART or rng.random() >= QUOTED:
            continue
        rejects = rng.random() < 0.6
        frame = rng.choice(frames["rejects" if rejects else "agrees"][split])
        labels = row.labels.copy()
        if rejects:
            labels[:] = 0
        yield replace(row, text=frame.format(text=row.text), labels=labels)


def disguised(rows: list[Row], rng: Random) -> Iterator[Row]:
    """Yield rows as people write them who want to get past a filter; harmless ones too."""
    for row in rows:
        if rng.random() < DISGUISED and len(row.text.split()) <= LONGEST_PART:
            yield replace(row, text=obfuscate(row.text, rng))


def targets(rows: list[Row]) -> NDArray[np.float32]:
    """Return labels (n, 7): the six categories and any harm to people (spam apart), NaN for unknown."""
    labels = np.stack([row.labels for row in rows])
    harms = labels[:, :-1]
    any_harm = np.where((harms == 1).any(1), 1.0, np.where((labels[:, _HARMS] == 0).all(1), 0.0, np.nan))
    return np.concatenate([labels, any_harm[:, None]], 1).astype(np.float32)
