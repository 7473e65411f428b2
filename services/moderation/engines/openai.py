"""The engine `openai`: any provider that speaks OpenAI's protocol. It scores; what becomes of a text is decided
elsewhere, from these numbers alone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from services.moderation.domain import CheckFailed, Scores
from services.moderation.engines.answers import Answer
from services.moderation.engines.assessment import Assessment, Question
from services.moderation.engines.breaker import Breaker
from services.moderation.engines.calls import Bill, Calls
from services.moderation.engines.flights import Flights
from services.moderation.engines.guidelines import Guidelines
from services.moderation.engines.results import ProviderResults, terms_digest
from services.moderation.engines.spending import Budget
from services.moderation.engines.terms import Terms
from services.moderation.engines.trouble import OURS, Trouble
from shared.log.events import Usage
from shared.policy import Policy, render
from shared.telemetry.metrics import PROVIDER_BUDGET_USED, Metrics

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Office:
    """What the engine works with. `reach` connects to the provider; it is called with the first text."""

    reach: Callable[[], Awaitable[Calls]]
    budget: Budget
    results: ProviderResults
    guidelines: Guidelines
    metrics: Metrics


class OpenAIEngine:
    """Asks the moderation endpoint and the chat model, as far as the terms name them, at the same time."""

    def __init__(self, terms: Terms, office: Office) -> None:
        self._terms = terms
        self._office = office
        self._breaker = Breaker()
        self._doors = asyncio.Semaphore(terms.in_flight)
        self._flights: Flights[Assessment] = Flights()

    @property
    def state(self) -> str:
        """`ok`, or what is wrong with the provider, for the health report."""
        return self._breaker.state(_now())

    async def assess(self, question: Question, policy: Policy) -> Assessment:
        """The provider's scores, paid for once: a dry run on its way, and a result that is known, serve again."""
        guideline = await self._office.guidelines.of(question.community)
        digest = terms_digest(self._terms, policy, guideline)

        async def look_up_or_ask() -> Assessment:
            known = await self._office.results.get(digest, question.content_hash)
            if known is not None:
                return Assessment(known, "openai", self._terms.models)
            async with self._doors:
                found = await self._ask(question, policy, guideline)
            if not isinstance(found.scores, CheckFailed):
                await self._office.results.put(digest, question.content_hash, found.scores)
            return found

        return await self._flights.join(f"{digest}.{question.content_hash}", look_up_or_ask)

    async def close(self) -> None:
        """Stop asking. What was on its way is decided after the restart, not by our own going away."""
        await self._flights.close()

    async def _ask(self, question: Question, policy: Policy, guideline: str) -> Assessment:
        bill, started = Bill(), perf_counter()
        scores: Scores | CheckFailed
        try:
            scores = await self._through_breaker(question, policy, guideline, bill)
        except Trouble as trouble:
            # Where nobody was asked the health report says why: a line for each of a thousand posts would say no more.
            level = logging.DEBUG if trouble.why in OURS else logging.WARNING
            logger.log(level, "the provider gave no scores", extra={"why": trouble.why, "attempts": bill.attempts})
            scores = CheckFailed(trouble.why)
        await self._pay(bill)
        return Assessment(
            scores,
            "openai",
            self._terms.models,
            usage=_usage(bill, perf_counter() - started) if bill.attempts else None,
            failure=f"openai: {scores.reason}" if isinstance(scores, CheckFailed) else None,
        )

    async def _through_breaker(self, question: Question, policy: Policy, guideline: str, bill: Bill) -> Scores:
        """The scores. Raises Trouble, of which the breaker is told."""
        self._breaker.enter(_now())
        left_with: Trouble | None = None
        try:
            await self._office.budget.enter(question.person_id)
            return await self._scores(question, policy, guideline, bill)
        except Trouble as trouble:
            left_with = trouble
            raise
        finally:
            self._breaker.leave(left_with, _now())

    async def _scores(self, question: Question, policy: Policy, guideline: str, bill: Bill) -> Scores:
        """The higher score of each category. Raises Trouble where any of the questions has no usable answer."""
        calls = await self._office.reach()
        content = question.content
        asked: list[Coroutine[Any, Any, Answer]] = []
        if self._terms.moderation_model:
            asked.append(calls.moderate(content.text, bill))
        if self._terms.model:
            values = {"guideline": guideline, "title": content.title, "body": content.body}
            asked.append(calls.chat(render(policy, "moderation", values), policy.output_schema, bill))
        scores: dict[str, float] = {}
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(answer, BaseException):
                raise answer
            for category, score in answer.scores.items():
                scores[category] = max(score, scores.get(category, 0.0))
        return scores

    async def _pay(self, bill: Bill) -> None:
        try:
            await self._office.budget.pay(bill.usd)
            self._office.metrics.set(PROVIDER_BUDGET_USED, self._office.budget.used)
        except Trouble as trouble:
            logger.warning("what a provider has cost was not counted", extra={"why": trouble.why, "usd": bill.usd})


def _usage(bill: Bill, seconds: float) -> Usage:
    return Usage(
        input_tokens=bill.input_tokens,
        output_tokens=bill.output_tokens,
        cost_usd=round(bill.usd, 8),
        provider_ms=round(1000 * seconds, 2),
        attempts=bill.attempts,
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
