"""What touches the world: the local model behind the engine's protocol."""

import logging
from dataclasses import dataclass
from typing import Protocol

from services.moderation.domain import CheckFailed, Scores
from shared.inference import Inference, InferenceCache
from shared.model.batching import MicroBatcher
from shared.policy import CATEGORIES

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Assessment:
    """Scores by category in [0, 1], or why there are none; and who gave them."""

    scores: Scores | CheckFailed
    engine: str
    model: str

    def rounded(self) -> dict[str, float]:
        """The scores as they stand in the decision: four digits say all that a probability of a model can say."""
        if isinstance(self.scores, CheckFailed):
            return {}
        return {name: round(score, 4) for name, score in self.scores.items()}


class Engine(Protocol):
    """Scores a text. Never raises: a check that failed is a value, and the policy says what becomes of it."""

    async def assess(self, text: str, content_hash: str) -> Assessment:
        """Score the text; `content_hash` finds a result that another service has already paid for."""
        ...


class LocalEngine:
    """The MiniLM encoder with its head, in this process; results shared through `INFERENCE`."""

    def __init__(self, batcher: MicroBatcher, cache: InferenceCache, model: str) -> None:
        self._batcher = batcher
        self._cache = cache
        self._model = model

    async def assess(self, text: str, content_hash: str) -> Assessment:
        """One pass at the most, shared with the vector of the same text."""
        try:
            inference = await self._cache.get(content_hash) or await self._run(text, content_hash)
        except (RuntimeError, ValueError, MemoryError) as error:  # what the model's runtime raises
            logger.exception("the local engine failed")
            return Assessment(CheckFailed(type(error).__name__), "local", self._model)
        scores: Scores = {name: float(score) for name, score in zip(CATEGORIES, inference.scores, strict=True)}
        return Assessment(scores, "local", self._model)

    async def _run(self, text: str, content_hash: str) -> Inference:
        inference = await self._batcher.infer(text)
        await self._cache.put(content_hash, inference)
        return inference
