"""Every binding fact, declared once: type, subject, schema and permissions are derived from these classes."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.log.events.envelope import Fact
from shared.log.events.field_types import Moment, Number, Sequence

Outcome = Literal["published", "held", "rejected"]
Role = Literal["member", "moderator", "admin", "importer"]
Sealed = str  # text under its author's key: see shared/security/sealing.py


class ValueObject(BaseModel):
    """A value inside a fact."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Span(ValueObject):
    """Words of the text that a rule fired on: code-point offsets into title + blank line + body."""

    start: Number
    end: Number


class Reason(ValueObject):
    """One ground of a decision. `message` speaks to the author."""

    rule: str
    category: str
    message: str
    spans: tuple[Span, ...] = ()


class PolicyRef(ValueObject):
    """Which policy spoke: its content digest (sha256) and its version."""

    digest: str
    version: Number


class Usage(ValueObject):
    """What a provider was paid for one decision: tokens as it counted them, US dollars, milliseconds of waiting."""

    input_tokens: Number = 0
    output_tokens: Number = 0
    cost_usd: float = 0.0
    provider_ms: float = 0.0
    attempts: Number = 0


class Origin(ValueObject):
    """Where an imported post came from, with what it had earned there."""

    source_id: str
    created_at: Moment | None = None
    score: Sequence = 0


class UserRegistered(Fact):
    handle: Sealed
    imported: bool = False  # an author named by an import: cannot sign in


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

    revision: Number


class PostSubmitted(PostFact):
    """A post, or a comment when it has a parent. `content_hash` is keyed: nobody can test a guess after erasure."""

    author_id: str
    community: str
    content: Sealed
    content_hash: str
    parent_id: str | None = None
    root_id: str | None = None
    preview_id: str | None = None
    origin: Origin | None = None
    revision: Number = 1


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
    """A reader points a moderator to a published post. An entity of its own: it disturbs no writer of the post.

    The entity's id follows from post, revision and reporter, so that there is one of each.
    """

    post_id: str
    revision: Number
    reporter_id: str
    reason: Sealed  # with the reporter's key


class PostDecided(PostFact):
    """What became of one revision, by whom and on what ground. At most one per revision and decider."""

    author_id: str
    community: str
    judged_sequence: Sequence  # the submission or edit that was judged
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    policy: PolicyRef
    engine: str
    model: str
    decided_by: Literal["engine", "person"] = "engine"
    scores: dict[str, float] = Field(default_factory=dict)
    took_ms: float = 0.0
    failure_mode: str | None = None
    failure_reason: str | None = None  # for moderators: which engine gave no scores, and why
    usage: Usage | None = None  # None: nobody was paid for it
    appeal_until: Moment | None = None


class PolicyDrafted(Fact):
    """The entity is the policy's name; `digest` names the content."""

    digest: str
    version: Number


class PolicyActivated(Fact):
    """From here on this policy decides. `note`: signed JSON, where it is another policy or a lower version."""

    digest: str
    version: Number
    note: str = ""


class PolicyRetired(Fact):
    digest: str
    version: Number


class EmbeddingStored(Fact):
    revision: Number
    source_sequence: Sequence  # the decision that published this revision
    model: str


class LetterRedriven(Fact):
    """The operator had a durable handle a fact once more that it had given up, and it went well."""

    durable: str
    given_up: Sequence
    reason: str  # why it was given up


class LetterDropped(Fact):
    """The operator decided that a fact which a durable has given up is not to be handled any more."""

    durable: str
    given_up: Sequence
    reason: str  # the operator's words
