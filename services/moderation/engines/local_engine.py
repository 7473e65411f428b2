"""The engine `local`: the model in this process, without key or network."""

import logging

from services.moderation.domain import CheckFailed, Scores
from services.moderation.engines.engine import Assessment, ScoringRequest
from services.moderation.engines.single_flight import SingleFlight
from shared.model.categories import SCORES
from shared.model.inference_cache import Inference, InferenceCache
from shared.model.micro_batcher import MicroBatcher
from shared.policy import Policy
from shared.policy.load import thresholds_match_model

logger = logging.getLogger(__name__)


class LocalEngine:
    """Runs the model once per text. The result is shared through `INFERENCE`, together with the text's vector."""

    def __init__(self, batcher: MicroBatcher, cache: InferenceCache, model: str) -> None:
        self._batcher = batcher
        self._cache = cache
        self._model = model
        self._inferences: SingleFlight[Inference] = SingleFlight()

    async def assess(self, request: ScoringRequest, policy: Policy) -> Assessment:
        """Return the model's scores. If a dry run of the same text is still running, wait for its result."""
        if not thresholds_match_model(policy):
            return self._failed("other_model")
        text, content_hash = request.content.text, request.content_hash
        try:
            inference = await self._inferences.do(content_hash, lambda: self._infer(text, content_hash))
        except (RuntimeError, ValueError, MemoryError) as error:  # among them PassFailed and ModelFileError
            logger.exception("the local engine failed")
            return self._failed(type(error).__name__)
        scores: Scores = {name: float(score) for name, score in zip(SCORES, inference.scores, strict=True)}
        return Assessment(scores, "local", self._model)

    def _failed(self, reason: str) -> Assessment:
        return Assessment(CheckFailed(reason), "local", self._model, failure=f"local: {reason}")

    async def _infer(self, text: str, content_hash: str) -> Inference:
        cached = await self._cache.get(content_hash)
        if cached is not None:
            return cached
        inference = await self._batcher.infer(text)
        await self._cache.put(content_hash, inference)
        return inference
