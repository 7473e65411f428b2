"""Questions between services (core NATS request and reply): each request class names its subject and its reply."""

import re
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.log.events import Outcome, Reason

Sort = Literal["for_you", "hot", "new", "top"]
Window = Literal["hour", "day", "week", "month", "year", "all"]


class Reply(BaseModel):
    """An answer. Instead of the rest: `error`, the service could not answer; `refused`, the asker's mistake."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    error: str | None = None
    refused: str | None = None


R = TypeVar("R", bound=Reply)


class Request(BaseModel, Generic[R]):
    """A question to one service: `SERVICE` answers on `requests.<service>.<class name as a verb phrase>`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    SERVICE: ClassVar[str]
    REPLY: ClassVar[type[Any]]

    @classmethod
    def subject(cls) -> str:
        """The subject of this question."""
        verb_phrase = re.sub(r"(?<!^)([A-Z])", r"_\1", cls.__name__).lower()
        return f"requests.{cls.SERVICE}.{verb_phrase}"


class PostHit(BaseModel):
    """One found post. `why` says how: `exact`, `words`, `meaning` or `words and meaning`."""

    post_id: str
    score: float
    why: str = ""


class PostHits(Reply):
    items: tuple[PostHit, ...] = ()
    semantic: bool = True  # False: the encoder did not answer and only words were searched


class SearchPosts(Request[PostHits]):
    """Hybrid search over published posts. `communities` None: all that this person may see."""

    SERVICE = "embeddings"
    REPLY = PostHits
    text: str
    community: str | None = None
    author_id: str | None = None
    kind: Literal["post", "comment"] | None = None
    newer_than: datetime | None = None
    hidden_authors: tuple[str, ...] = ()  # what this person may not see, inside the query
    limit: int = 20
    offset: int = 0


class RelatedPosts(Request[PostHits]):
    """Published posts near to one post in meaning; never itself."""

    SERVICE = "embeddings"
    REPLY = PostHits
    post_id: str
    limit: int = 6


class UserEmbeddingMatches(Reply):
    """`similarity`: cosine of each asked post with the reader's vector; `nearest`: published posts near to it."""

    known: bool = False  # False: this reader has given no signal yet
    similarity: dict[str, float] = Field(default_factory=dict)
    nearest: tuple[PostHit, ...] = ()


class ReaderTaste(Request[UserEmbeddingMatches]):
    SERVICE = "embeddings"
    REPLY = UserEmbeddingMatches
    reader_id: str
    post_ids: tuple[str, ...] = ()
    limit: int = 200


class PackedVectors(Reply):
    """Row i of `steps` (base64 of int8, `dimensions` each) times `sizes[i]` is the vector of the post `known[i]`."""

    vectors: str = ""  # vectors of the same value can be compared
    dimensions: int = 0
    known: tuple[str, ...] = ()
    sizes: tuple[float, ...] = ()
    steps: str = ""


class PackVectors(Request[PackedVectors]):
    """The vectors of published posts, for devices that search by themselves. At most 250: 130 kB."""

    SERVICE = "embeddings"
    REPLY = PackedVectors
    post_ids: tuple[str, ...] = Field(max_length=250)


class RankedPost(BaseModel):
    """A place in a feed. The parts add up to the score."""

    post_id: str
    score: float
    parts: dict[str, float]


class RankedFeed(Reply):
    items: tuple[RankedPost, ...] = ()
    next: str | None = None
    personalized: bool = False


class RankFeed(Request[RankedFeed]):
    SERVICE = "ranking"
    REPLY = RankedFeed
    sort: Sort = "hot"
    window: Window = "all"
    community: str | None = None
    reader_id: str | None = None
    cursor: str | None = None
    limit: int = 25


class DraftDecision(Reply):
    """What the official pipeline would decide about a text, without effect."""

    outcome: Outcome = "held"
    reasons: tuple[Reason, ...] = ()
    policy_digest: str = ""
    policy_version: int = 0
    engine: str = ""
    model: str = ""
    took_ms: float = 0.0
    failure_mode: str | None = None


class CheckDraft(Request[DraftDecision]):
    SERVICE = "moderation"
    REPLY = DraftDecision
    community: str
    title: str = ""
    body: str
    content_hash: str  # keyed like a submission's, so that check, decision and vector share one pass
    person_id: str = ""  # whose budget a provider's answer counts on; no provider gets it


class CaseResolved(Reply):
    sequence: int = 0
    conflict: str | None = None  # a stable code: why the person's decision was not taken


class ResolveCase(Request[CaseResolved]):
    """A person decides. The gateway has checked who it is; moderation stays the only author of decisions."""

    SERVICE = "moderation"
    REPLY = CaseResolved
    post_id: str
    revision: int
    outcome: Outcome
    reason: str
    moderator_id: str
    seen: int | None = None  # the sequence of the last fact that the person saw: a colleague may have been faster


class Health(Reply):
    """Whether a service can do its work now. `parts`: name → `ok` or what is wrong; `lag`: messages that wait."""

    ready: bool = False
    parts: dict[str, str] = Field(default_factory=dict)
    lag: int = 0
    passes: int = 0  # texts that this service has run through the encoder


def health_subject(service: str) -> str:
    """Where a service answers how it is."""
    return f"requests.{service}.health"
