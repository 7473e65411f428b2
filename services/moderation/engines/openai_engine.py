"""The engine `openai`: scores from any provider that speaks OpenAI's protocol."""

import asyncio
import logging
from collections.abc import Coroutine
from time import perf_counter
from typing import Any

from services.moderation.domain import CheckFailed, Scores
from services.moderation.engines.circuit_breaker import CircuitBreaker
from services.moderation.engines.daily_budget import Budget
from services.moderation.engines.engine import Assessment, ScoringRequest, without_score
from services.moderation.engines.provider_client import ProviderClient, UsageCounter
from services.moderation.engines.provider_config import ProviderConfig
from services.moderation.engines.provider_errors import NOT_CALLED, REMEDIES, ProviderError
from services.moderation.engines.provider_responses import ProviderScores
from services.moderation.engines.score_cache import ProviderFinding, ScoreCache, request_digest
from services.moderation.engines.single_flight import SingleFlight
from services.moderation.engines.text_reading import whole
from services.moderation.guideline_reader import GuidelineReader
from shared.content import Content
from shared.log.events import Span, Usage
from shared.policy import Policy, render
from shared.policy.windows import parts

logger = logging.getLogger(__name__)

# A longer text is sent in parts (a cost of `shared.policy.windows`: about 1,500 tokens of English), because servers on
# local machines often read 4,096 tokens at most, prompt and answer included, and do not say what they left out.
MOST_COST = 6000
SAMPLE = ScoringRequest(Content(title="Planting out tomatoes", body="Mine are small. Is it too early?"), "", "", "")


class OpenAIEngine:
    """Calls the configured endpoints at the same time: the moderation endpoint, the chat model, or both.

    A text passes the cache, the limit of texts in flight, the circuit breaker and the budget, in this order.
    """

    def __init__(
        self,
        config: ProviderConfig,
        client: ProviderClient,
        budget: Budget,
        cache: ScoreCache,
        guidelines: GuidelineReader,
    ) -> None:
        self._config = config
        self._client = client
        self._budget = budget
        self._cache = cache
        self._guidelines = guidelines
        self._breaker = CircuitBreaker()
        self._slots = asyncio.Semaphore(config.in_flight)
        self._assessments: SingleFlight[Assessment] = SingleFlight()

    @property
    def state(self) -> str:
        """`ok`, or what is wrong with the provider, for the health report."""
        return self._breaker.state(_now())

    @property
    def misconfiguration(self) -> str:
        """The setting that is wrong and what to do; empty if the provider works or is only away."""
        code = self._breaker.misconfigured
        return _explained(ProviderError(code, sentence=self._breaker.sentence)) if code else ""

    async def assess(self, request: ScoringRequest, policy: Policy) -> Assessment:
        """Return the provider's scores. Each text is paid for once: a cached result or running request is reused."""
        guideline = await self._guidelines.of(request.community)
        key = f"{request_digest(self._config, policy, guideline)}.{request.content_hash}"

        async def read_or_score() -> Assessment:
            cached = await self._cache.get(key)
            if cached is not None:
                return self._found(cached, request, None)
            async with self._slots:
                finding, usage = await self._call_provider(request, policy, guideline)
            if isinstance(finding, CheckFailed):
                failure = f"openai: {finding.reason}"
                return Assessment(finding, "openai", self._config.models, usage=usage, failure=failure)
            await self._cache.put(key, finding)
            return self._found(finding, request, usage)

        return await self._assessments.do(key, read_or_score)

    async def try_once(self, policy: Policy) -> str:
        """Ask about a sample text, whatever the circuit and the users' limits say. Returns why there are no scores."""
        usage = UsageCounter()
        try:
            await self._read(SAMPLE.content, policy, "", usage)
        except ProviderError as error:
            return _explained(error)
        finally:
            await self._charge(usage)
        self._breaker.after_call(None, _now())
        return ""

    async def close(self) -> None:
        """Cancel running requests, so that their texts are decided after the restart; then disconnect."""
        await self._assessments.close()
        await self._client.close()

    def _found(self, finding: ProviderFinding, request: ScoringRequest, usage: Usage | None) -> Assessment:
        unknown, reading = without_score(finding.scores), whole(len(request.content.text))
        return Assessment(finding.scores, "openai", self._config.models, usage, None, unknown, finding.marks, reading)

    async def _call_provider(
        self, request: ScoringRequest, policy: Policy, guideline: str
    ) -> tuple[ProviderFinding | CheckFailed, Usage | None]:
        usage, started = UsageCounter(), perf_counter()
        finding: ProviderFinding | CheckFailed
        try:
            finding = await self._call_with_breaker(request, policy, guideline, usage)
        except ProviderError as error:
            # If the provider was not asked, the health report says why; a line per post would only repeat it.
            level = logging.DEBUG if error.code in NOT_CALLED else logging.WARNING
            logger.log(level, "the provider gave no scores", extra={"code": error.code, "attempts": usage.attempts})
            finding = CheckFailed(error.code)
        await self._charge(usage)
        return finding, usage.total(perf_counter() - started) if usage.attempts else None

    async def _call_with_breaker(
        self, request: ScoringRequest, policy: Policy, guideline: str, usage: UsageCounter
    ) -> ProviderFinding:
        """Return the scores, and report the result to the circuit breaker. Raises ProviderError."""
        self._breaker.before_call(_now())
        raised: ProviderError | None = None
        try:
            await self._budget.count_text(request.person_id)
            return await self._read(request.content, policy, guideline, usage)
        except ProviderError as error:
            raised = error
            raise
        finally:
            self._breaker.after_call(raised, _now())

    async def _read(self, content: Content, policy: Policy, guideline: str, usage: UsageCounter) -> ProviderFinding:
        """Return the highest scores of all parts of a text. Raises ProviderError."""
        scores: dict[str, float] = {}
        marks: dict[str, Span] = {}
        places = parts(content.text, MOST_COST)
        for start, end in places:  # one after another, so that the texts of others get their turn
            part = content if len(places) == 1 else Content(body=content.text[start:end])
            for category, score in (await self._scores(part, policy, guideline, usage)).items():
                if score > scores.get(category, -1.0):
                    scores[category], marks[category] = score, Span(start=start, end=end)
        return ProviderFinding(scores, marks if len(places) > 1 else {})

    async def _scores(self, content: Content, policy: Policy, guideline: str, usage: UsageCounter) -> Scores:
        """Return the higher score of each category. Raises ProviderError if either endpoint gives no usable scores."""
        calls: list[Coroutine[Any, Any, ProviderScores]] = []
        if self._config.moderation_model:
            calls.append(self._client.moderate(content.text, usage))
        if self._config.model:
            values = {"guideline": guideline, "title": content.title, "body": content.body}
            calls.append(self._client.chat(render(policy, "moderation", values), policy.output_schema, usage))
        scores: dict[str, float] = {}
        for result in await asyncio.gather(*calls, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result
            for category, score in result.scores.items():
                scores[category] = max(score, scores.get(category, 0.0))
        return scores

    async def _charge(self, usage: UsageCounter) -> None:
        try:
            await self._budget.add_cost(usage.cost_usd)
        except ProviderError as error:
            logger.warning("a provider's cost was not counted", extra={"code": error.code, "usd": usage.cost_usd})


def _explained(error: ProviderError) -> str:
    """Return what is wrong, what to do, and the provider's own sentence."""
    said = f' (it says: "{error.sentence}")' if error.sentence else ""
    return f"{REMEDIES.get(error.code, error.code)}{said}"


def _now() -> float:
    return asyncio.get_running_loop().time()
