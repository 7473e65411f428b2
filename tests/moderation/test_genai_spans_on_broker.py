"""Spans of calls to a provider: their attributes, without text or key."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import orjson
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from shared.telemetry import genai_conventions as genai
from shared.testing import TestBroker
from tests.moderation.engine_setup import PATIENT_RETRIES, Engines, config_for, policy_with, running_engines
from tests.moderation.provider_double import CHAT, Exchange, ProviderDouble, completion, refuses
from tests.moderation.provider_faults import EXACTLY, hangs

pytestmark = pytest.mark.broker
SECRET = "zzsecretwords"


@dataclass
class Traced:
    """Engines whose spans are recorded."""

    engines: Engines
    spans: InMemorySpanExporter

    async def decide(self, text: str = SECRET) -> None:
        """Decide a text within the span of its handler."""
        with self.engines.telemetry.span("decide_post"):
            await self.engines.decide(text, policy_with())

    def of(self, operation: str) -> list[ReadableSpan]:
        """Return the finished spans of one operation."""
        return [s for s in self.spans.get_finished_spans() if (s.attributes or {}).get(genai.OPERATION) == operation]


@pytest.fixture
async def traced(
    request: pytest.FixtureRequest, engines_broker: TestBroker, double: ProviderDouble
) -> AsyncIterator[Traced]:
    """Run engines that are traced, with the retry policy of the parameter if there is one."""
    async with running_engines(
        engines_broker, config_for(double, retry=getattr(request, "param", PATIENT_RETRIES))
    ) as engines:
        spans = InMemorySpanExporter()
        engines.telemetry._provider.add_span_processor(SimpleSpanProcessor(spans))
        yield Traced(engines, spans)


async def test_a_chat_span_has_model_tokens_cost_and_finish_reason(traced: Traced, double: ProviderDouble) -> None:
    await traced.decide()
    (span,) = traced.of(genai.CHAT)
    assert (span.name, span.kind) == ("chat gpt-4o-mini", SpanKind.CLIENT)
    assert dict(span.attributes or {}) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.request.max_tokens": 1000,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.output.type": "json",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 400,
        "gen_ai.usage.output_tokens": 60,
        "ottit.cost_usd": pytest.approx(9.6e-5),
        "server.address": "127.0.0.1",
        "server.port": double.port,
    }
    (handler,) = [s for s in traced.spans.get_finished_spans() if s.name.endswith("decide_post")]
    assert span.parent is not None
    assert span.parent.span_id == handler.context.span_id


async def test_a_moderation_request_has_a_span(traced: Traced) -> None:
    await traced.decide()
    (span,) = traced.of(genai.MODERATION)
    assert span.name == "moderation omni-moderation-latest"


# Enough for the first attempt, which is answered; the second never is.
@pytest.mark.parametrize("traced", [replace(PATIENT_RETRIES, attempt_s=1.0)], indirect=True, ids=["hurried"])
async def test_every_attempt_has_its_own_span_with_its_error(traced: Traced, double: ProviderDouble) -> None:
    double.next[CHAT] = [refuses(429, "rate_limit_exceeded"), hangs]
    await traced.decide()
    first, second = traced.of(genai.CHAT)
    assert [(s.attributes or {}).get(genai.ERROR_TYPE) for s in (first, second)] == ["rate_limited", "timeout"]
    assert {s.status.status_code for s in (first, second)} == {StatusCode.ERROR}
    assert genai.RESPONSE_MODEL not in (first.attributes or {})


async def test_no_span_contains_text_or_key_even_if_the_provider_returns_them(
    traced: Traced, double: ProviderDouble
) -> None:
    async def echo(exchange: Exchange) -> None:
        answer = completion(EXACTLY.replace("Fine.", SECRET)) | {"model": f"{SECRET} {double.key}", "id": SECRET}
        await exchange.answer(orjson.dumps(answer), x_request_id=SECRET)

    double.next[CHAT] = [refuses(500, SECRET), echo]
    await traced.decide()
    assert len(traced.of(genai.CHAT)) == 2
    for span in traced.spans.get_finished_spans():
        assert SECRET not in span.to_json()
        assert double.key not in span.to_json()
