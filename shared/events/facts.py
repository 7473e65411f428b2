"""Every binding fact, declared once: type, subject, schema and permissions are derived from these classes."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.events.envelope import Fact

Outcome = Literal["published", "held", "rejected"]
Role = Literal["member", "moderator", "admin", "importer"]
Sealed = str  # text under its author's key: see shared/sealing.py


class Part(BaseModel):
    """A value inside a fact."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Span(Part):
    """Words of the text that a rule fired on: code-point offsets into title + blank line + body."""

    start: int
    end: int


class Reason(Part):
    """One ground of a decision. `message` speaks to the author."""

    rule: str
    category: str
    message: str
    spans: tuple[Span, ...] = ()


class PolicyRef(Part):
    """Which policy spoke: its content digest (sha256) and its version."""

    digest: str
    version: int


class Origin(Part):
    """Where an imported post came from, with what it had earned there."""

    source_id: str
    created_at: datetime | None = None
    score: int = 0


class UserRegistered(Fact):
    handle: Sealed
    imported: bool = False  # an author named by an import: cannot sign in


class UserRoleGranted(Fact):
    role: Role
    community: str | None = None  # None: everywhere


class UserSuspended(Fact):
    reason: str
    until: datetime | None = None


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


class PostSubmitted(Fact):
    """A post, or a comment when it has a parent. `content_hash` is keyed: nobody can test a guess after erasure."""

    author_id: str
    community: str
    content: Sealed
    content_hash: str
    parent_id: str | None = None
    root_id: str | None = None
    preview_id: str | None = None
    origin: Origin | None = None
    revision: int = 1


class PostEdited(Fact):
    author_id: str
    content: Sealed
    content_hash: str
    revision: int
    preview_id: str | None = None


class PostWithdrawn(Fact):
    revision: int


class PostAppealed(Fact):
    revision: int
    reason: Sealed


class PostDecided(Fact):
    """What became of one revision, by whom and on what ground. At most one per revision and decider."""

    author_id: str
    community: str
    revision: int
    judged_sequence: int  # the submission or edit that was judged
    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    policy: PolicyRef
    engine: str
    model: str
    decided_by: Literal["engine", "person"] = "engine"
    scores: dict[str, float] = Field(default_factory=dict)
    took_ms: float = 0.0
    failure_mode: str | None = None
    appeal_until: datetime | None = None


class PolicyDrafted(Fact):
    """The entity is the policy's name; `digest` names the content."""

    digest: str
    version: int


class PolicyActivated(Fact):
    digest: str
    version: int


class PolicyRetired(Fact):
    digest: str
    version: int


class EmbeddingStored(Fact):
    revision: int
    source_sequence: int  # the decision that published this revision
    model: str
