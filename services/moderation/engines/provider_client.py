"""The client of a provider: retries, time limits, and for each attempt a span, a metric and its cost."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from opentelemetry.trace import Span
from opentelemetry.util.types import AttributeValue
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay

from services.moderation.engines.chat_completion import read_usage
from services.moderation.engines.provider_config import ProviderConfig, RetryPolicy
from services.moderation.engines.provider_errors import RETRYABLE, ProviderError
from services.moderation.engines.provider_responses import ProviderScores, read_completion, read_moderation
from shared.log.events import Usage
from shared.policy import Prompt
from shared.telemetry import genai_conventions as genai
from shared.telemetry.metrics import PROVIDER_REQUESTS
from shared.telemetry.tracing import Telemetry, mark_failed

if TYPE_CHECKING:
    from services.moderation.engines.openai_transport import OpenAITransport

T = TypeVar("T")
# A model name that may go into a span: a response may contain anything.
MODEL_NAME = re.compile(r"[\w.:/@-]{1,80}", re.ASCII)
# English has about four characters per token (https://platform.openai.com/tokenizer), other scripts fewer. For an
# attempt without a response, charge too much rather than too little.
CHARACTERS_PER_TOKEN = 3
# After these errors the provider may have charged for its work.
MAYBE_CHARGED = frozenset({"timeout", "unreadable", "refused"})


@dataclass
class UsageCounter:
    """The sum of all attempts for one text so far."""

    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0

    def total(self, seconds: float) -> Usage:
        """Return the usage for the log, given the seconds that were spent waiting."""
        return Usage(
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost_usd=round(self.cost_usd, 8),
            provider_ms=round(1000 * seconds, 2),
            attempts=self.attempts,
        )


@dataclass
class Attempt:
    """One request, and the tokens to charge for it; None: it is free. `is_counted`: the provider reported them."""

    span: Span
    cost: ProviderScores | None
    is_counted: bool = False


class ProviderClient:
    """Calls one provider. Every attempt is added to the UsageCounter of its text."""

    def __init__(self, config: ProviderConfig, telemetry: Telemetry) -> None:
        self._config = config
        self._telemetry = telemetry
        self._server = _server_attributes(config.base_url)
        self._loading = asyncio.Lock()
        self._transport: OpenAITransport | None = None

    async def moderate(self, text: str, usage: UsageCounter) -> ProviderScores:
        """Return the scores of the moderation endpoint, which is free of charge. Raises ProviderError."""
        transport = await self._loaded_transport()

        async def attempt() -> ProviderScores:
            with self._attempt(genai.MODERATION, self._config.moderation_model, usage, None) as request:
                return _describe(request.span, read_moderation(await transport.moderate(text)))

        return await with_retries(attempt, self._config.retry)

    async def chat(self, prompt: Prompt, schema: dict[str, Any], usage: UsageCounter) -> ProviderScores:
        """Return the scores of the chat model. Raises ProviderError."""
        transport = await self._loaded_transport()
        estimate = self._estimate(prompt)

        async def attempt() -> ProviderScores:
            with self._attempt(genai.CHAT, self._config.model, usage, estimate) as request:
                body = await transport.chat(prompt, schema)
                counted = ProviderScores({}, *read_usage(body))
                request.is_counted = counted.input_tokens is not None
                request.cost = counted if request.is_counted else self._estimate(prompt, body)
                return _describe(request.span, read_completion(body))

        return await with_retries(attempt, self._config.retry)

    def _estimate(self, prompt: Prompt, body: bytes | None = None) -> ProviderScores:
        """Return the tokens to charge if the provider reports none; without a response as many as it may write."""
        sent = (len(prompt.system) + len(prompt.user)) // CHARACTERS_PER_TOKEN
        written = self._config.max_tokens if body is None else len(body) // CHARACTERS_PER_TOKEN
        return ProviderScores({}, sent, min(written, self._config.max_tokens))

    async def close(self) -> None:
        """Close the connections, if any were opened."""
        if self._transport is not None:
            await self._transport.close()

    async def _loaded_transport(self) -> "OpenAITransport":
        """Return the transport. A thread loads its SDK once, which would block the event loop for 0.7 s."""
        async with self._loading:
            if self._transport is None:
                self._transport = await asyncio.to_thread(_load_transport, self._config)
            return self._transport

    @contextmanager
    def _attempt(
        self, operation: str, model: str, usage: UsageCounter, estimate: ProviderScores | None
    ) -> Iterator[Attempt]:
        """Open the span of one attempt, and charge for it. `estimate`: the tokens of one without a response."""
        usage.attempts += 1
        attributes = self._request_attributes(operation, model)
        with self._telemetry.client_span(genai.span_name(operation, model), attributes) as span:
            outcome, request = "ok", Attempt(span, estimate)
            try:
                yield request
            except ProviderError as error:
                outcome = error.code
                raise
            except asyncio.CancelledError:  # by the time limit of the attempt
                outcome = "timeout"
                raise
            finally:
                self._telemetry.metrics.count(PROVIDER_REQUESTS, {"outcome": outcome})
                if outcome != "ok":
                    span.set_attribute(genai.ERROR_TYPE, outcome)
                    mark_failed(span, outcome)
                if request.cost and (outcome == "ok" or request.is_counted or outcome in MAYBE_CHARGED):
                    self._charge(span, usage, request.cost)

    def _request_attributes(self, operation: str, model: str) -> dict[str, AttributeValue]:
        attributes: dict[str, AttributeValue] = {
            genai.OPERATION: operation,
            genai.PROVIDER: genai.OPENAI,
            genai.REQUEST_MODEL: model,
            **self._server,
        }
        if operation == genai.CHAT:
            attributes |= {genai.REQUEST_MAX_TOKENS: self._config.max_tokens, genai.OUTPUT_TYPE: genai.JSON}
            if self._config.temperature is not None:
                attributes[genai.REQUEST_TEMPERATURE] = self._config.temperature
        return attributes

    def _charge(self, span: Span, usage: UsageCounter, scores: ProviderScores) -> None:
        input_tokens, output_tokens = scores.input_tokens or 0, scores.output_tokens or 0
        cost_usd = self._config.prices.cost(input_tokens, output_tokens)
        usage.input_tokens += input_tokens
        usage.output_tokens += output_tokens
        usage.cost_usd += cost_usd
        span.set_attribute(genai.INPUT_TOKENS, input_tokens)
        span.set_attribute(genai.OUTPUT_TOKENS, output_tokens)
        span.set_attribute(genai.COST_USD, cost_usd)


async def with_retries(call: Callable[[], Awaitable[T]], policy: RetryPolicy) -> T:
    """Return the first usable result, or raise the last ProviderError.

    No retry starts after the total time limit. Each attempt has a limit as a whole, because a provider that sends one
    byte per second never triggers a timeout between bytes.
    """
    clock = asyncio.get_running_loop().time
    deadline = clock() + policy.total_s

    async def attempt() -> T:
        try:
            async with asyncio.timeout(min(policy.attempt_s, deadline - clock())):
                return await call()
        except TimeoutError:
            raise ProviderError("timeout") from None

    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda error: isinstance(error, ProviderError) and error.code in RETRYABLE),
        wait=lambda state: _wait_s(policy, state),
        stop=stop_after_attempt(policy.attempts) | stop_before_delay(policy.total_s),
        reraise=True,
    )
    return await retrying(attempt)


def _wait_s(policy: RetryPolicy, state: RetryCallState) -> float:
    """Return the seconds before the next attempt: exponential backoff, but at least the provider's Retry-After.

    Waits are random, from half of the backoff to all of it, so that texts that failed together do not retry together.
    """
    backoff: float = policy.first_wait_s * 2 ** (state.attempt_number - 1) * random.uniform(0.5, 1.0)
    error = state.outcome.exception() if state.outcome else None
    retry_after_s = error.retry_after_s if isinstance(error, ProviderError) else None
    return max(backoff, retry_after_s or 0.0)


def _load_transport(config: ProviderConfig) -> "OpenAITransport":
    from services.moderation.engines.openai_transport import OpenAITransport

    return OpenAITransport(config)


def _describe(span: Span, scores: ProviderScores) -> ProviderScores:
    """Add the model and finish reason that the provider reports to the span."""
    if MODEL_NAME.fullmatch(scores.model):
        span.set_attribute(genai.RESPONSE_MODEL, scores.model)
    if scores.finish_reason:
        span.set_attribute(genai.FINISH_REASONS, [scores.finish_reason])
    return scores


def _server_attributes(base_url: str) -> dict[str, AttributeValue]:
    address = urlsplit(base_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    return {genai.SERVER_ADDRESS: address.hostname or "", genai.SERVER_PORT: port}
