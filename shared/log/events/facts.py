"""All facts of the log but those about users. Type, subject, schema and permissions are derived from these classes."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.log.events.envelope import Fact
from shared.log.events.field_types import (
    FULL_WEIGHT,
    MOST_ENTRIES,
    MOST_SPANS,
    Count,
    EntityId,
    Int53,
    Line,
    Moment,
    Prose,
    Real,
    Revision,
    Scores,
    Sealed,
    Sequence,
    Weight,
    at_most,
)

Outcome = Literal["published", "held", "rejected"]


class ValueObject(BaseModel):
    """A value inside a fact."""

    model_config = ConfigDict(frozen=True, extra="ignore")


# What stands in place of the rule in a reason that its author must not learn.
UNDISCLOSED = "check.person"


class Span(ValueObject):
    """A passage on which a rule fired: code-point offsets into title + blank line + body."""

    start: Count
    end: Count


class Reason(ValueObject):
    """One reason of a decision. `message` is for the author, `detail` for moderators.

    `undisclosed`: the author reads nothing but the message, because rule, category and passages would tell how to evade
    moderation.
    """

    rule: Line
    category: Line
    message: Prose
    spans: Annotated[tuple[Span, ...], AfterValidator(at_most(MOST_SPANS))] = ()
    detail: Prose = ""
    undisclosed: bool = False

    def for_author(self) -> "Reason":
        """Return the part of it that the author may read."""
        if self.undisclosed:
            return Reason(rule=UNDISCLOSED, category="check", message=self.message)
        return self.model_copy(update={"detail": ""})


def reasons_for_author(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return what the author may read of the reasons, each once: nobody can count those that are undisclosed."""
    return tuple(dict.fromkeys(reason.for_author() for reason in reasons))


class Reading(ValueObject):
    """The part of a text that engines read, in characters: code points of title + blank line + body.

    `unread` are the passages that no engine read; rules search the whole text.
    """

    characters: Count
    read: Count
    unread: Annotated[tuple[Span, ...], AfterValidator(at_most(MOST_SPANS))] = ()


class PolicyRef(ValueObject):
    """The policy that was applied: its content digest (sha256) and its version."""

    digest: Line
    version: Count


class Usage(ValueObject):
    """The cost of one decision at a provider: tokens by its count, US dollars, milliseconds until its answers."""

    input_tokens: Count = 0
    output_tokens: Count = 0
    cost_usd: Real = 0.0
    provider_ms: Real = 0.0
    attempts: Count = 0


class Origin(ValueObject):
    """The origin of an imported post, with its creation time and score there."""

    source_id: Prose
    created_at: Moment | None = None
    score: Int53 = 0


class CommunityCreated(Fact):
    title: Prose
    guideline: Prose = ""


class CommunityChanged(Fact):
    title: Prose | None = None
    guideline: Prose | None = None


class PostFact(Fact):
    """A fact of a post's history. `revision` is the post's current revision when the fact is appended.

    Writers find the current revision in a post's last fact, so every fact about a post has it. Only a submission or an
    edit starts a revision, and a withdrawal is always the last fact: nothing may be appended after it.
    """

    revision: Revision


class PostSubmitted(PostFact):
    """A post, or a comment if it has a parent. `content_hash` is keyed: after erasure nobody can test a guess."""

    author_id: EntityId
    community: EntityId
    content: Sealed
    content_hash: Line
    parent_id: EntityId | None = None
    root_id: EntityId | None = None
    preview_id: Prose | None = None
    origin: Origin | None = None
    revision: Revision = 1


class PostEdited(PostFact):
    author_id: EntityId
    content: Sealed
    content_hash: Line
    preview_id: Prose | None = None


class PostWithdrawn(PostFact):
    pass


class PostAppealed(PostFact):
    reason: Sealed


class ReportFiled(Fact):
    """A reader reports a published post to the moderators. A separate entity, so that it conflicts with no post fact.

    The entity id is derived from post, revision and reporter, so each reporter has one report per revision.
    """

    post_id: EntityId
    revision: Revision
    reporter_id: EntityId
    reason: Sealed  # with the reporter's key
    weight: Weight = FULL_WEIGHT  # of the reporter when they reported


class PostDecided(PostFact):
    """The decision on one revision, with its decider and reasons. At most one per revision and decider."""

    author_id: Line
    community: EntityId
    judged_sequence: Sequence  # the submission or edit that was decided on
    outcome: Outcome
    reasons: Annotated[tuple[Reason, ...], AfterValidator(at_most(MOST_ENTRIES))] = ()
    policy: PolicyRef
    engine: Line
    model: Line
    decided_by: Literal["engine", "person"] = "engine"
    scores: Scores = Field(default_factory=dict)
    took_ms: Real = 0.0
    failure_mode: Line | None = None
    failure_reason: Prose | None = None  # for moderators: the engine that gave no scores, and why
    usage: Usage | None = None  # None: no provider was paid
    appeal_until: Moment | None = None
    reading: Reading | None = None  # None: a person's decision, or an old one, for which only the beginning was read
    unjudged: Literal["language"] | None = None  # a substantial part is in languages that no engine judges
    unjudged_languages: Annotated[
        tuple[Line, ...], AfterValidator(at_most(MOST_ENTRIES))
    ] = ()  # BCP 47, also of quotations
    unjudged_spans: Annotated[tuple[Span, ...], AfterValidator(at_most(MOST_SPANS))] = ()


class PolicyDrafted(Fact):
    """A policy version was stored. The entity id is the policy's name; `digest` identifies the content."""

    digest: Line
    version: Count


class PolicyActivated(Fact):
    """A policy became active. `note`: signed JSON, required for another policy or a lower version."""

    digest: Line
    version: Count
    note: Sealed = ""


class PolicyRetired(Fact):
    digest: Line
    version: Count


class InterestChanged(Fact):
    """A reader, the entity, is not interested in a community or a person any more, or is again.

    `target`: `community:<name>` or `person:<user id>`, sealed with the reader's key: the log does not tell whom
    somebody does not want to read, and once the reader is erased nobody can find out.
    """

    target: Sealed
    interested: bool


class EmbeddingStored(Fact):
    revision: Revision
    source_sequence: Sequence  # the decision that published this revision
    model: Line


class LetterRedriven(Fact):
    """The operator redelivered the fact of a dead letter, and its handler succeeded."""

    durable: EntityId
    given_up: Sequence
    reason: Prose  # the reason in the dead letter


class LetterDropped(Fact):
    """The operator dismissed a dead letter: its fact will not be handled."""

    durable: EntityId
    given_up: Sequence
    reason: Prose  # the operator's reason
