"""The engine `local`: the model in this process, without key or network. It reads texts window by window."""

import asyncio
import logging
from collections import OrderedDict
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from services.moderation.domain import CheckFailed, Scores
from services.moderation.engines import text_reading
from services.moderation.engines.engine import Assessment, ScoringRequest, without_score
from services.moderation.engines.single_flight import SingleFlight
from services.moderation.engines.text_reading import Plan
from shared.log.events import Span
from shared.model.categories import SCORES
from shared.model.inference_cache import InferenceCache
from shared.model.micro_batcher import MicroBatcher, TooManyDryRuns
from shared.policy import Policy
from shared.policy.load import thresholds_match_model

logger = logging.getLogger(__name__)
# The failure of a dry run that was refused because too many wait.
BUSY = "too many dry runs"
# Longer texts are cut beside the event loop: about 10 ms of one core.
SHORT_CHARACTERS = 2000
# Scores of windows in memory, about 250 bytes each. An edit costs the windows that it changes, because this process
# has read the others; whole readings are shared by all processes.
REMEMBERED = 40_000

Rows = NDArray[np.float32]


class LocalEngine:
    """Reads every window of a text once. The result is shared through `INFERENCE`, with the vector of a short text."""

    def __init__(self, batcher: MicroBatcher, cache: InferenceCache, model: str) -> None:
        self._batcher = batcher
        self._cache = cache
        self._model = model
        self._readings: SingleFlight[Rows] = SingleFlight()
        self._remembered: OrderedDict[bytes, Rows] = OrderedDict()

    async def assess(self, request: ScoringRequest, policy: Policy) -> Assessment:
        """Return the highest scores of all windows. If a dry run of the same text is still running, wait for it."""
        if not thresholds_match_model(policy):
            return self._failed("other_model")
        arguments = (request.content, policy.reading, request.content_hash, request.answered)
        if len(request.content.text) <= SHORT_CHARACTERS:
            plan = text_reading.plan(*arguments)
        else:
            plan = await asyncio.to_thread(text_reading.plan, *arguments)
        try:
            scores = await self._shared_reading(request, plan)
        except TooManyDryRuns:
            return self._failed(BUSY)
        except (RuntimeError, ValueError, MemoryError) as error:  # among them PassFailed and ModelFileError
            logger.exception("the local engine failed")
            return self._failed(type(error).__name__)
        return self._assessment(plan, scores)

    def _assessment(self, plan: Plan, scores: Rows) -> Assessment:
        highest: Scores = {name: float(score) for name, score in zip(SCORES, scores.max(axis=0), strict=True)}
        marks: dict[str, Span] = {
            name: span for name, span in zip(SCORES, plan.strongest(scores), strict=True) if span is not None
        }
        unknown = without_score(highest)
        return Assessment(highest, "local", self._model, unknown_categories=unknown, marks=marks, reading=plan.reading)

    def _failed(self, reason: str) -> Assessment:
        return Assessment(CheckFailed(reason), "local", self._model, failure=f"local: {reason}")

    async def _shared_reading(self, request: ScoringRequest, plan: Plan) -> Rows:
        """Return the scores of a plan, shape (rows, columns), shared with concurrent requests for the same text."""
        try:
            key = f"{request.content_hash}.{_place(request, plan)}"
            return await self._readings.do(key, lambda: self._read(request, plan))
        except TooManyDryRuns:
            if request.dry_run:
                raise
            # This submission had joined a dry run of the same text, which was refused.
            return await self._shared_reading(request, plan)

    async def _read(self, request: ScoringRequest, plan: Plan) -> Rows:
        place = _place(request, plan)
        known = await self._cache.get_windows(request.content_hash, place, plan.rows)
        if known is not None:
            return known
        scores = plan.scores(await self._scores_of_forms(request, plan))
        await self._cache.put_windows(request.content_hash, place, scores)
        return scores

    async def _scores_of_forms(self, request: ScoringRequest, plan: Plan) -> dict[str, Rows]:
        """Return the scores of each distinct form. Forms that this process has read before cost nothing."""
        found = {form: scores for form in plan.forms if (scores := self._remembered.get(_key(form))) is not None}
        unread = [form for form in plan.forms if form not in found or form == plan.whole]
        inferences = await self._batcher.infer_all(unread, author=request.person_id, dry_run=request.dry_run)
        for form, inference in zip(unread, inferences, strict=True):
            found[form] = inference.scores
            self._remember(form, inference.scores)
            if form == plan.whole:  # search needs its vector too
                await self._cache.put(request.content_hash, inference)
        return found

    def _remember(self, form: str, scores: Rows) -> None:
        # By the form itself, so that no text ever gets the scores of another.
        self._remembered[_key(form)] = scores
        self._remembered.move_to_end(_key(form))
        while len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)


def _place(request: ScoringRequest, plan: Plan) -> str:
    """Return what tells the results of one text apart: the windows that are read, and what it answers."""
    return f"{plan.digest}.{request.answered_hash[:32]}" if plan.context else plan.digest


def _key(form: str) -> bytes:
    return sha256(form.encode("utf-8", "surrogatepass")).digest()
