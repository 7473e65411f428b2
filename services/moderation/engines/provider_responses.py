"""Strict readers of providers' responses: they return scores, token counts, and the names of model and finish reason.

Formats: https://platform.openai.com/docs/api-reference/moderations and …/chat. The schema asks for a rationale, which
makes models score better. It is not read, because the author of the text can influence its words.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, TypeAdapter, ValidationError

from services.moderation.domain import Scores
from services.moderation.engines.provider_errors import ProviderError
from shared.policy import CATEGORIES, Category

_PROBABILITY = TypeAdapter[float](Annotated[StrictFloat | StrictInt, Field(ge=0.0, le=1.0)])
# Our category ← OpenAI's categories. Any threat is also violence. OpenAI has no category for spam.
MODERATION_CATEGORIES: dict[Category, tuple[str, ...]] = {
    "hate": ("hate", "hate/threatening"),
    "harassment": ("harassment", "harassment/threatening"),
    "violence": (
        "violence", "violence/graphic", "hate/threatening", "harassment/threatening", "illicit/violent",
    ),
    "self_harm": ("self-harm", "self-harm/intent", "self-harm/instructions"),
    "sexual": ("sexual", "sexual/minors"),
}  # fmt: skip
# Categories that older models of the endpoint lack.
OPTIONAL = frozenset({"illicit/violent"})
# No model reads or writes more at once, so a higher count is invalid.
MAX_TOKENS = 2_000_000


@dataclass(frozen=True, slots=True)
class ProviderScores:
    """Scores for some categories, and the tokens that the provider counted for them."""

    scores: Scores
    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    finish_reason: str = ""


class _Response(BaseModel):
    # Unknown fields are ignored, such as an `outcome` beside the scores.
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _ModerationResult(_Response):
    category_scores: dict[str, Any]


class _Moderation(_Response):
    model: str = ""
    results: Annotated[list[_ModerationResult], Field(min_length=1, max_length=1)]


class _Message(_Response):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Response):
    message: _Message
    finish_reason: Literal["stop", "length", "content_filter", "tool_calls", "function_call"]


class _Usage(_Response):
    prompt_tokens: Annotated[StrictInt, Field(ge=0, le=MAX_TOKENS)] = 0
    completion_tokens: Annotated[StrictInt, Field(ge=0, le=MAX_TOKENS)] = 0


class _Completion(_Response):
    model: str = ""
    choices: Annotated[list[_Choice], Field(min_length=1, max_length=1)]
    usage: _Usage | None = None


class _ChatScores(_Response):
    scores: dict[str, Any]


def read_moderation(body: bytes) -> ProviderScores:
    """Return the moderation endpoint's scores by our categories. Raises ProviderError `unreadable`."""
    try:
        response = _Moderation.model_validate_json(body)
        theirs = response.results[0].category_scores
        scores: Scores = {
            ours: max(_probability(theirs[name]) for name in names if name not in OPTIONAL or name in theirs)
            for ours, names in MODERATION_CATEGORIES.items()
        }
    except (ValidationError, KeyError):
        raise ProviderError("unreadable") from None
    return ProviderScores(scores, model=response.model)


def read_completion(body: bytes) -> ProviderScores:
    """Return the scores of a chat model's structured response.

    Raises:
        ProviderError: `refused`, the model or the provider's content filter refused to score the text; `unreadable`,
            anything else that is not one object with a probability for every category.
    """
    try:
        response = _Completion.model_validate_json(body)
        choice = response.choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise ProviderError("refused")
        if choice.finish_reason != "stop":
            raise ProviderError("unreadable")
        content = _ChatScores.model_validate_json(choice.message.content or "")
        scored: Scores = {name: _probability(content.scores[name]) for name in CATEGORIES}
    except (ValidationError, KeyError):
        raise ProviderError("unreadable") from None
    usage = response.usage or _Usage()
    return ProviderScores(scored, usage.prompt_tokens, usage.completion_tokens, response.model, choice.finish_reason)


def _probability(value: object) -> float:
    """Return a JSON number from 0 to 1. Raises ValidationError."""
    return float(_PROBABILITY.validate_python(value))
