"""The forms of a chat request: servers with OpenAI's protocol differ in the parameters that they know.

The client's `request-form.ts` follows the same order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from shared.policy import Prompt

# Statuses with which servers refuse a parameter.
REFUSES_PARAMETER = frozenset({400, 422, 501})
# Words of servers that cannot constrain an answer to a schema.
FORMAT_WORDS = ("response_format", "json_schema", "json_object", "structured output", "grammar", "guided")


@dataclass(frozen=True, slots=True)
class RequestForm:
    """The parameters to send. `answer`: how the JSON of the answer is asked for; `text`: by words only."""

    answer: Literal["json_schema", "json_object", "text"] = "json_schema"
    limit: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    temperature: bool = True


FIRST = RequestForm()


def next_form(form: RequestForm, sentence: str, *, guess: bool) -> RequestForm | None:
    """Return the form to try after a server has refused one with this sentence; None: another would not help.

    `guess`: no request has worked yet, so that the form may be the cause although the sentence does not name it.
    """
    words = sentence.lower()
    if form.limit in words and form.limit == "max_completion_tokens":
        return replace(form, limit="max_tokens")
    if "temperature" in words and form.temperature:
        return replace(form, temperature=False)
    if guess or any(word in words for word in FORMAT_WORDS):
        if form.answer == "json_schema":
            return replace(form, answer="json_object")
        if form.answer == "json_object":
            return replace(form, answer="text")
    if guess and form.limit == "max_completion_tokens":
        return replace(form, limit="max_tokens")
    return None


def messages(prompt: Prompt, schema: Mapping[str, Any], form: RequestForm) -> list[dict[str, str]]:
    """Return the messages. Where the server does not enforce the schema, the model is told."""
    told = "" if form.answer == "json_schema" else f"\nThe schema: {json.dumps(schema, separators=(',', ':'))}"
    return [{"role": "system", "content": prompt.system + told}, {"role": "user", "content": prompt.user}]


def parameters(
    schema: Mapping[str, Any], form: RequestForm, max_tokens: int, temperature: float | None
) -> dict[str, Any]:
    """Return the parameters besides model and messages."""
    sent: dict[str, Any] = {form.limit: max_tokens}
    if temperature is not None and form.temperature:
        sent["temperature"] = temperature
    if form.answer == "json_schema":
        described = {"name": "moderation", "strict": True, "schema": dict(schema)}
        sent["response_format"] = {"type": "json_schema", "json_schema": described}
    elif form.answer == "json_object":
        sent["response_format"] = {"type": "json_object"}
    return sent
