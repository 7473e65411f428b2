"""The engine `openai` with llama.cpp's server: requests, answers, and faults that last until a setting changes."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from services.moderation.domain import CheckFailed, Decision
from services.moderation.engines import openai_transport
from services.moderation.engines.engine import Assessment
from services.moderation.engines.provider_config import Prices, ProviderConfig
from services.moderation.engines.provider_responses import read_completion
from services.moderation.engines.request_form import FIRST, RequestForm, messages, parameters
from shared.ids import new_id
from shared.policy import CATEGORIES, render
from shared.testing import TestBroker, free_port, running_broker
from tests.moderation.engine_setup import PATIENT_RETRIES, Engines, policy_with, running_engines
from tests.providers.llama_server import LlamaServer, running_server

pytestmark = pytest.mark.provider

HARMLESS, MARKED = "They are ripe, and I have picked them all.", "They are ripe ~ and I have picked them all."
LOWEST, HIGHEST = dict.fromkeys(CATEGORIES, 0.1), dict.fromkeys(CATEGORIES, 0.9)
POLICY = policy_with()


@pytest.fixture(scope="session")
def engines_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestBroker]:
    """A broker for the scores and costs of all tests."""
    with running_broker(tmp_path_factory.mktemp("engines")) as running:
        yield running


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[RequestForm]:
    """The forms of the requests that are sent, in order."""
    forms: list[RequestForm] = []

    def recorded(schema: dict[str, Any], form: RequestForm, *limits: Any) -> dict[str, Any]:
        forms.append(form)
        return parameters(schema, form, *limits)

    monkeypatch.setattr(openai_transport, "parameters", recorded)
    return forms


def config_of(server: LlamaServer, **changes: Any) -> ProviderConfig:
    """Return the configuration that an operator would write for this server."""
    settings: dict[str, Any] = {
        "api_key": server.key,
        "base_url": server.url,
        "model": Path(server.model).name,
        "moderation_model": "",
        "temperature": 0.0,
        "max_tokens": 1000,
        "prices": Prices(0.15, 0.60),
        "retry": PATIENT_RETRIES,
        "connect_s": 30.0,
        "in_flight": 2,
        "daily_usd": 0.0,
        "person_daily_texts": 100,
    }
    return ProviderConfig(**(settings | changes))


@asynccontextmanager
async def engines_with(broker: TestBroker, server: LlamaServer, **changes: Any) -> AsyncIterator[Engines]:
    """Run the engines with this server."""
    async with running_engines(broker, config_of(server, **changes)) as engines:
        yield engines


async def judge(engines: Engines, text: str) -> tuple[Assessment, Decision]:
    """Return the assessment of a text and the decision on it; no test gets what an earlier one has paid for."""
    return await engines.decide(text, POLICY, new_id())


async def test_texts_are_judged_by_the_schema_and_decided(
    engines_broker: TestBroker, tiny_server: LlamaServer, asked: list[RequestForm]
) -> None:
    async with engines_with(engines_broker, tiny_server) as engines:
        assert await engines.openai.try_once(POLICY) == ""
        harmless, published = await judge(engines, HARMLESS)
        marked, stopped = await judge(engines, MARKED)
        assert engines.openai.state == "ok"
    assert (harmless.scores, marked.scores) == (LOWEST, HIGHEST)
    assert (published.outcome, stopped.outcome) == ("published", "held")
    assert asked == [FIRST] * 3
    for assessment in (harmless, marked):
        assert (assessment.engine, assessment.failure) == ("openai", None)
        assert assessment.usage is not None
        assert assessment.usage.attempts == 1
        # The server counts a token per character, and answers with the names of all categories.
        assert assessment.usage.input_tokens > len(POLICY.canonical_json()) // 100
        assert 100 < assessment.usage.output_tokens < 400


@pytest.mark.parametrize("answer", ["json_object", "text"])
async def test_what_a_model_says_without_a_schema_is_refused(
    engines_broker: TestBroker, tiny_server: LlamaServer, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    monkeypatch.setattr(openai_transport, "FIRST", RequestForm(answer))
    async with engines_with(engines_broker, tiny_server) as engines:
        assessment, decision = await judge(engines, HARMLESS)
        assert engines.openai.misconfiguration == ""  # one answer may be the text's fault
    assert assessment.failure == "openai: unreadable"
    assert assessment.scores == {}
    assert (decision.outcome, decision.failure_mode) == ("held", "held")
    # Both requests cost what the server counted, although their answers are of no use.
    assert assessment.usage is not None
    assert assessment.usage.output_tokens == {"json_object": 9, "text": 3}[answer] * assessment.usage.attempts


async def test_an_answer_that_ends_at_the_limit_is_refused(
    engines_broker: TestBroker, tiny_server: LlamaServer
) -> None:
    async with engines_with(engines_broker, tiny_server, max_tokens=60) as engines:
        assessment, _ = await judge(engines, HARMLESS)
    assert assessment.failure == "openai: unreadable"


@pytest.mark.parametrize(
    ("wrong", "code", "remedy", "sentence"),
    [
        ({"api_key": "sk-of-somebody-else"}, "unauthorized", "OPENAI_API_KEY", "Invalid API Key"),
        ({"api_key": ""}, "unauthorized", "OPENAI_API_KEY", "Invalid API Key"),
        ({"base_url": "{origin}/v2"}, "not_found", "OPENAI_BASE_URL", "File Not Found"),
        ({"base_url": "{origin}/v1/chat"}, "not_found", "OPENAI_BASE_URL", "File Not Found"),
        # It has no endpoint for moderation.
        ({"moderation_model": "omni-moderation-latest"}, "not_found", "OTTIT_OPENAI_MODERATION", "File Not Found"),
    ],
    ids=["another key", "no key", "another path", "a path too long", "an endpoint that is not there"],
)
async def test_a_wrong_setting_shows_as_such_with_the_first_text(
    engines_broker: TestBroker,
    tiny_server: LlamaServer,
    asked: list[RequestForm],
    wrong: dict[str, str],
    code: str,
    remedy: str,
    sentence: str,
) -> None:
    changes = {name: value.format(origin=tiny_server.origin) for name, value in wrong.items()}
    async with engines_with(engines_broker, tiny_server, **changes) as engines:
        tried = await engines.openai.try_once(POLICY)
        assessment, _ = await judge(engines, HARMLESS)
        assert assessment.failure == f"openai: {code}"
        assert engines.openai.misconfiguration == tried
        assert remedy in tried
        assert f'it says: "{sentence}"' in tried
        assert engines.openai.state.startswith(f"circuit open: {code}")
    assert set(asked) <= {FIRST}  # other forms would not help


async def test_a_server_with_one_model_serves_it_under_any_name(
    engines_broker: TestBroker, tiny_server: LlamaServer
) -> None:
    async with engines_with(engines_broker, tiny_server, model="gpt-5-mini") as engines:
        assessment, _ = await judge(engines, HARMLESS)
        assert assessment.scores == LOWEST
        assert engines.openai.misconfiguration == ""


async def test_a_context_too_small_for_the_prompt_shows_as_a_wrong_setting(
    engines_broker: TestBroker, tiny_model: str, tmp_path: Path, asked: list[RequestForm]
) -> None:
    with running_server(LlamaServer(tiny_model, context=1024), tmp_path / "log") as server:
        async with engines_with(engines_broker, server) as engines:
            assert "exceeds the available context size" in await engines.openai.try_once(POLICY)
            assert [form.answer for form in asked] == ["json_schema", "json_object", "text", "text"]
            assert asked[-1].limit == "max_tokens"
            for _ in range(5):
                assessment, _ = await judge(engines, HARMLESS)
                assert assessment.failure == "openai: bad_request"
            assert "has refused every request" in engines.openai.misconfiguration
            assert "exceeds the available context size" in engines.openai.misconfiguration


async def test_one_text_too_long_for_the_server_is_no_wrong_setting(
    engines_broker: TestBroker, tiny_model: str, tmp_path: Path, asked: list[RequestForm]
) -> None:
    with running_server(LlamaServer(tiny_model, context=4608), tmp_path / "log") as server:
        async with engines_with(engines_broker, server) as engines:
            assert (await judge(engines, HARMLESS))[0].scores == LOWEST
            for _ in range(6):
                assessment, _ = await judge(engines, HARMLESS * 40)
                assert assessment.failure == "openai: bad_request"
            assert engines.openai.misconfiguration == ""
            assert (await judge(engines, MARKED))[0].scores == HIGHEST
    assert set(asked) == {FIRST}


async def test_a_server_that_was_never_there_shows_as_a_wrong_setting(
    engines_broker: TestBroker, tiny_server: LlamaServer
) -> None:
    async with engines_with(engines_broker, tiny_server, base_url=f"http://127.0.0.1:{free_port()}/v1") as engines:
        for _ in range(5):
            assert (await judge(engines, HARMLESS))[0].failure == "openai: unreachable"
        assert "never been reached" in engines.openai.misconfiguration


async def test_a_server_that_has_worked_and_stops_is_only_away(
    engines_broker: TestBroker, tiny_model: str, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        with running_server(LlamaServer(tiny_model), tmp_path / "log") as server:
            engines = await stack.enter_async_context(engines_with(engines_broker, server))
            assert (await judge(engines, HARMLESS))[0].scores == LOWEST
        for _ in range(5):
            assert (await judge(engines, HARMLESS))[0].failure == "openai: unreachable"
        assert engines.openai.misconfiguration == ""
        assert engines.openai.state.startswith("circuit open: unreachable")


async def test_a_stream_is_read_as_the_whole_answer(tiny_server: LlamaServer) -> None:
    prompt = render(POLICY, "moderation", {"guideline": "", "title": "", "body": MARKED})
    body = {
        "model": "tiny",
        "messages": messages(prompt, POLICY.output_schema, FIRST),
        **parameters(POLICY.output_schema, FIRST, 1000, 0.0),
    }
    headers = {"authorization": f"Bearer {tiny_server.key}"}
    streamed = body | {"stream": True, "stream_options": {"include_usage": True}}
    async with httpx2.AsyncClient(headers=headers, timeout=120) as client:
        whole = await client.post(f"{tiny_server.url}/chat/completions", json=body)
        stream = await client.post(f"{tiny_server.url}/chat/completions", json=streamed)
    assert stream.headers["content-type"] == "text/event-stream"
    read = read_completion(whole.content)
    assert read.scores == HIGHEST
    assert read_completion(stream.content) == read


async def test_a_small_trained_model_gives_a_probability_for_every_category(
    engines_broker: TestBroker, trained_model: str, tmp_path: Path, asked: list[RequestForm]
) -> None:
    with running_server(LlamaServer(trained_model, context=2048), tmp_path / "log") as server:
        patient = replace(PATIENT_RETRIES, attempt_s=500.0, total_s=500.0)
        async with engines_with(engines_broker, server, max_tokens=400, retry=patient) as engines:
            assessment, _ = await judge(engines, HARMLESS)
    assert assessment.failure is None
    assert not isinstance(assessment.scores, CheckFailed)
    assert set(assessment.scores) == set(CATEGORIES)
    assert all(0 <= score <= 1 for score in assessment.scores.values())
    assert asked == [FIRST]
