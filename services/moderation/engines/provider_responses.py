"""Readers of providers' responses: they return scores, token counts, and the names of model and finish reason.

Formats: https://platform.openai.com/docs/api-reference/moderations and …/chat. The schema asks for a rationale, which
makes models score better. It is not read, because the author of the text can influence its words.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, TypeAdapter, ValidationError

from services.moderation.domain import Scores
from services.moderation.engines.assessment_text import NoAssessment, find_scores
from services.moderation.engines.chat_completion import read_chat
from services.moderation.engines.provider_errors import ProviderError
from shared.policy import CATEGORIES, Category

_PROBABILITY = TypeAdapter[float](Annotated[StrictFloat | StrictInt, Field(ge=0.0, le=1.0)])
# Our category ← OpenAI's categories. Any threat is also violence. OpenAI has no category for spam, and its `self-harm`
# also means talk about it, which is not to be held. `self_harm` and `sexual` have what the later categories have, too:
# a policy may lack those.
MODERATION_CATEGORIES: dict[Category, tuple[str, ...]] = {
    "hate": ("hate", "hate/threatening"),
    "harassment": ("harassment", "harassment/threatening"),
    "violence": (
        "violence", "violence/graphic", "hate/threatening", "harassment/threatening", "illicit/violent",
    ),
    "self_harm": ("self-harm/intent", "self-harm/instructions"),
    "self_harm_encouragement": ("self-harm/instructions",),
    "sexual": ("sexual", "sexual/minors"),
    "sexual_minors": ("sexual/minors",),
}  # fmt: skip
# Categories that older models of the endpoint lack.
OPTIONAL = frozenset({"illicit/violent"})


@dataclass(frozen=True, slots=True)
class ProviderScores:
    """Scores for some categories, and the tokens that the provider counted for them; None: it did not say."""

    scores: Scores
    input_tokens: int | None = 0
    output_tokens: int | None = 0
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
    """Return the scores in a chat model's response.

    Raises:
        ProviderError: `refused`, the model or the provider's content filter refused to score the text; `unreadable`, it
            holds no assessment, or it was cut off; the code of an error that came with the status 200.
    """
    completion = read_chat(body)
    try:
        scores = find_scores(completion.content, CATEGORIES)
    except NoAssessment:
        raise ProviderError("unreadable") from None
    return ProviderScores(
        {name: scores[name] for name in CATEGORIES if name in scores},
        completion.input_tokens,
        completion.output_tokens,
        completion.model,
        completion.finish_reason,
    )


def _probability(value: object) -> float:
    """Return a JSON number from 0 to 1. Raises ValidationError."""
    return float(_PROBABILITY.validate_python(value))
