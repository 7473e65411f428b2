"""All facts of the log. Type, subject, schema and broker permissions are derived from these classes."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.log.events.envelope import Fact
from shared.log.events.field_types import Int32, Int53, Moment

Outcome = Literal["published", "held", "rejected"]
Role = Literal["member", "moderator", "admin", "importer"]
Sealed = str  # text sealed with its author's key: see shared/security/sealing.py


class ValueObject(BaseModel):
    """A value inside a fact."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Span(ValueObject):
    """A passage on which a rule fired: code-point offsets into title + blank line + body."""

    start: Int32
    end: Int32


class Reason(ValueObject):
    """One reason of a decision. `message` is for the author."""

    rule: str
    category: str
    message: str
    spans: tuple[Span, ...] = ()


class PolicyRef(ValueObject):
    """The policy that was applied: its content digest (sha256) and its version."""

    digest: str
    version: Int32


class Usage(ValueObject):
    """The cost of one decision at a provider: tokens by its count, US dollars, milliseconds until its answers."""

    input_tokens: Int32 = 0
    output_tokens: Int32 = 0
    cost_usd: float = 0.0
    provider_ms: float = 0.0
    attempts: Int32 = 0


class Origin(ValueObject):
    """The origin of an imported post, with its creation time and score there."""

    source_id: str
    created_at: Moment | None = None
    score: Int53 = 0


class UserRegistered(Fact):
    handle: Sealed
    imported: bool = False  # an author created by an import, who cannot sign in


class UserRoleGranted(Fact):
    role: Role
    community: str | None = None  # None: everywhere


class UserSuspended(Fact):
    reason: str
    until: Moment | None = None


class UserReinstated(Fact):
    pass


class UserErased(Fact):
    pass


class CommunityCreated(Fact):
    title: str
    guideline: str = ""


class CommunityChanged(Fact):
    title: str | None = None
    guideline: str | None = None


class PostFact(Fact):
    """A fact of a post's history. `revision` is the post's current revision when the fact is appended.

    Writers find the current revision in a post's last fact, so every fact about a post has it. Only a submission or an
    edit starts a revision, and a withdrawal is always the last fact: nothing may be appended after it.
    """

    revision: Int32


class PostSubmitted(PostFact):
    """A post, or a comment if it has a parent. `content_hash` is keyed: after erasure nobody can test a guess."""

    author_id: str
    community: str
    content: Sealed
    content_hash: str
    parent_id: str | None = None
    root_id: str | None = None
    preview_id: str | None = None
    origin: Origin | None = None
    revision: Int32 = 1


class PostEdited(PostFact):
    author_id: str
    content: Sealed
    content_hash: str
    preview_id: str | None = None


class PostWithdrawn(PostFact):
    pass


class PostAppealed(PostFact):
    reason: Sealed


class ReportFiled(Fact):
    """A reader reports a published post to the moderators. A separate entity, so that it conflicts with no post fact.

    The entity id is derived from post, revision and reporter, so each reporter has one report per revision.
    """

    post_id: str
    revision: Int32
    reporter_id: str
    reason: Sealed  # with the reporter's key


class PostDecided(PostFact):
    """The decision on one revision, with its decider and reasons. At most one per revision and decider."""

    author_id: str
    community: str
    judged_sequence: Int53  # the submission or edit that was decided on
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    policy: PolicyRef
    engine: str
    model: str
    decided_by: Literal["engine", "person"] = "engine"
    scores: dict[str, float] = Field(default_factory=dict)
    took_ms: float = 0.0
    failure_mode: str | None = None
    failure_reason: str | None = None  # for moderators: the engine that gave no scores, and why
    usage: Usage | None = None  # None: no provider was paid
    appeal_until: Moment | None = None


class PolicyDrafted(Fact):
    """A policy version was stored. The entity id is the policy's name; `digest` identifies the content."""

    digest: str
    version: Int32


class PolicyActivated(Fact):
    """A policy became active. `note`: signed JSON, required for another policy or a lower version."""

    digest: str
    version: Int32
    note: str = ""


class PolicyRetired(Fact):
    digest: str
    version: Int32


class EmbeddingStored(Fact):
    revision: Int32
    source_sequence: Int53  # the decision that published this revision
    model: str


class LetterRedriven(Fact):
    """The operator redelivered the fact of a dead letter, and its handler succeeded."""

    durable: str
    given_up: Int53
    reason: str  # the reason in the dead letter


class LetterDropped(Fact):
    """The operator dismissed a dead letter: its fact will not be handled."""

    durable: str
    given_up: Int53
    reason: str  # the operator's reason
