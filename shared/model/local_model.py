"""One pass for both uses of a text: its vector and its scores."""

from collections.abc import Sequence
from typing import Protocol

from shared.model import pins
from shared.model.encoder import Encoder
from shared.model.inference_cache import Inference


class Model(Protocol):
    """Whatever turns texts into inferences, one for each text, in their order. Called from a worker thread."""

    @property
    def digest(self) -> str:
        """What decisions call this model."""
        ...

    @property
    def passes(self) -> int:
        """How many texts it has run."""
        ...

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Return one inference per text."""
        ...


class LocalModel:
    """The committed model."""

    def __init__(self, encoder: Encoder) -> None:
        """Take the loaded model."""
        self._encoder = encoder
        # Without the committed file there are vectors only: no score, and so every post is held.
        self.digest = pins.MODEL_DIGEST if encoder.scores_texts else pins.VECTORS

    @classmethod
    def load(cls, threads: int = 1) -> "LocalModel":
        """Load the model. Raises ModelFileError if not even the encoder is there as it was pinned."""
        return cls(Encoder.load(threads))

    @property
    def passes(self) -> int:
        """How many texts the model has run."""
        return self._encoder.passes

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Return one inference per text, with one pass per text. Raises ModelFileError without the committed file."""
        return [Inference(*pair) for pair in zip(*self._encoder.assess(texts), strict=True)]
