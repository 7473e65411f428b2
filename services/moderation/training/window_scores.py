"""Scores texts as the server reads them: in windows, each as written and without its disguises, the maximum of all."""

from collections.abc import Callable, Sequence

import numpy as np

from services.moderation.training.metrics import Scores
from shared.model.categories import SCORES
from shared.model.encoder import Encoder
from shared.policy.windows import windows

# Texts of one call: enough to group windows of similar length, few enough for the memory.
BATCH = 256


def score_windows(encoder: Encoder, texts: Sequence[str], titles: Sequence[str] | None = None) -> Scores:
    """Return the maximum scores (n, c) over all windows of each text, in the order of `SCORES`; 0 without a window."""
    return highest_of_windows(lambda forms: encoder.assess(forms)[1], texts, titles)


def highest_of_windows(
    read: Callable[[list[str]], Scores], texts: Sequence[str], titles: Sequence[str] | None = None
) -> Scores:
    """Return the maximum (n, c) over all windows of each text of what `read` returns for forms of windows."""
    scores = np.zeros((len(texts), len(SCORES)), np.float32)
    headed = titles if titles is not None else [""] * len(texts)
    for start in range(0, len(texts), BATCH):
        batch = list(zip(headed[start : start + BATCH], texts[start : start + BATCH], strict=True))
        forms = [[form for window in windows(title, body) for form in window.forms] for title, body in batch]
        # A text of one sentence is its own passage, so many forms repeat.
        unique = list(dict.fromkeys(form for each in forms for form in each))
        found = dict(zip(unique, read(unique), strict=True)) if unique else {}
        for place, each in enumerate(forms, start):
            if each:
                scores[place] = np.max([found[form] for form in each], axis=0)
    return scores
