"""The engine `local`: the model in this process. It needs no key and no network."""

import logging

from services.moderation.domain import CheckFailed, Scores
from services.moderation.engines.assessment import Assessment, Question
from services.moderation.engines.flights import Flights
from shared.model.batching import MicroBatcher
from shared.model.categories import SCORES
from shared.model.inference_cache import Inference, InferenceCache
from shared.policy import Policy
from shared.policy.load import measured_for

logger = logging.getLogger(__name__)


class LocalEngine:
    """The model; one pass a text, shared through `INFERENCE` with the vector of the same text."""

    def __init__(self, batcher: MicroBatcher, cache: InferenceCache, model: str) -> None:
        self._batcher = batcher
        self._cache = cache
        self._model = model
        self._flights: Flights[Inference] = Flights()

    async def assess(self, question: Question, policy: Policy) -> Assessment:
        """The model's scores. A dry run that is still on its way when the same text is submitted is waited for."""
        if not measured_for(policy):
            return self._failed("other_model")
        text, content_hash = question.content.text, question.content_hash
        try:
            inference = await self._flights.join(content_hash, lambda: self._infer(text, content_hash))
        except (RuntimeError, ValueError, MemoryError) as error:  # PassFailed, ModelFileError …
            logger.exception("the local engine failed")
            return self._failed(type(error).__name__)
        scores: Scores = {name: float(score) for name, score in zip(SCORES, inference.scores, strict=True)}
        return Assessment(scores, "local", self._model)

    def _failed(self, why: str) -> Assessment:
        return Assessment(CheckFailed(why), "local", self._model, failure=f"local: {why}")

    async def _infer(self, text: str, content_hash: str) -> Inference:
        known = await self._cache.get(content_hash)
        if known is not None:
            return known
        inference = await self._batcher.infer(text)
        await self._cache.put(content_hash, inference)
        return inference
