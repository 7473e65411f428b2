"""One call to the provider, with its repeats: each attempt is a span, a count and, where there are tokens, money."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from opentelemetry.trace import Span
from opentelemetry.util.types import AttributeValue

from services.moderation.engines.answers import Answer, read_completion, read_moderation
from services.moderation.engines.patience import persist
from services.moderation.engines.terms import Terms
from services.moderation.engines.trouble import Trouble
from shared.policy import Prompt
from shared.telemetry import genai_conventions as genai
from shared.telemetry.metrics import PROVIDER_REQUESTS
from shared.telemetry.tracing import Telemetry, mark_failed

# A model's name from the provider's side: anything longer or stranger is not repeated in a span.
MODEL_NAME = re.compile(r"[\w.:/@-]{1,80}", re.ASCII)
# Tokens of English are about four characters (https://platform.openai.com/tokenizer); other scripts need more, so
# that an attempt without an answer is rather counted too dear than too cheap.
CHARACTERS_A_TOKEN = 3
# Of these we know only that the provider may have worked for them.
MAYBE_PAID = frozenset({"timeout", "unreadable", "refused"})


class Provider(Protocol):
    """Two questions; both raise Trouble."""

    async def moderate(self, text: str) -> bytes:
        """The moderation endpoint's answer."""
        ...

    async def chat(self, prompt: Prompt, schema: dict[str, Any]) -> bytes:
        """A chat model's structured answer."""
        ...


@dataclass
class Bill:
    """What the attempts for one text have come to so far."""

    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0


class Calls:
    """Asks a provider under the terms, and puts every attempt on the bill."""

    def __init__(self, provider: Provider, terms: Terms, telemetry: Telemetry) -> None:
        self._provider = provider
        self._terms = terms
        self._telemetry = telemetry
        self._where = _server(terms.base_url)

    async def moderate(self, text: str, bill: Bill) -> Answer:
        """Scores of the moderation endpoint, which is free of charge. Raises Trouble."""

        async def attempt() -> Answer:
            with self._attempt(genai.MODERATION, self._terms.moderation_model, bill, Answer({})) as span:
                return _noted(span, read_moderation(await self._provider.moderate(text)))

        return await persist(attempt, self._terms.patience)

    async def chat(self, prompt: Prompt, schema: dict[str, Any], bill: Bill) -> Answer:
        """Scores of the chat model. Raises Trouble."""
        guess = Answer({}, (len(prompt.system) + len(prompt.user)) // CHARACTERS_A_TOKEN, self._terms.max_tokens)

        async def attempt() -> Answer:
            with self._attempt(genai.CHAT, self._terms.model, bill, guess) as span:
                answer = read_completion(await self._provider.chat(prompt, schema))
                self._charge(span, bill, answer)
                return _noted(span, answer)

        return await persist(attempt, self._terms.patience)

    @contextmanager
    def _attempt(self, operation: str, model: str, bill: Bill, guess: Answer) -> Iterator[Span]:
        """The span of one attempt; `guess` is what it may have cost where nobody tells."""
        bill.attempts += 1
        with self._telemetry.client_span(genai.span_name(operation, model), self._asked(operation, model)) as span:
            outcome = "ok"
            try:
                yield span
            except Trouble as trouble:
                outcome = trouble.why
                raise
            except asyncio.CancelledError:  # the budget of time cuts an attempt off
                outcome = "timeout"
                raise
            finally:
                self._telemetry.metrics.count(PROVIDER_REQUESTS, {"outcome": outcome})
                if outcome != "ok":
                    span.set_attribute(genai.ERROR_TYPE, outcome)
                    mark_failed(span, outcome)
                if outcome in MAYBE_PAID:
                    self._charge(span, bill, guess)

    def _asked(self, operation: str, model: str) -> dict[str, AttributeValue]:
        asked: dict[str, AttributeValue] = {
            genai.OPERATION: operation,
            genai.PROVIDER: genai.OPENAI,
            genai.REQUEST_MODEL: model,
            **self._where,
        }
        if operation == genai.CHAT:
            asked |= {genai.REQUEST_MAX_TOKENS: self._terms.max_tokens, genai.OUTPUT_TYPE: genai.JSON}
            if self._terms.temperature is not None:
                asked[genai.REQUEST_TEMPERATURE] = self._terms.temperature
        return asked

    def _charge(self, span: Span, bill: Bill, answer: Answer) -> None:
        usd = self._terms.prices.cost(answer.input_tokens, answer.output_tokens)
        bill.input_tokens += answer.input_tokens
        bill.output_tokens += answer.output_tokens
        bill.usd += usd
        span.set_attribute(genai.INPUT_TOKENS, answer.input_tokens)
        span.set_attribute(genai.OUTPUT_TOKENS, answer.output_tokens)
        span.set_attribute(genai.COST_USD, usd)


def _noted(span: Span, answer: Answer) -> Answer:
    """What the provider says of itself, if it is no more than a name."""
    if MODEL_NAME.fullmatch(answer.model):
        span.set_attribute(genai.RESPONSE_MODEL, answer.model)
    if answer.finish:
        span.set_attribute(genai.FINISH_REASONS, [answer.finish])
    return answer


def _server(base_url: str) -> dict[str, AttributeValue]:
    address = urlsplit(base_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    return {genai.SERVER_ADDRESS: address.hostname or "", genai.SERVER_PORT: port}
