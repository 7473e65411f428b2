"""What a policy says, as data: strict, frozen, and checked as a whole when it is read."""

import hashlib
import json
from enum import StrEnum
from functools import cached_property
from operator import itemgetter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from shared.model.categories import Category
from shared.policy.pattern_dialect import compile_pattern
from shared.policy.prompts import PromptName, PromptTemplate, output_schema

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=64)]
Sentence = Annotated[str, Field(min_length=10, max_length=500)]
Title = Annotated[str, Field(min_length=3, max_length=60)]


def _in_dialect(pattern: str) -> str:
    compile_pattern(pattern)
    return pattern


# Every rule reads every keystroke, and most travel to every browser: many times what the default policy has.
MOST_RULES, MOST_PATTERNS = 300, 32
Pattern = Annotated[str, AfterValidator(_in_dialect)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
# A case is a whole text, not a sentence of the policy.
CaseText = Annotated[str, Field(max_length=5000)]
Threshold = Annotated[float, Field(gt=0.0, le=1.0)]


class Action(StrEnum):
    """What a rule or a threshold asks for."""

    HOLD = "hold"
    REJECT = "reject"


class _PolicyModel(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class CategoryPolicy(_PolicyModel):
    """One category: who scores it and from which score (0 to 1) on a text is held or rejected.

    `definition` tells a language model what counts. `on_failure` says what happens when the engine gives no score:
    the text is held, or the local model speaks instead. Without `reject` nothing in this category is ever rejected,
    by a score or by a rule: a person looks at it.
    """

    id: Category
    title: Title
    definition: Sentence
    message: Sentence
    engine: Literal["local", "openai"]
    on_failure: Literal["hold", "local"] = "hold"
    hold: Threshold
    reject: Threshold | None

    @model_validator(mode="after")
    def _hold_comes_first(self) -> Self:
        if self.reject is not None and self.reject < self.hold:
            raise ValueError("reject is below hold")
        if self.engine == "local" and self.on_failure == "local":
            raise ValueError("on_failure: local cannot stand in for itself")
        return self


class Overall(_PolicyModel):
    """From this probability on that a text is harmful in any way, it is held; by this alone nothing is rejected."""

    title: Title
    message: Sentence
    hold: Threshold


class LinkCount(_PolicyModel):
    """Fires from this number of web links on."""

    of: Literal["links"]
    at_least: Annotated[int, Field(ge=1)]


class CapitalShare(_PolicyModel):
    """Fires where capitals make up at least `share` of at least `letters` letters (A-Z, a-z)."""

    of: Literal["capitals"]
    share: Annotated[float, Field(gt=0.0, le=1.0)]
    letters: Annotated[int, Field(ge=1)]


Measure = Annotated[LinkCount | CapitalShare, Field(discriminator="of")]


class Rule(_PolicyModel):
    """One rule: fires where any of its patterns is found in the normalised text, or its measure is reached."""

    id: Identifier
    category: Category
    outcome: Action
    public: bool
    patterns: Annotated[tuple[Pattern, ...], Field(max_length=MOST_PATTERNS)] = ()
    measure: Measure | None = None
    message: Sentence
    reason: Sentence

    @model_validator(mode="after")
    def _one_way_to_fire(self) -> Self:
        if bool(self.patterns) == (self.measure is not None):
            raise ValueError("a rule has either patterns or a measure")
        return self


class FailureMode(_PolicyModel):
    """What becomes of a text that could not be checked. Publishing it is not among the choices."""

    outcome: Literal["held"]
    message: Sentence


class ModelPin(_PolicyModel):
    """The files for which the thresholds were measured, by sha256: another model's scores mean something else."""

    sha256: Sha256
    tokenizer_sha256: Sha256


class DecidedCase(_PolicyModel):
    """A text whose scores are given, and what must become of it. Scores that are not named are 0.

    `scores` null: the check has failed.
    """

    text: CaseText
    scores: dict[str, float] | None
    outcome: Literal["published", "held", "rejected"]


class Cases(_PolicyModel):
    """`fires`: rule → texts on which it fires. `passes`: texts on which no rule fires. `decides`: whole decisions.

    `steers`: texts that ask for an outcome, or pose as the machinery. Each is tried with every extreme of the scores
    and inside every prompt: it must change neither a decision nor what stands outside its own element.
    """

    fires: dict[str, tuple[CaseText, ...]] = {}
    passes: tuple[CaseText, ...] = ()
    decides: tuple[DecidedCase, ...] = ()
    steers: tuple[CaseText, ...] = ()


class Policy(_PolicyModel):
    """A whole policy. `digest` is its name: two policies that differ in anything but order differ in it."""

    name: Identifier
    version: Annotated[int, Field(ge=1)]
    normalizer: Literal[2]
    model: ModelPin | None = None
    appeal_days: Annotated[int, Field(ge=1)]
    failure_mode: FailureMode
    categories: tuple[CategoryPolicy, ...]
    overall: Overall | None = None
    rules: Annotated[tuple[Rule, ...], Field(max_length=MOST_RULES)]
    prompts: dict[PromptName, PromptTemplate]
    cases: Cases = Cases()

    @property
    def output_schema(self) -> dict[str, Any]:
        """What a language model may answer to the prompt `moderation`, as a strict JSON schema."""
        return output_schema([category.id for category in self.categories])

    @cached_property
    def digest(self) -> str:
        """sha256 of the policy's canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.canonical_json()).hexdigest()

    def canonical_json(self) -> bytes:
        """The policy as JSON with sorted keys and no white space: the same bytes for the same policy."""
        content = self.model_dump(mode="json")
        content["rules"].sort(key=itemgetter("id"))
        content["categories"].sort(key=itemgetter("id"))
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def category(self, category: Category) -> CategoryPolicy:
        """What the policy says on a category; every policy covers all of them."""
        return next(entry for entry in self.categories if entry.id == category)
