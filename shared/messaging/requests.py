"""Requests between services (core NATS request and reply). Each request class defines its subject and its reply."""

import re
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.log.events import Outcome, Reading, Reason, Span

# The broker's own health, which it reports to its system account.
BROKER_HEALTH = "$SYS.REQ.SERVER.PING.HEALTHZ"

Sort = Literal["for_you", "hot", "new", "top"]
Window = Literal["hour", "day", "week", "month", "year", "all"]


class Reply(BaseModel):
    """A reply. `error`: the service failed; `refused`: a code, the request was wrong; then the rest is unset."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    error: str | None = None
    refused: str | None = None


ReplyT = TypeVar("ReplyT", bound=Reply)


class Request(BaseModel, Generic[ReplyT]):
    """A request to `SERVICE`, on the subject `requests.<service>.<class name as a verb phrase>`."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
    SERVICE: ClassVar[str]
    REPLY: ClassVar[type[Any]]

    @classmethod
    def subject(cls) -> str:
        """Return the subject of this request."""
        verb_phrase = re.sub(r"(?<!^)([A-Z])", r"_\1", cls.__name__).lower()
        return f"requests.{cls.SERVICE}.{verb_phrase}"


class PostHit(BaseModel):
    """A search result. `why` is the kind of match: `exact`, `words`, `meaning` or `words and meaning`.

    `because`: of the posts that a reader has voted for, the one nearest to this one.
    """

    post_id: str
    score: float
    why: str = ""
    because: str = ""


class PostHits(Reply):
    items: tuple[PostHit, ...] = ()
    semantic: bool = True  # False: the encoder was unavailable, and only words were searched


class SearchPosts(Request[PostHits]):
    """Hybrid search over published posts. `community` None: all communities."""

    SERVICE = "embeddings"
    REPLY = PostHits
    text: str
    community: str | None = None
    author_id: str | None = None
    kind: Literal["post", "comment"] | None = None
    newer_than: datetime | None = None
    hidden_authors: tuple[str, ...] = ()  # authors whose posts are excluded for this user
    limit: int = 20
    offset: int = 0


class RelatedPosts(Request[PostHits]):
    """Published posts similar in meaning to one post, without that post.

    `reader_id`: the posts of which this reader wants less are left out, too.
    """

    SERVICE = "embeddings"
    REPLY = PostHits
    post_id: str
    reader_id: str | None = None
    hidden_communities: tuple[str, ...] = ()
    hidden_authors: tuple[str, ...] = ()
    limit: int = 6


class UserEmbeddingMatches(Reply):
    """Posts compared with a reader's user embedding.

    `similarity`: the cosine of each requested post; `nearest`: the most similar published posts; `liked`: the posts
    that the reader has voted for, latest first. Only `liked` is there if the model can read none of those.
    """

    known: bool = False  # False: the reader has no taste yet
    similarity: dict[str, float] = Field(default_factory=dict)
    nearest: tuple[PostHit, ...] = ()
    liked: tuple[str, ...] = ()


class ReaderTaste(Request[UserEmbeddingMatches]):
    """Published posts compared with what a reader likes.

    `since`: `limit` posts from then on are added to the nearest of all times. `explained`: each of the nearest names a
    liked post.
    """

    SERVICE = "embeddings"
    REPLY = UserEmbeddingMatches
    reader_id: str
    post_ids: tuple[str, ...] = ()
    limit: int = 200
    since: datetime | None = None
    explained: bool = False
    hidden_communities: tuple[str, ...] = ()
    hidden_authors: tuple[str, ...] = ()


class PackedVectors(Reply):
    """Quantized vectors: row i of `steps` (base64 of int8, `dimensions` each) times `sizes[i]` is for `known[i]`."""

    vectors: str = ""  # names the encoder: only vectors of the same encoder can be compared
    dimensions: int = 0
    known: tuple[str, ...] = ()
    sizes: tuple[float, ...] = ()
    steps: str = ""


class PackVectors(Request[PackedVectors]):
    """The vectors of published posts, for search on the device. At most 250 posts: 130 kB."""

    SERVICE = "embeddings"
    REPLY = PackedVectors
    post_ids: tuple[str, ...] = Field(max_length=250)


class RankedPost(BaseModel):
    """A post in a feed. The parts add up to the score."""

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
    # What the reader is not interested in; it counts in `for_you`, and communities only outside of each of them.
    hidden_communities: tuple[str, ...] = ()
    hidden_authors: tuple[str, ...] = ()
    cursor: str | None = None
    limit: int = 25


class DraftDecision(Reply):
    """The decision of a dry run."""

    outcome: Outcome = "held"
    reasons: tuple[Reason, ...] = ()
    policy_digest: str = ""
    policy_version: int = 0
    engine: str = ""
    model: str = ""
    took_ms: float = 0.0
    failure_mode: str | None = None
    unjudged: Literal["language"] | None = None
    unjudged_languages: tuple[str, ...] = ()
    unjudged_spans: tuple[Span, ...] = ()
    reading: Reading | None = None


class CheckDraft(Request[DraftDecision]):
    SERVICE = "moderation"
    REPLY = DraftDecision
    community: str
    title: str = ""
    body: str
    person_id: str  # whose key names the cached result, and whose provider budget is charged; not sent to providers
    parent_id: str | None = None  # the post that a comment answers; the gateway has checked that the person may see it


class CaseResolved(Reply):
    sequence: int = 0
    conflict: str | None = None  # a stable code: why the moderator's decision was not accepted


class ResolveCase(Request[CaseResolved]):
    """A moderator's decision. The gateway has checked the moderator's role; only moderation writes decisions."""

    SERVICE = "moderation"
    REPLY = CaseResolved
    post_id: str
    revision: int
    outcome: Outcome
    reason: str
    moderator_id: str
    seen: int | None = None  # the last fact that the moderator saw; another moderator may have decided since


class Health(Reply):
    """A health report. `ready`: the service can work; `parts`: name → `ok` or the problem; `lag`: waiting messages."""

    ready: bool = False
    parts: dict[str, str] = Field(default_factory=dict)
    lag: int = 0
    replica: str = ""  # this process among the replicas of its service; empty from older versions
    passes: int = 0  # texts that this service has encoded


def health_subject(service: str) -> str:
    """Return the subject on which a service answers health requests."""
    return f"requests.{service}.health"


def subjects_of(service: str) -> list[str]:
    """Return the subjects of all kinds of requests to a service, without health requests."""
    kinds = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, Request)]
    return sorted(kind.subject() for kind in kinds if getattr(kind, "SERVICE", "") == service)
