"""The engine `local`: the model in this process, without key or network."""

import logging

from services.moderation.domain import CheckFailed, Scores
from services.moderation.engines.engine import Assessment, ScoringRequest, without_score
from services.moderation.engines.single_flight import SingleFlight
from shared.model.categories import SCORES
from shared.model.inference_cache import Inference, InferenceCache
from shared.model.micro_batcher import MicroBatcher, TooManyDryRuns
from shared.policy import Policy
from shared.policy.load import thresholds_match_model

logger = logging.getLogger(__name__)
# The failure of a dry run that was refused because too many wait.
BUSY = "too many dry runs"


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
        try:
            inference = await self._shared_inference(request)
        except TooManyDryRuns:
            return self._failed(BUSY)
        except (RuntimeError, ValueError, MemoryError) as error:  # among them PassFailed and ModelFileError
            logger.exception("the local engine failed")
            return self._failed(type(error).__name__)
        scores: Scores = {name: float(score) for name, score in zip(SCORES, inference.scores, strict=True)}
        return Assessment(scores, "local", self._model, unknown_categories=without_score(scores))

    def _failed(self, reason: str) -> Assessment:
        return Assessment(CheckFailed(reason), "local", self._model, failure=f"local: {reason}")

    async def _shared_inference(self, request: ScoringRequest) -> Inference:
        """Return the inference, shared with concurrent requests for the same text."""
        try:
            return await self._inferences.do(request.content_hash, lambda: self._infer(request))
        except TooManyDryRuns:
            if request.dry_run:
                raise
            # This submission had joined a dry run of the same text, which was refused.
            return await self._shared_inference(request)

    async def _infer(self, request: ScoringRequest) -> Inference:
        cached = await self._cache.get(request.content_hash)
        if cached is not None:
            return cached
        inference = await self._batcher.infer(request.content.text, author=request.person_id, dry_run=request.dry_run)
        await self._cache.put(request.content_hash, inference)
        return inference
