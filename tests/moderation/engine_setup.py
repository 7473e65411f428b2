"""Engines with a provider on a real broker, and policies that use it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from nats.aio.client import Client

from services.moderation.domain import Decision, Facts, decide
from services.moderation.engines.daily_budget import Budget, SpendingCounters
from services.moderation.engines.engine import Assessment, ScoringRequest
from services.moderation.engines.local_engine import LocalEngine
from services.moderation.engines.openai_engine import OpenAIEngine
from services.moderation.engines.provider_client import ProviderClient
from services.moderation.engines.provider_config import Prices, ProviderConfig, RetryPolicy
from services.moderation.engines.routed_engine import RoutedEngine
from services.moderation.engines.score_cache import ScoreCache
from services.moderation.guideline_reader import GuidelineReader
from shared.content import Content
from shared.ids import new_id
from shared.log.append import Log
from shared.model.inference_cache import InferenceBucket, InferenceCache
from shared.model.micro_batcher import MicroBatcher
from shared.policy import CATEGORIES, DEFAULT_POLICY, Policy, load_policy, match
from shared.settings import ServiceSettings
from shared.telemetry.tracing import Telemetry
from shared.testing import AT, TestBroker
from tests.faults.fakes import FakeModel
from tests.moderation.provider_double import ProviderDouble

# The first waits for a provider on a busy machine; the second is for one that never responds, at a second per test.
PATIENT_RETRIES = RetryPolicy(attempt_s=60.0, total_s=120.0, attempts=2, first_wait_s=0.02)
IMPATIENT_RETRIES = replace(PATIENT_RETRIES, attempt_s=0.3, total_s=1.0)


def config_for(double: ProviderDouble, **changes: Any) -> ProviderConfig:
    """Return a configuration for the double, with both endpoints and the default prices.

    The costs of a day are not limited, because tests share the broker that counts them.
    """
    config = ProviderConfig(
        api_key=double.key,
        base_url=double.url,
        model="gpt-4o-mini",
        moderation_model="omni-moderation-latest",
        temperature=0.0,
        max_tokens=1000,
        prices=Prices(0.15, 0.60),
        retry=PATIENT_RETRIES,
        connect_s=30.0,
        in_flight=16,
        daily_usd=0.0,
        person_daily_texts=100,
    )
    return replace(config, **changes)


NEVER_REJECTED = ("self_harm", "sexual_minors")


@cache
def policy_with(on_failure: str = "hold", provider_categories: tuple[str, ...] = CATEGORIES) -> Policy:
    """Return the default policy with a provider for these categories, and thresholds 0.5 and 0.9 everywhere."""
    content = json.loads(load_policy(DEFAULT_POLICY).canonical_json())
    for entry in content["categories"]:
        if entry["id"] in provider_categories:
            entry |= {"engine": "openai", "on_failure": on_failure}
        entry |= {"hold": 0.5, "reject": None if entry["id"] in NEVER_REJECTED else 0.9, "reject_any_harm": None}
        entry |= {"support": None, "support_message": None}
    content["overall"] = None
    return Policy.model_validate_json(json.dumps(content))


@dataclass
class Engines:
    """All engines, with their model, telemetry and broker connection."""

    routed: RoutedEngine
    openai: OpenAIEngine
    model: FakeModel
    telemetry: Telemetry
    client: Client
    person_id: str = field(default_factory=new_id)

    async def decide(self, text: str, policy: Policy, content_hash: str = "") -> tuple[Assessment, Decision]:
        """Return the assessment of a text and the decision on it."""
        content = Content(title="A title", body=text)
        name = content_hash or f"{abs(hash(text)):x}"
        assessment = await self.routed.assess(ScoringRequest(content, name, "garden", self.person_id), policy)
        failed, unknown = assessment.failure is not None, assessment.unknown_categories
        facts = Facts(match(policy, content.text), AT, engine_failed=failed, unknown_categories=unknown)
        return assessment, decide(policy, assessment.scores, facts)


@asynccontextmanager
async def running_engines(broker: TestBroker, config: ProviderConfig) -> AsyncIterator[Engines]:
    """Run the engines with this provider and a cheap local model."""
    client, telemetry, model = await broker.connect("moderation"), Telemetry(ServiceSettings()), FakeModel()
    counters = SpendingCounters(client, lambda: AT)
    budget = Budget(counters, config.daily_usd, config.person_daily_texts, telemetry.metrics)
    cache, guidelines = ScoreCache(await InferenceBucket.open(client)), GuidelineReader(Log(client))
    openai = OpenAIEngine(config, ProviderClient(config, telemetry), budget, cache, guidelines)
    async with MicroBatcher(model) as batcher:
        local = LocalEngine(batcher, await InferenceCache.open(client, model.digest), model.digest)
        yield Engines(RoutedEngine(local, openai), openai, model, telemetry, client)
    await openai.close()
    await telemetry.close()
    await client.close()
