"""What providers answer, read strictly. Only scores, counts and a few fixed words come out of here.

Shapes: https://platform.openai.com/docs/api-reference/moderations and …/chat. The rationale that the schema asks for
makes models score better; nobody reads it, for it is prose that the author of the text has a hand in.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, TypeAdapter, ValidationError

from services.moderation.domain import Scores
from services.moderation.engines.trouble import Trouble
from shared.policy import CATEGORIES, Category

_PROBABILITY = TypeAdapter[float](Annotated[StrictFloat | StrictInt, Field(ge=0.0, le=1.0)])
# Ours ← theirs. A threat is violence as well, whomever it is meant for. Spam is nothing that they score.
MODERATION_CATEGORIES: dict[Category, tuple[str, ...]] = {
    "hate": ("hate", "hate/threatening"),
    "harassment": ("harassment", "harassment/threatening"),
    "violence": (
        "violence", "violence/graphic", "hate/threatening", "harassment/threatening", "illicit/violent",
    ),
    "self_harm": ("self-harm", "self-harm/intent", "self-harm/instructions"),
    "sexual": ("sexual", "sexual/minors"),
}  # fmt: skip
# Categories that older models of the endpoint do not have.
MAY_BE_MISSING = frozenset({"illicit/violent"})
# No model reads or writes more at once: what a provider counts beyond this is not believed.
MOST_TOKENS = 2_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Scores for some categories, and the tokens that were counted for them."""

    scores: Scores
    input_tokens: int = 0
    output_tokens: int = 0
    model: str = ""
    finish: str = ""


class _Read(BaseModel):
    # Unknown fields are dropped unread: an `outcome` beside the scores is nothing.
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Moderated(_Read):
    category_scores: dict[str, Any]


class _Moderation(_Read):
    model: str = ""
    results: Annotated[list[_Moderated], Field(min_length=1, max_length=1)]


class _Message(_Read):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Read):
    message: _Message
    finish_reason: Literal["stop", "length", "content_filter", "tool_calls", "function_call"]


class _Usage(_Read):
    prompt_tokens: Annotated[StrictInt, Field(ge=0, le=MOST_TOKENS)] = 0
    completion_tokens: Annotated[StrictInt, Field(ge=0, le=MOST_TOKENS)] = 0


class _Completion(_Read):
    model: str = ""
    choices: Annotated[list[_Choice], Field(min_length=1, max_length=1)]
    usage: _Usage | None = None


class _Verdict(_Read):
    scores: dict[str, Any]


def read_moderation(body: bytes) -> Answer:
    """The moderation endpoint's scores as ours. Raises Trouble `unreadable`."""
    try:
        found = _Moderation.model_validate_json(body)
        theirs = found.results[0].category_scores
        scores: Scores = {
            ours: max(_probability(theirs[name]) for name in names if name not in MAY_BE_MISSING or name in theirs)
            for ours, names in MODERATION_CATEGORIES.items()
        }
    except (ValidationError, KeyError):
        raise Trouble("unreadable") from None
    return Answer(scores, model=found.model)


def read_completion(body: bytes) -> Answer:
    """The scores in a structured answer.

    Raises:
        Trouble: `refused`, the model or the provider's filter would not judge the text; `unreadable`, anything else
            that is not one object with a probability for every category.
    """
    try:
        found = _Completion.model_validate_json(body)
        choice = found.choices[0]
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise Trouble("refused")
        if choice.finish_reason != "stop":
            raise Trouble("unreadable")
        verdict = _Verdict.model_validate_json(choice.message.content or "")
        scored: Scores = {name: _probability(verdict.scores[name]) for name in CATEGORIES}
    except (ValidationError, KeyError):
        raise Trouble("unreadable") from None
    usage = found.usage or _Usage()
    return Answer(scored, usage.prompt_tokens, usage.completion_tokens, found.model, choice.finish_reason)


def _probability(value: object) -> float:
    """A JSON number from 0 to 1. Raises ValidationError."""
    return float(_PROBABILITY.validate_python(value))
