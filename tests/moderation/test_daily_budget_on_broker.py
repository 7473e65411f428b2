"""Budgets for a provider, counted at the broker; beyond a limit the local model scores."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.moderation.engines.daily_budget import Budget, SpendingCounters
from services.moderation.engines.provider_errors import ProviderError
from shared.ids import new_id
from shared.telemetry.metrics import Metrics
from shared.testing import AT, TestBroker
from tests.moderation.engine_setup import IMPATIENT_RETRIES, config_for, policy_with, running_engines
from tests.moderation.provider_double import CHAT, ProviderDouble
from tests.moderation.provider_faults import hangs

pytestmark = pytest.mark.broker


async def test_over_a_users_budget_the_local_model_scores_and_the_decision_says_so(
    engines_broker: TestBroker, double: ProviderDouble
) -> None:
    async with running_engines(engines_broker, config_for(double, person_daily_texts=1)) as engines:
        _, first = await engines.decide("One.", policy_with("hold"))
        assessment, second = await engines.decide("Two.", policy_with("hold"))
        _, spam = await engines.decide("zzreject", policy_with("hold"))
        assert (first.outcome, first.failure_mode) == ("published", None)
        assert (second.outcome, second.failure_mode, assessment.engine) == ("published", "local", "local")
        assert assessment.failure == "openai: over_budget"
        assert spam.outcome == "rejected"
        assert double.count(CHAT) == 1
        assert engines.openai.state == "ok"


async def test_one_users_limit_does_not_affect_others(engines_broker: TestBroker, double: ProviderDouble) -> None:
    async with running_engines(engines_broker, config_for(double, person_daily_texts=1)) as engines:
        await engines.decide("One.", policy_with())
        engines.person_id = new_id()
        _, other = await engines.decide("Two.", policy_with())
        assert other.failure_mode is None


async def test_over_the_daily_budget_no_provider_is_paid_even_after_a_restart(
    broker: TestBroker, double: ProviderDouble
) -> None:
    config = config_for(double, daily_usd=0.000_05)
    async with running_engines(broker, config) as engines:
        _, first = await engines.decide("One.", policy_with("hold"))
        assert first.failure_mode is None
    async with running_engines(broker, config) as restarted:
        assessment, second = await restarted.decide("Two.", policy_with("hold"))
        assert (second.outcome, second.failure_mode) == ("published", "local")
        assert assessment.failure == "openai: over_budget"
    assert double.count(CHAT) == 1


async def test_an_attempt_without_a_response_is_charged_at_its_highest_cost(
    engines_broker: TestBroker, double: ProviderDouble
) -> None:
    double.always[CHAT] = hangs
    async with running_engines(
        engines_broker, config_for(double, retry=replace(IMPATIENT_RETRIES, attempts=1))
    ) as engines:
        assessment, _ = await engines.decide("One.", policy_with())
        assert assessment.usage is not None
        assert assessment.usage.cost_usd > 1000 * 0.60e-6


async def test_replicas_share_one_count(engines_broker: TestBroker) -> None:
    person, client = new_id(), await engines_broker.connect("moderation")
    budgets = [Budget(SpendingCounters(client, lambda: AT), 0.0, 10, Metrics("moderation")) for _ in range(2)]
    entered = await asyncio.gather(*(budgets[n % 2].count_text(person) for n in range(20)), return_exceptions=True)
    assert sum(outcome is None for outcome in entered) == 10
    await client.close()


async def test_a_new_day_starts_with_nothing_spent(engines_broker: TestBroker) -> None:
    now = datetime(2031, 5, 1, 23, 59, tzinfo=UTC)
    client = await engines_broker.connect("moderation")
    budget = Budget(SpendingCounters(client, lambda: now), 1.0, 10, Metrics("moderation"))
    person = new_id()
    await budget.count_text(person)
    await budget.add_cost(2.0)
    with pytest.raises(ProviderError, match="over_budget"):
        await budget.count_text(person)
    now += timedelta(minutes=2)
    await budget.count_text(person)
    await client.close()


async def test_nothing_is_spent_while_the_counters_cannot_be_read(broker: TestBroker, double: ProviderDouble) -> None:
    async with running_engines(broker, config_for(double)) as engines:
        operator = await broker.connect()
        await operator.jetstream().delete_stream("SPENDING")
        assessment, decision = await engines.decide("One.", policy_with("hold"))
        assert (decision.outcome, decision.failure_mode) == ("published", "local")
        assert assessment.failure == "openai: budget_unknown"
        assert double.requests == []
        await operator.close()
