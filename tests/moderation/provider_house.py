"""An engine with a provider, on a real broker, and policies that name it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from nats.aio.client import Client

from services.moderation.domain import Decision, Facts, decide
from services.moderation.engines import Assessment, LocalEngine, Question, RoutedEngine
from services.moderation.engines.guidelines import Guidelines
from services.moderation.engines.openai import Office, OpenAIEngine
from services.moderation.engines.patience import Patience
from services.moderation.engines.reach import Reach
from services.moderation.engines.results import ProviderResults
from services.moderation.engines.spending import Budget, Spending
from services.moderation.engines.terms import Prices, Terms
from shared.content import Content
from shared.ids import new_id
from shared.log.append import Log
from shared.model.batching import MicroBatcher
from shared.model.inference_cache import InferenceCache, ResultCache
from shared.policy import CATEGORIES, DEFAULT_POLICY, Policy, load_policy, match
from shared.settings import ServiceSettings
from shared.telemetry.tracing import Telemetry
from shared.testing import AT, TestBroker
from tests.faults.stand_ins import CheapModel
from tests.moderation.provider_double import ProviderDouble

# For a provider that answers, however busy the machine is; and for one that never does, which costs a test a second.
PATIENT = Patience(attempt_s=60.0, total_s=120.0, attempts=2, first_wait_s=0.02)
HURRIED = replace(PATIENT, attempt_s=0.3, total_s=1.0)


def terms_for(double: ProviderDouble, **changes: Any) -> Terms:
    """Terms with the double: both endpoints, the prices of the default settings, and no limit to what all may spend:
    tests share a broker, which counts it."""
    terms = Terms(
        api_key=double.key,
        base_url=double.url,
        model="gpt-4o-mini",
        moderation_model="omni-moderation-latest",
        temperature=0.0,
        max_tokens=1000,
        prices=Prices(0.15, 0.60),
        patience=PATIENT,
        connect_s=30.0,
        in_flight=16,
        daily_usd=0.0,
        person_daily_texts=100,
    )
    return replace(terms, **changes)


@cache
def policy_with(on_failure: str = "hold", asked: tuple[str, ...] = CATEGORIES) -> Policy:
    """The default policy, in which a provider speaks for these categories; thresholds 0.5 and 0.9 everywhere."""
    content = json.loads(load_policy(DEFAULT_POLICY).canonical_json())
    for entry in content["categories"]:
        if entry["id"] in asked:
            entry |= {"engine": "openai", "on_failure": on_failure}
        entry |= {"hold": 0.5, "reject": None if entry["id"] == "self_harm" else 0.9}
    content["overall"] = None
    return Policy.model_validate_json(json.dumps(content))


@dataclass
class Bench:
    """All engines together, and what they run on."""

    judge: RoutedEngine
    engine: OpenAIEngine
    model: CheapModel
    telemetry: Telemetry
    client: Client
    person_id: str = field(default_factory=new_id)

    async def judged(self, text: str, policy: Policy, content_hash: str = "") -> tuple[Assessment, Decision]:
        """The assessment of a text and the decision on it."""
        content = Content(title="A title", body=text)
        name = content_hash or f"{abs(hash(text)):x}"
        assessment = await self.judge.assess(Question(content, name, "garden", self.person_id), policy)
        facts = Facts(match(policy, content.text), AT, engine_failed=assessment.failure is not None)
        return assessment, decide(policy, assessment.scores, facts)


@asynccontextmanager
async def bench(broker: TestBroker, terms: Terms) -> AsyncIterator[Bench]:
    """A bench whose engine speaks under these terms; its local model is a cheap one."""
    client, telemetry, model = await broker.connect("moderation"), Telemetry(ServiceSettings()), CheapModel()
    reach = Reach(terms, telemetry)
    budget = Budget(Spending(client, lambda: AT), terms.daily_usd, terms.person_daily_texts)
    results = ProviderResults(await ResultCache.open(client))
    office = Office(reach, budget, results, Guidelines(Log(client)), telemetry.metrics)
    async with MicroBatcher(model) as batcher:
        local = LocalEngine(batcher, await InferenceCache.open(client, model.digest), model.digest)
        engine = OpenAIEngine(terms, office)
        yield Bench(RoutedEngine(local, engine), engine, model, telemetry, client)
    await reach.close()
    await telemetry.close()
    await client.close()
