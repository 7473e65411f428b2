"""Thresholds are measured for one model: scores of another model are not used."""

import pytest

from services.moderation.engines.routed_engine import OTHER_MODEL
from shared.policy.schema import ModelPin
from shared.testing import TestBroker, changed_policy
from tests.moderation.engine_setup import config_for, policy_with, running_engines
from tests.moderation.provider_double import ProviderDouble

pytestmark = pytest.mark.broker
ANOTHER = ModelPin(sha256="a" * 64, tokenizer_sha256="b" * 64)


async def test_a_text_under_a_policy_for_another_model_is_held_with_the_reason(
    engines_broker: TestBroker, double: ProviderDouble
) -> None:
    policy = changed_policy(policy_with(provider_categories=()), model=ANOTHER)
    async with running_engines(engines_broker, config_for(double)) as engines:
        assessment, decision = await engines.decide("They are ripe.", policy)
        assert (decision.outcome, decision.failure_mode) == ("held", "held")
        assert assessment.failure == "local: other_model"
        assert engines.model.passes == 0
        assert engines.routed.parts(policy) == {"model": OTHER_MODEL}


async def test_a_policy_without_a_model_pin_uses_the_installed_model(
    engines_broker: TestBroker, double: ProviderDouble
) -> None:
    policy = changed_policy(policy_with(provider_categories=()), model=None)
    async with running_engines(engines_broker, config_for(double)) as engines:
        assessment, decision = await engines.decide("They are ripe.", policy)
        assert (decision.outcome, assessment.failure) == ("published", None)
        assert engines.routed.parts(policy) == {"model": "ok"}
