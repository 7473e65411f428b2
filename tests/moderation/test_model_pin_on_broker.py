"""A policy's thresholds are those of one model: the scores of another one decide nothing."""

import pytest

from services.moderation.engines.routing import OTHER_MODEL
from shared.policy.schema import ModelPin
from shared.testing import TestBroker, changed_policy
from tests.moderation.provider_double import ProviderDouble
from tests.moderation.provider_house import bench, policy_with, terms_for

pytestmark = pytest.mark.broker
ANOTHER = ModelPin(sha256="a" * 64, tokenizer_sha256="b" * 64)


async def test_a_text_under_a_policy_of_another_model_is_held_and_says_why(
    engines_broker: TestBroker, double: ProviderDouble
) -> None:
    policy = changed_policy(policy_with(asked=()), model=ANOTHER)
    async with bench(engines_broker, terms_for(double)) as house:
        assessment, decision = await house.judged("They are ripe.", policy)
        assert (decision.outcome, decision.failure_mode) == ("held", "held")
        assert assessment.failure == "local: other_model"
        assert house.model.passes == 0
        assert house.judge.parts(policy) == {"model": OTHER_MODEL}


async def test_a_policy_that_names_no_model_takes_the_one_that_is_there(
    engines_broker: TestBroker, double: ProviderDouble
) -> None:
    policy = changed_policy(policy_with(asked=()), model=None)
    async with bench(engines_broker, terms_for(double)) as house:
        assessment, decision = await house.judged("They are ripe.", policy)
        assert (decision.outcome, assessment.failure) == ("published", None)
        assert house.judge.parts(policy) == {"model": "ok"}
