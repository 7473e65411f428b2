"""The model as the services use it: vector and scores of each text in one pass."""

from collections.abc import Sequence
from typing import Protocol

from shared.model import pinned_files
from shared.model.encoder import Encoder
from shared.model.inference_cache import Inference


class Model(Protocol):
    """Computes inferences of texts. Called from a worker thread."""

    @property
    def digest(self) -> str:
        """The digest that identifies this model in decisions."""
        ...

    @property
    def passes(self) -> int:
        """The number of encoded texts."""
        ...

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Return one inference per text, in order."""
        ...


class LocalModel:
    """The committed model."""

    def __init__(self, encoder: Encoder) -> None:
        """Take the loaded model."""
        self._encoder = encoder
        # Without the committed file there are vectors but no scores, so every post is held.
        self.digest = pinned_files.MODEL_DIGEST if encoder.has_scores else pinned_files.VECTORS

    @classmethod
    def load(cls, threads: int = 1) -> "LocalModel":
        """Load the model. Raises ModelFileError if not even the encoder is the pinned one."""
        return cls(Encoder.load(threads))

    @property
    def passes(self) -> int:
        """The number of encoded texts."""
        return self._encoder.passes

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Return one inference per text, with one pass per text. Raises ModelFileError without the committed file."""
        return [Inference(*pair) for pair in zip(*self._encoder.assess(texts), strict=True)]
