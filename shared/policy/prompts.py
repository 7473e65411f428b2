"""The prompts of a policy: what a language model is asked, on the server and with a person's own key alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.policy.template import Scope, TemplateError, names, parse, render_template

PromptName = Literal["moderation", "suggest_title", "reword", "continue"]
PROMPT_NAMES: tuple[PromptName, ...] = get_args(PromptName)

# What a template may use. `categories` is the policy's own: a list of `id` and `definition`.
VALUES = frozenset({"guideline", "title", "body", "passage", "reason", "categories", "id", "definition"})
Template = Annotated[str, Field(min_length=1, max_length=4000)]


class PromptTemplate(BaseModel):
    """One prompt: what the model is told about its task, and the material that it gets."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
    system: Template
    user: Template

    @model_validator(mode="after")
    def _can_be_rendered(self) -> Self:
        for part in ("system", "user"):
            try:
                unknown = sorted(set(names(parse(getattr(self, part)))) - VALUES)
            except TemplateError as error:
                raise ValueError(f"{part}: {error}") from error
            if unknown:
                raise ValueError(f"{part}: there is no value {unknown[0]!r}")
        return self


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt, ready to be sent as a system and a user message."""

    system: str
    user: str


class _Defined(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def definition(self) -> str: ...


class HasPrompts(Protocol):
    """A policy, or its public view."""

    @property
    def prompts(self) -> Mapping[PromptName, PromptTemplate]: ...
    @property
    def categories(self) -> Sequence[_Defined]: ...


def render(policy: HasPrompts, name: PromptName, values: Mapping[str, str]) -> Prompt:
    """The prompt with `values` (`guideline`, `title`, `body`, `passage`, `reason`; what is absent is empty)."""
    defined = [{"id": category.id, "definition": category.definition} for category in policy.categories]
    scope: Scope = {**values, "categories": defined}
    template = policy.prompts[name]
    return Prompt(render_template(template.system, scope), render_template(template.user, scope))


def output_schema(categories: Sequence[str]) -> dict[str, Any]:
    """What a model may answer to the prompt `moderation`, as a strict JSON schema: a probability for each category
    and one sentence. An outcome is not among it: outcomes come from the policy's thresholds alone."""
    probability = {"type": "number", "minimum": 0, "maximum": 1}
    scores = {
        "type": "object",
        "properties": dict.fromkeys(categories, probability),
        "required": list(categories),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"scores": scores, "rationale": {"type": "string", "description": "One short sentence."}},
        "required": ["scores", "rationale"],
        "additionalProperties": False,
    }
