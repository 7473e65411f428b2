"""The schema of a policy: strict, immutable models.

Policy stage: source. Other stages: compile and sign (`bundle`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

import hashlib
from enum import StrEnum
from functools import cached_property
from operator import itemgetter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from shared.model.categories import Category
from shared.policy.canonical import AddedLater, as_canonical_json, content_of
from shared.policy.help_and_spam import Helpline, SpamSignal
from shared.policy.judged_languages import Languages
from shared.policy.pattern_dialect import compile_pattern
from shared.policy.policy_model import Identifier, PolicyModel, Sentence, Title
from shared.policy.prompts import PromptName, PromptTemplate, output_schema


def _in_dialect(pattern: str) -> str:
    compile_pattern(pattern)
    return pattern


# Every rule runs on each keystroke, and most go to every browser. Many times the size of the default policy.
MAX_RULES, MAX_PATTERNS = 300, 32
Pattern = Annotated[str, AfterValidator(_in_dialect)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
# A case is a whole text, not a sentence of the policy.
CaseText = Annotated[str, Field(max_length=5000)]
Threshold = Annotated[float, Field(gt=0.0, le=1.0)]


class Action(StrEnum):
    """The outcome that a rule or a threshold demands. `support` publishes, and shows the author where help is."""

    SUPPORT = "support"
    HOLD = "hold"
    REJECT = "reject"


class CategoryPolicy(PolicyModel):
    """One category: its engine, and the scores (0 to 1) from which a text is held or rejected.

    `definition` defines the category for a language model. `on_failure` applies when the engine gives no score: hold
    the text, or use the local model. Without `reject`, neither a score nor a rule rejects in this category: a moderator
    decides. With `reject_any_harm`, a score from `reject` on rejects only if the score over all categories is at least
    this high, too; else it holds.

    `support`: from this score on, below `hold`, the text is published and its author reads `support_message` with
    places that help. `person_decides`: if the category fires, the text is held for a person, whatever else would reject
    it. `previewed` false: clients get no bands of this category, because a preview would tell how to evade it.
    """

    id: Category
    title: Title
    definition: Sentence
    message: Sentence
    engine: Literal["local", "openai"]
    on_failure: Literal["hold", "local"] = "hold"
    hold: Threshold
    reject: Threshold | None
    reject_any_harm: Annotated[Threshold | None, AddedLater] = None
    support: Annotated[Threshold | None, AddedLater] = None
    support_message: Annotated[Sentence | None, AddedLater] = None
    person_decides: Annotated[bool, AddedLater] = False
    previewed: Annotated[bool, AddedLater] = True

    @model_validator(mode="after")
    def _thresholds_are_in_order(self) -> Self:
        if self.reject is not None and self.reject < self.hold:
            raise ValueError("reject is below hold")
        if self.support is not None and self.support > self.hold:
            raise ValueError("support is above hold")
        if (self.support is None) != (self.support_message is None):
            raise ValueError("support and support_message need each other")
        if self.reject is None and self.reject_any_harm is not None:
            raise ValueError("reject_any_harm needs reject")
        if self.reject is not None and self.person_decides:
            raise ValueError("person_decides: reject must be null")
        if self.engine == "local" and self.on_failure == "local":
            raise ValueError("on_failure: the local engine cannot replace itself")
        return self


class Overall(PolicyModel):
    """Holds a text if its probability of any harm is at least `hold`. It never rejects."""

    title: Title
    message: Sentence
    hold: Threshold


class ReadingLimit(PolicyModel):
    """The limit on what the local model reads of a text, in characters: the cost of a text grows with its length.

    A longer text is held (`hold`: its beginning is read), or passages are read by chance (`sample`: the decision says
    which were not). Rules search every text completely.
    """

    characters: Annotated[int, Field(ge=1000, le=100_000)]
    beyond: Literal["hold", "sample"]
    message: Sentence

    def holds(self, characters: int) -> bool:
        """Return whether a text of this length is held, whatever is found in what was read of it."""
        return self.beyond == "hold" and characters > self.characters


class LinkCount(PolicyModel):
    """Fires for at least this number of web links."""

    of: Literal["links"]
    at_least: Annotated[int, Field(ge=1)]


class CapitalShare(PolicyModel):
    """Fires if at least `share` of at least `letters` letters (A-Z, a-z) are capitals."""

    of: Literal["capitals"]
    share: Annotated[float, Field(gt=0.0, le=1.0)]
    letters: Annotated[int, Field(ge=1)]


Measure = Annotated[LinkCount | CapitalShare, Field(discriminator="of")]


class Rule(PolicyModel):
    """One rule: fires if one of its patterns matches the normalized text, or if its measure is reached."""

    id: Identifier
    category: Category
    outcome: Action
    public: bool
    patterns: Annotated[tuple[Pattern, ...], Field(max_length=MAX_PATTERNS)] = ()
    measure: Measure | None = None
    message: Sentence
    reason: Sentence

    @model_validator(mode="after")
    def _one_way_to_fire(self) -> Self:
        if bool(self.patterns) == (self.measure is not None):
            raise ValueError("a rule has either patterns or a measure")
        return self


class FailureMode(PolicyModel):
    """The outcome for a text that could not be checked: always held, never published."""

    outcome: Literal["held"]
    message: Sentence


class ModelPin(PolicyModel):
    """The model files for which the thresholds were measured, by sha256."""

    sha256: Sha256
    tokenizer_sha256: Sha256


class DecidedCase(PolicyModel):
    """A test case: a text with given scores, and the outcome that it must have. A missing score is 0.

    `scores` null: the check failed.
    """

    text: CaseText
    scores: dict[str, float] | None
    outcome: Literal["published", "held", "rejected"]


class Cases(PolicyModel):
    """The test cases that a policy must pass before its activation.

    `fires`: rule → texts on which it fires. `passes`: texts on which no rule fires. `decides`: whole decisions.
    `steers`: prompt injections. Each is tested with all extreme scores and in every prompt: it must change neither a
    decision nor the prompt outside its own element.
    """

    fires: dict[str, tuple[CaseText, ...]] = Field(default_factory=dict)
    passes: tuple[CaseText, ...] = ()
    decides: tuple[DecidedCase, ...] = ()
    steers: tuple[CaseText, ...] = ()


class Policy(PolicyModel):
    """A policy. Its `digest` identifies the content; the order of rules and categories does not matter."""

    name: Identifier
    version: Annotated[int, Field(ge=1)]
    normalizer: Literal[2]
    model: ModelPin | None = None
    appeal_days: Annotated[int, Field(ge=1)]
    failure_mode: FailureMode
    categories: tuple[CategoryPolicy, ...]
    overall: Overall | None = None
    reading: Annotated[ReadingLimit | None, AddedLater] = None  # None: every text is read completely
    languages: Annotated[Languages | None, AddedLater] = None  # None: the defaults
    rules: Annotated[tuple[Rule, ...], Field(max_length=MAX_RULES)]
    spam_signals: Annotated[tuple[SpamSignal, ...], Field(max_length=20), AddedLater] = ()
    prompts: dict[PromptName, PromptTemplate]
    helplines: Annotated[tuple[Helpline, ...], Field(max_length=300), AddedLater] = ()
    cases: Cases = Cases()

    @property
    def output_schema(self) -> dict[str, Any]:
        """The strict JSON schema of an answer to the prompt `moderation`."""
        return output_schema([category.id for category in self.categories])

    @property
    def judged_languages(self) -> Languages:
        """The languages that the engines judge; the defaults if the policy names none."""
        return self.languages or Languages()

    @cached_property
    def digest(self) -> str:
        """The sha256 of the policy's canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.canonical_json()).hexdigest()

    def canonical_json(self) -> bytes:
        """Return the policy as JSON with sorted keys and no white space: equal policies give equal bytes."""
        content = content_of(self)
        content["rules"].sort(key=itemgetter("id"))
        content["categories"].sort(key=itemgetter("id"))
        return as_canonical_json(content).encode()

    def category(self, category: Category) -> CategoryPolicy:
        """Return the policy's entry for a category that one of its rules or scores names."""
        return next(entry for entry in self.categories if entry.id == category)
