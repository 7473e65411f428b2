"""Reads the envelope of a chat completion, in the forms in which servers with OpenAI's protocol send it.

The client's `completion-response.ts` does the same; both are tested on `tests/contract/provider-vectors.json`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.moderation.engines.assessment_text import read_json
from services.moderation.engines.provider_errors import ErrorCode, ProviderError

Fields = Mapping[str, Any]
BLANK = " \t\r\n"
LINE_BREAK = re.compile(r"\r\n|\n|\r")
# No model reads or writes more at once, so a higher count is wrong.
MAX_TOKENS = 2_000_000
REFUSED = frozenset({"content_filter", "safety", "refusal"})
CUT_OFF = frozenset({"length", "max_tokens", "tool_calls", "function_call"})
# Where servers put what a model wrote, in this order: reasoning models may leave `content` empty.
TEXTS = ("content", "reasoning_content", "reasoning")
# Words of an error that comes with the status 200 → its code, the first that fits.
ERRORS: tuple[tuple[str, ErrorCode], ...] = (
    ("insufficient_quota", "quota_exhausted"),
    ("invalid_api_key", "unauthorized"),
    ("401", "unauthorized"),
    ("model_not_found", "not_found"),
    ("404", "not_found"),
    ("429", "rate_limited"),
    ("rate_limit", "rate_limited"),
    ("content_filter", "refused"),
)


@dataclass(frozen=True, slots=True)
class ChatCompletion:
    """The text that a model wrote, and the tokens that the provider counted; None: it did not say."""

    content: str
    input_tokens: int | None
    output_tokens: int | None
    model: str
    finish_reason: str


def read_chat(body: bytes) -> ChatCompletion:
    """Read a response, whatever its content type says.

    Raises:
        ProviderError: `refused`, by the model or a content filter; `unreadable`; or the code of an error in it.
    """
    response = _response(body)
    if not response:
        raise ProviderError("unreadable")
    if response.get("error"):
        raise ProviderError(error_code(response["error"]))
    choices = response.get("choices")
    choice = _fields(choices[0]) if isinstance(choices, list) and choices else {}
    message, finish_reason = _fields(choice.get("message")), _text(choice.get("finish_reason")).lower()
    if _text(message.get("refusal")) or finish_reason in REFUSED:
        raise ProviderError("refused")
    content = next(filter(None, (_written(message.get(name)) for name in TEXTS)), "")
    if finish_reason in CUT_OFF or not content:
        raise ProviderError("unreadable")
    input_tokens, output_tokens = _usage(_fields(response.get("usage")))
    return ChatCompletion(content, input_tokens, output_tokens, _text(response.get("model")), finish_reason)


def read_usage(body: bytes) -> tuple[int | None, int | None]:
    """Return the tokens sent and received that any response reports, also an unusable one; None: it does not say."""
    return _usage(_fields(_response(body).get("usage")))


def error_code(error: object) -> ErrorCode:
    """Return the code of an error in a response with the status 200: the provider is unavailable unless it says why."""
    known = " ".join(str(_fields(error).get(name, "")) for name in ("code", "type", "status")).lower()
    return next((code for word, code in ERRORS if word in known), "provider_error")


def _response(body: bytes) -> Fields:
    """Return the fields of a response; none if it cannot be read."""
    try:
        text = body.decode("utf-8").removeprefix("\ufeff").strip(BLANK)
        return _from_events(text) if text.startswith(("data:", "event:", ":")) else _fields(read_json(text))
    except ValueError:
        return {}


def _from_events(text: str) -> Fields:
    """Return the completion that a stream of events spells. Raises ValueError."""
    whole: dict[str, Any] = {}
    written: dict[str, str] = dict.fromkeys((*TEXTS, "refusal"), "")
    finish_reason = ""
    for event in _events(text):
        whole |= {name: event[name] for name in ("model", "usage", "error") if event.get(name)}
        choices = event.get("choices")
        choice = _fields(choices[0]) if isinstance(choices, list) and choices else {}
        piece = _fields(choice.get("delta") or choice.get("message"))
        for name in written:
            written[name] += _written(piece.get(name), keep_spaces=True)
        finish_reason = _text(choice.get("finish_reason")) or finish_reason
    return whole | {"choices": [{"message": written, "finish_reason": finish_reason}]}


def _events(text: str) -> Iterator[Fields]:
    for line in LINE_BREAK.split(text):
        data = line.removeprefix("data:").strip(BLANK) if line.startswith("data:") else ""
        if data == "[DONE]":
            return
        if data:
            yield _fields(read_json(data))


def _written(value: object, *, keep_spaces: bool = False) -> str:
    """Return what a model wrote: a text, an object, or parts of which some are texts. Blank text counts as none."""
    if isinstance(value, Mapping):
        return json.dumps(value)
    if isinstance(value, list):
        parts = (_fields(part) for part in value)
        value = "".join(_text(part.get("text")) for part in parts if part.get("type") in ("text", "output_text"))
    text = _text(value)
    return text if keep_spaces or text.strip(BLANK) else ""


def _usage(usage: Fields) -> tuple[int | None, int | None]:
    counts = [usage.get("prompt_tokens"), usage.get("completion_tokens")]
    if all(type(count) is int and 0 <= count <= MAX_TOKENS for count in counts):
        return counts[0], counts[1]
    return None, None


def _fields(value: object) -> Fields:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
