"""Who speaks for which category, as the policy says, and who stands in where an engine gives no scores."""

import asyncio
from dataclasses import replace
from typing import Protocol

from services.moderation.domain import CheckFailed, Scores
from services.moderation.engines.assessment import Assessment, Engine, Question
from shared.policy import CategoryPolicy, Policy
from shared.policy.load import measured_for

# At the end of its budget an installation goes on with what costs nothing, whatever a category says of failures.
WITHOUT_MONEY: frozenset[str] = frozenset({"over_budget", "budget_unknown"})
# Nobody stands in for a judge whom the text itself has sent away: else a text could choose its judge.
HELD_ALWAYS: frozenset[str] = frozenset({"refused"})
OTHER_MODEL = "the policy's thresholds are those of another model: its scores are not used, and texts are held"
NOT_CONFIGURED = Assessment(CheckFailed("not_configured"), "openai", "", failure="openai: not_configured")


class ProviderEngine(Engine, Protocol):
    """An engine that someone is paid for."""

    @property
    def state(self) -> str:
        """`ok`, or what is wrong with it."""
        ...


class RoutedEngine:
    """Asks each engine once for all of its categories."""

    def __init__(self, local: Engine, provider: ProviderEngine | None = None) -> None:
        self._local = local
        self._provider = provider

    async def assess(self, question: Question, policy: Policy) -> Assessment:
        """The scores of those who speak. A category whose engine failed and has no stand-in is missing."""
        theirs = [entry for entry in policy.categories if entry.engine == "openai"]
        if not theirs:
            return await self._local.assess(question, policy)
        own = len(theirs) < len(policy.categories) or policy.overall is not None
        asked, local = await asyncio.gather(
            self._ask_provider(question, policy), self._ask_local(question, policy, wanted=own)
        )
        given = {} if isinstance(asked.scores, CheckFailed) else asked.scores
        why = asked.scores.reason if isinstance(asked.scores, CheckFailed) else ""
        spoken_for: set[str] = {entry.id for entry in theirs}
        missing = [entry for entry in theirs if entry.id not in given]
        left: set[str] = {entry.id for entry in missing if _local_stands_in(entry, why)}
        if left and local is None:
            local = await self._local.assess(question, policy)
        if missing and not asked.failure:  # an endpoint that does not know the category
            asked = replace(asked, failure=f"openai: no score for {', '.join(entry.id for entry in missing)}")
        return _joined(asked, spoken_for - left, local)

    def parts(self, policy: Policy) -> dict[str, str]:
        """How model and provider are, for the health report; a provider only where the policy asks for one."""
        parts = {"model": "ok" if measured_for(policy) else OTHER_MODEL}
        if any(entry.engine == "openai" for entry in policy.categories):
            parts["openai"] = self._provider.state if self._provider else "not configured, but the policy names it"
        return parts

    async def _ask_provider(self, question: Question, policy: Policy) -> Assessment:
        return await self._provider.assess(question, policy) if self._provider else NOT_CONFIGURED

    async def _ask_local(self, question: Question, policy: Policy, *, wanted: bool) -> Assessment | None:
        return await self._local.assess(question, policy) if wanted else None


def _local_stands_in(entry: CategoryPolicy, why: str) -> bool:
    return why not in HELD_ALWAYS and (entry.on_failure == "local" or why in WITHOUT_MONEY)


def _joined(provider: Assessment, spoken_for: set[str], local: Assessment | None) -> Assessment:
    """The provider's scores for the categories that it speaks for, the local ones for all others."""
    scores: dict[str, float] = {}
    engines, models, failures = [], [], [provider.failure]
    if local is not None:
        failures.append(local.failure)
        scores |= _without(local.scores, spoken_for)
        engines.append(local.engine)
        models.append(local.model)
    if not isinstance(provider.scores, CheckFailed):
        scores |= {name: score for name, score in provider.scores.items() if name in spoken_for}
    if not isinstance(provider.scores, CheckFailed) or local is None:
        engines.insert(0, provider.engine)
        models.insert(0, provider.model)
    why = "; ".join(filter(None, failures)) or None
    return Assessment(scores, "+".join(engines), "+".join(models), provider.usage, why)


def _without(scores: Scores | CheckFailed, names: set[str]) -> dict[str, float]:
    if isinstance(scores, CheckFailed):
        return {}
    return {name: score for name, score in scores.items() if name not in names}
