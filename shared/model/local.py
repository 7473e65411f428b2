"""One encoder pass for both uses of a text: its vector and its scores."""

from collections.abc import Sequence
from typing import Protocol

from shared.inference import Inference
from shared.model.encoder import Encoder
from shared.model.head import Head
from shared.model.pins import MODEL_DIGEST


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
    """The committed model: encoder and head."""

    digest = MODEL_DIGEST

    def __init__(self, encoder: Encoder, head: Head) -> None:
        """Take a loaded encoder and a loaded head."""
        self._encoder = encoder
        self._head = head

    @classmethod
    def load(cls, threads: int = 1) -> "LocalModel":
        """Load encoder and head. Raises ModelFileError if a file is missing or is not the pinned one."""
        return cls(Encoder.load(threads), Head.load())

    @property
    def passes(self) -> int:
        """How many texts the encoder has run."""
        return self._encoder.passes

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Return one inference per text, with one encoder pass per text."""
        vectors = self._encoder.encode(texts)
        return [Inference(*pair) for pair in zip(vectors, self._head.scores(vectors, texts), strict=True)]
