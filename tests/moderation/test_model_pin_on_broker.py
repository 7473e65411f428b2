"""A policy's thresholds are those of one model: the scores of another one decide nothing."""

import pytest

from services.moderation.engines.routing import OTHER_MODEL
from shared.policy.schema import ModelPin
from shared.testing import TestBroker, changed_policy
from tests.moderation.engine_setup import config_for, policy_with, running_engines
from tests.moderation.provider_double import ProviderDouble

pytestmark = pytest.mark.broker
ANOTHER = ModelPin(sha256="a" * 64, tokenizer_sha256="b" * 64)


async def test_a_text_under_a_policy_of_another_model_is_held_and_says_why(
    engines_broker: TestBroker, double: ProviderDouble
) -> None:
    policy = changed_policy(policy_with(asked=()), model=ANOTHER)
    async with running_engines(engines_broker, config_for(double)) as engines:
        assessment, decision = await engines.decide("They are ripe.", policy)
        assert (decision.outcome, decision.failure_mode) == ("held", "held")
        assert assessment.failure == "local: other_model"
        assert engines.model.passes == 0
        assert engines.routed.parts(policy) == {"model": OTHER_MODEL}


async def test_a_policy_that_names_no_model_takes_the_one_that_is_there(
    engines_broker: TestBroker, double: ProviderDouble
) -> None:
    policy = changed_policy(policy_with(asked=()), model=None)
    async with running_engines(engines_broker, config_for(double)) as engines:
        assessment, decision = await engines.decide("They are ripe.", policy)
        assert (decision.outcome, assessment.failure) == ("published", None)
        assert engines.routed.parts(policy) == {"model": "ok"}
