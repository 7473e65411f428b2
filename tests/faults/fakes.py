"""Fast fakes of the encoder and the model, with the same shapes."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.model.categories import SCORES
from shared.model.inference_cache import Inference
from shared.model.pinned_files import MODEL_DIGEST
from shared.policy import DEFAULT_POLICY, load_policy

# Words that make the fake model hold or reject a text: scores between and above the default thresholds for spam.
HOLD_WORD, REJECT_WORD = "zzhold", "zzreject"
_SPAM = load_policy(DEFAULT_POLICY).category("spam")
assert _SPAM.hold is not None
assert _SPAM.reject is not None
HOLD_SCORE, REJECT_SCORE = (_SPAM.hold + _SPAM.reject) / 2, (_SPAM.reject + 1) / 2


class FakeEncoder:
    """Computes unit vectors from the words of a text: equal words give equal vectors."""

    def __init__(self) -> None:
        self.passes = 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one vector per text, shape (n, 384)."""
        self.passes += len(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> NDArray[np.float32]:
        vector = np.full(384, 1e-3, dtype=np.float32)
        for word in text.lower().split():
            vector[int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % 384] += 1
        return vector / np.linalg.norm(vector)


class FakeModel:
    """Publishes every text without `HOLD_WORD` or `REJECT_WORD`. Its results are cached like the real model's."""

    digest = MODEL_DIGEST

    def __init__(self) -> None:
        self._encoder = FakeEncoder()

    @property
    def passes(self) -> int:
        """The number of encoded texts."""
        return self._encoder.passes

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Return one inference per text."""
        vectors = self._encoder.encode(texts)
        return [Inference(vector, _scores(text)) for vector, text in zip(vectors, texts, strict=True)]


def _scores(text: str) -> NDArray[np.float32]:
    scores = np.zeros(len(SCORES), dtype=np.float32)
    if HOLD_WORD in text:
        scores[SCORES.index("spam")] = HOLD_SCORE
    if REJECT_WORD in text:
        scores[SCORES.index("spam")] = REJECT_SCORE
    return scores
