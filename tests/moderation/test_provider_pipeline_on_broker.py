"""From submission to decision with a provider that responds, fails, recovers, and gets no secrets."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from nats.js.api import ConsumerConfig, DeliverPolicy
from pydantic import SecretStr

from deploy.policy.policy_admin import CannotActivate
from deploy.policy.provider_trial import require_provider
from services.moderation import handlers
from services.moderation.app import create_app
from services.moderation.settings import Settings
from shared.log.append import Log
from shared.log.events import CommunityCreated, Event, PostDecided, record
from shared.log.streams import DECIDE_POST
from shared.messaging.broker import send_request
from shared.messaging.requests import CheckDraft
from shared.policy import Policy
from shared.policy.load import needs_provider
from shared.problems import Unavailable
from shared.testing import AT, MASTER_KEY, TestBroker
from tests.faults.fakes import FakeModel
from tests.faults.in_process import AUTHOR, Scenario, open_scenario, running
from tests.faults.waiting import TIMEOUT_S, wait_until
from tests.moderation.engine_setup import policy_with
from tests.moderation.provider_double import CHAT, CHAT_WORD, MODERATIONS, Exchange, ProviderDouble, behave, refuses
from tests.moderation.provider_faults import hangs

pytestmark = pytest.mark.broker
GUIDELINE = "Say which variety it is."
# Handlers get 15 s to finish, and one that waits for a hanging provider would use all of it.
STOP_TIMEOUT_S = 1.0
CANARY = "zzcanarywords"
POSTS, CANARIES = 60, 3


@pytest.fixture
async def scenario(broker: TestBroker) -> AsyncIterator[Scenario]:
    """The gateway's side of the log, with a community."""
    async with open_scenario(broker) as opened:
        fact = CommunityCreated(title="Garden", guideline=GUIDELINE)
        await Log(opened.operator).append(record(fact, "garden", actor="service:test", at=AT), after=0)
        yield opened


@asynccontextmanager
async def moderating(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble, policy: Policy, **changes: Any
) -> AsyncIterator[None]:
    """Run moderation with a provider until the end of the block."""
    settings = Settings(
        broker_url=broker.url,
        broker_password=SecretStr(broker.passwords["moderation"]),
        master_key=SecretStr(MASTER_KEY),
        openai_api_key=SecretStr(double.key),
        openai_base_url=double.url,
        openai_moderation_model="omni-moderation-latest",
        **({"openai_attempt_s": 60.0, "openai_total_s": 120.0, "openai_attempts": 2} | changes),
    )
    app = create_app(settings, model=FakeModel(), policy=policy)
    assert app.broker is not None
    app.broker.config.broker_config.graceful_timeout = STOP_TIMEOUT_S
    async with running(app):

        async def ready() -> bool:
            return (await scenario.health("moderation")).ready

        await wait_until(ready, "moderation is ready")
        yield


async def decided(scenario: Scenario, post: Event) -> PostDecided:
    """Wait for the decision on a post and return it."""
    log = Log(scenario.operator)

    async def is_there() -> bool:
        return await log.last_by_subject(PostDecided.subject(post.entity_id)) is not None

    await wait_until(is_there, "a decision")
    decision = await log.last_by_subject(PostDecided.subject(post.entity_id))
    assert decision is not None
    assert isinstance(decision.data, PostDecided)
    return decision.data


async def test_a_post_is_decided_by_the_providers_scores(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble
) -> None:
    async with moderating(broker, scenario, double, policy_with("hold")):
        harmless = await decided(scenario, await scenario.submit("They are ripe."))
        hateful = await decided(scenario, await scenario.submit(CHAT_WORD))
        assert (harmless.outcome, harmless.engine, harmless.failure_mode) == ("published", "openai", None)
        assert harmless.usage is not None
        assert (harmless.usage.input_tokens, harmless.usage.output_tokens) == (400, 60)
        assert harmless.usage.cost_usd > 0
        assert (hateful.outcome, hateful.engine) == ("rejected", "openai")
        (prompt,) = [
            request for request in double.requests if request.path == CHAT and "They are ripe." in request.raw.decode()
        ]
        assert GUIDELINE in prompt.raw.decode()


@pytest.mark.parametrize(("on_failure", "outcome", "mode"), [("hold", "held", "held"), ("local", "published", "local")])
async def test_the_failure_mode_decides_while_the_provider_is_unavailable(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble, on_failure: str, outcome: str, mode: str
) -> None:
    double.always |= {CHAT: refuses(500, "server_error"), MODERATIONS: refuses(500, "server_error")}
    async with moderating(broker, scenario, double, policy_with(on_failure)):
        away = await decided(scenario, await scenario.submit("They are ripe."))
        assert (away.outcome, away.failure_mode, away.failure_reason) == (outcome, mode, "openai: provider_error")
        double.always.clear()
        back = await decided(scenario, await scenario.submit("They are round."))
        assert (back.outcome, back.failure_mode, back.engine) == ("published", None, "openai")


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (401, "invalid_api_key", "the provider refuses the key: correct OPENAI_API_KEY"),
        (404, "model_not_found", "the provider knows no such model or address: correct OTTIT_OPENAI_MODEL"),
    ],
)
async def test_a_wrong_key_or_model_makes_readiness_red_with_what_to_do(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble, status: int, code: str, sentence: str
) -> None:
    double.always |= {CHAT: refuses(status, code), MODERATIONS: refuses(status, code)}
    async with moderating(broker, scenario, double, policy_with("local")):
        assert (await decided(scenario, await scenario.submit("They are ripe."))).failure_mode == "local"
        health = await scenario.health("moderation")
        assert not health.ready
        assert health.parts["openai"].startswith(sentence)


async def test_the_operator_can_try_the_provider_before_a_policy_needs_it(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble
) -> None:
    with pytest.raises(CannotActivate, match="moderation does not answer"):
        await require_provider(scenario.operator)
    async with moderating(broker, scenario, double, policy_with("local", ())):
        await require_provider(scenario.operator)
        assert b"Is it too early?" in double.requests[-1].raw
        double.always |= {CHAT: refuses(404, "model_not_found", "The model `gpt-4o-mini` is not here.")}
        with pytest.raises(CannotActivate, match=r"correct OTTIT_OPENAI_MODEL.*The model `gpt-4o-mini` is not here"):
            await require_provider(scenario.operator)
        assert (await scenario.health("moderation")).ready


def test_only_a_policy_with_a_provider_needs_one() -> None:
    assert needs_provider(policy_with("local"))
    assert not needs_provider(policy_with("local", ()))


async def test_a_queue_drains_while_the_provider_hangs_and_health_reports_it(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble
) -> None:
    double.always |= {CHAT: hangs, MODERATIONS: hangs}
    hurried = {"openai_attempt_s": 0.5, "openai_total_s": 1.5}
    async with moderating(broker, scenario, double, policy_with("local"), openai_in_flight=4, **hurried):
        posts = [await scenario.submit(f"Tomato number {number}") for number in range(POSTS)]
        await scenario.wait_until_idle(DECIDE_POST)
        decisions = await scenario.decisions()
        assert len(decisions) == len(posts)
        assert {event.data.failure_mode for event in decisions if isinstance(event.data, PostDecided)} == {"local"}
        health = await scenario.health("moderation")
        assert health.ready
        assert health.parts["openai"].startswith("circuit open: timeout")
        assert double.max_concurrent <= 2 * 4  # two requests for each text
        assert double.count(CHAT) < POSTS  # the breaker spared the rest
        assert await scenario.dead_letters() == 0


async def test_a_shutdown_while_the_provider_hangs_decides_nothing(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble
) -> None:
    double.always[CHAT] = hangs
    long = {"openai_attempt_s": 300.0, "openai_total_s": 300.0}
    async with moderating(broker, scenario, double, policy_with("hold"), **long):
        await scenario.submit("They are ripe.")

        async def is_called() -> bool:
            return double.count(CHAT) > 0

        await wait_until(is_called, "the provider is called")
    assert await scenario.decisions() == []
    assert await scenario.lag(DECIDE_POST) == 1


DRY_RUN = CheckDraft(community="garden", title="A title", body="They are ripe.", person_id=AUTHOR)


async def test_dry_run_and_submission_of_one_text_are_paid_for_once(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble
) -> None:
    async with moderating(broker, scenario, double, policy_with("hold")):
        post = await scenario.submit("They are ripe.")
        await decided(scenario, post)
        answer = await send_request(await broker.connect("gateway"), DRY_RUN, TIMEOUT_S)
        assert (answer.outcome, answer.engine) == ("published", "openai")
        assert double.count(CHAT) == 1


async def test_a_dry_run_times_out_before_its_caller_and_its_result_is_still_used(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "DRAFT_TIMEOUT_S", 0.05)
    called, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        called.set()
        await goes_on.wait()
        await behave(exchange)

    double.next[CHAT] = [slow]
    async with moderating(broker, scenario, double, policy_with("hold")):
        with pytest.raises(Unavailable, match="taking too long"):
            await send_request(await broker.connect("gateway"), DRY_RUN, TIMEOUT_S)
        await called.wait()
        goes_on.set()
        decision = await decided(scenario, await scenario.submit("They are ripe."))
        assert (decision.outcome, decision.engine) == ("published", "openai")
        assert double.count(CHAT) == 1


async def test_no_log_span_fact_or_dead_letter_contains_key_or_text(
    broker: TestBroker, scenario: Scenario, double: ProviderDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    double.key = "sk-zzcanarykey0123456789"
    double.next[CHAT] = [refuses(401, "invalid_api_key"), refuses(400, "invalid_request_error")]
    async with moderating(broker, scenario, double, policy_with("hold")):
        for number in range(CANARIES):
            await decided(scenario, await scenario.submit(f"{CANARY} {number}"))
        await wait_until(lambda: spans_arrived(scenario), "the spans of the last decision")
    assert any(CANARY in request.raw.decode() for request in double.requests)
    logs = "\n".join(f"{line.getMessage()} {vars(line)}" for line in caplog.records)
    stored = await everything(scenario)
    for secret in (double.key, CANARY):
        assert secret not in logs
        assert [subject for subject, data in stored if secret.encode() in data] == []


async def spans_arrived(scenario: Scenario) -> bool:
    """Return whether the spans of every post's decision have arrived."""
    spans = [data for subject, data in await everything(scenario) if subject.startswith("telemetry.spans.")]
    return sum(b'"moderation decide_post"' in data for data in spans) >= CANARIES


async def everything(scenario: Scenario) -> list[tuple[str, bytes]]:
    """Return the subject and the bytes, with headers, of every message in every stream."""
    messages = []
    stream = scenario.operator.jetstream()
    for info in await stream.streams_info():
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL)
        reading = await stream.subscribe(">", stream=info.config.name, ordered_consumer=True, config=config)
        for _ in range(info.state.messages):
            message = await reading.next_msg(timeout=TIMEOUT_S)
            messages.append((message.subject, repr(message.headers).encode() + message.data))
        await reading.unsubscribe()
    return messages
