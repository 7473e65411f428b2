"""Sends each category to the engine that the policy names, or to the local model as its replacement."""

import asyncio
from dataclasses import replace
from typing import Protocol

from services.moderation.domain import CheckFailed, Scores
from services.moderation.engines.engine import Assessment, Engine, ScoringRequest
from services.moderation.engines.judged_languages import (
    NO_ENGINE,
    assess_in_languages,
    find_unjudged,
    in_judged_context,
)
from shared.log.events import Reading
from shared.model.categories import SCORES
from shared.policy import CategoryPolicy, Policy
from shared.policy.judged_languages import Unjudged
from shared.policy.load import needs_provider, thresholds_match_model

# Without budget, the local model scores for free, even if the category's `on_failure` is `hold`.
BUDGET_CODES: frozenset[str] = frozenset({"over_budget", "budget_unknown"})
# A text that provokes a refusal is held, because otherwise a text could choose the engine that scores it.
ALWAYS_HELD: frozenset[str] = frozenset({"refused"})
OTHER_MODEL = "the policy's thresholds were measured for another model: local scores are not used, texts are held"
NO_PROVIDER = "not configured, but the policy names it: set OPENAI_API_KEY or OPENAI_BASE_URL, or change the policy"
ONLY_RULES = "the local model has no score for it, so only rules judge it, unless the policy names a provider"
MEANWHILE = "Until then, the policy holds texts or the local model scores them."
NOT_CONFIGURED = Assessment(CheckFailed("not_configured"), "openai", "", failure="openai: not_configured")


class ProviderEngine(Engine, Protocol):
    """An engine at a provider."""

    @property
    def state(self) -> str:
        """`ok`, or what is wrong with the provider."""
        ...

    @property
    def misconfiguration(self) -> str:
        """The setting that is wrong and what to do; empty if the provider works or is only away."""
        ...

    async def try_once(self, policy: Policy) -> str:
        """Ask about a sample text. Returns why there are no scores, or nothing."""
        ...


class RoutedEngine:
    """Calls each engine once, for all of its categories."""

    def __init__(self, local: Engine, provider: ProviderEngine | None = None) -> None:
        self._local = local
        self._provider = provider

    async def assess(self, request: ScoringRequest, policy: Policy) -> Assessment:
        """Return all scores. A category is missing if its engine failed and the local model may not replace it."""
        languages = policy.judged_languages
        request = in_judged_context(request, languages.local)
        other = await find_unjudged(request, languages.local)
        is_moved = languages.otherwise == "openai" and other is not None and other.substantial
        remote = [entry for entry in policy.categories if is_moved or entry.engine == "openai"]
        if not remote:
            return await assess_in_languages(self._local, request, policy, other)
        needs_local = len(remote) < len(policy.categories) or policy.overall is not None
        provider, local = await asyncio.gather(
            self._assess_remotely(request, policy), self._assess_locally(request, policy, other, needed=needs_local)
        )
        provided = {} if isinstance(provider.scores, CheckFailed) else provider.scores
        code = provider.scores.reason if isinstance(provider.scores, CheckFailed) else ""
        provider_categories: set[str] = {entry.id for entry in remote}
        missing = [entry for entry in remote if entry.id not in {*provided, *provider.unknown_categories}]
        # The local model replaces the provider only in languages that it judges.
        can_replace = other is None or not other.substantial
        fallback: set[str] = {entry.id for entry in missing if can_replace and _falls_back(entry, code)}
        if fallback and local is None:
            local = await assess_in_languages(self._local, request, policy, other)
        if missing and not provider.failure:  # the endpoint does not have the category
            provider = replace(provider, failure=f"openai: no score for {', '.join(entry.id for entry in missing)}")
        merged = _merge(provider, provider_categories - fallback, local)
        is_local_needed = len(provider_categories - fallback) < len(policy.categories)
        return replace(merged, unjudged=other if is_local_needed else provider.unjudged)

    def parts(self, policy: Policy) -> dict[str, str]:
        """Return the state of model and provider for the health report; the provider only if the policy uses it."""
        parts = {"model": "ok" if thresholds_match_model(policy) else OTHER_MODEL}
        unknown = [entry.id for entry in policy.categories if entry.engine == "local" and entry.id not in SCORES]
        if unknown:
            parts["categories"] = f"{', '.join(unknown)}: {ONLY_RULES}"
        if needs_provider(policy):
            parts["openai"] = self.misconfiguration(policy) or (self._provider.state if self._provider else "")
        return parts

    def misconfiguration(self, policy: Policy) -> str:
        """Return what is wrong with the provider's settings if the policy uses it, and what to do; else nothing."""
        if not needs_provider(policy):
            return ""
        if self._provider is None:
            return f"{NO_PROVIDER}. {MEANWHILE}"
        wrong = self._provider.misconfiguration
        return f"{wrong}. {MEANWHILE}" if wrong else ""

    async def try_provider(self, policy: Policy) -> str:
        """Ask the provider about a sample text. Returns why it gave no scores, or nothing."""
        return await self._provider.try_once(policy) if self._provider else NO_PROVIDER

    async def _assess_remotely(self, request: ScoringRequest, policy: Policy) -> Assessment:
        if self._provider is None:
            return NOT_CONFIGURED
        other = await find_unjudged(request, policy.judged_languages.openai)
        return await assess_in_languages(self._provider, request, policy, other)

    async def _assess_locally(
        self, request: ScoringRequest, policy: Policy, other: Unjudged | None, *, needed: bool
    ) -> Assessment | None:
        return await assess_in_languages(self._local, request, policy, other) if needed else None


def _falls_back(entry: CategoryPolicy, code: str) -> bool:
    """Return whether the local model scores a category after the provider failed with this code."""
    return code not in ALWAYS_HELD and (entry.on_failure == "local" or code in BUDGET_CODES)


def _merge(provider: Assessment, provider_categories: set[str], local: Assessment | None) -> Assessment:
    """Combine the provider's scores for its categories with the local scores for all others."""
    scores: dict[str, float] = {}
    engines, models, failures = [], [], [provider.failure]
    if local is not None:
        failures.append(local.failure)
        scores |= _without(local.scores, provider_categories)
        if local.engine != NO_ENGINE:
            engines.append(local.engine)
            models.append(local.model)
    provided: set[str] = set()
    if not isinstance(provider.scores, CheckFailed):
        provided = provider_categories & provider.scores.keys()
        scores |= {name: score for name, score in provider.scores.items() if name in provided}
    if not isinstance(provider.scores, CheckFailed) or local is None:
        engines.insert(0, provider.engine)
        models.insert(0, provider.model)
    failure = "; ".join(filter(None, failures)) or None
    unknown = provider.unknown_categories & provider_categories
    if local is not None:
        unknown |= local.unknown_categories - provider_categories
    marks = {name: span for name, span in (local.marks if local else {}).items() if name not in provided}
    marks |= {name: span for name, span in provider.marks.items() if name in provided}
    return Assessment(
        scores, "+".join(engines), "+".join(models), provider.usage, failure, unknown, marks, _reading(provider, local)
    )


def _reading(provider: Assessment, local: Assessment | None) -> Reading | None:
    """Return what every engine has read whose scores count: the local model reads less than a provider."""
    return local.reading if local and local.reading else provider.reading


def _without(scores: Scores | CheckFailed, names: set[str]) -> dict[str, float]:
    if isinstance(scores, CheckFailed):
        return {}
    return {name: score for name, score in scores.items() if name not in names}
