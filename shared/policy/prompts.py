"""The prompts of a policy for language models, the same on the server and with a user's own provider key.

Policy stage: source. Other stages: compile and sign (`bundle`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.policy.mustache import Scope, TemplateError, names, parse, render_template

PromptName = Literal["moderation", "suggest_title", "reword", "continue"]
PROMPT_NAMES: tuple[PromptName, ...] = get_args(PromptName)

# The values that a template may use. `categories` is a list of `id` and `definition` from the policy.
VALUES = frozenset({"guideline", "title", "body", "passage", "reason", "categories", "id", "definition"})
Template = Annotated[str, Field(min_length=1, max_length=4000)]


class PromptTemplate(BaseModel):
    """One prompt: the system message with the task, and the user message with the material."""

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
    """A rendered prompt: the system message and the user message."""

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
    """Render a prompt with `values` (`guideline`, `title`, `body`, `passage`, `reason`; a missing value is empty)."""
    defined = [{"id": category.id, "definition": category.definition} for category in policy.categories]
    scope: Scope = {**values, "categories": defined}
    template = policy.prompts[name]
    return Prompt(render_template(template.system, scope), render_template(template.user, scope))


def output_schema(categories: Sequence[str]) -> dict[str, Any]:
    """Return the strict JSON schema of an answer to the prompt `moderation`.

    An answer has a probability for each category and one sentence. It has no outcome: only the policy's thresholds
    decide.
    """
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
