"""A scenario for ranking: its state is reached by facts and signals only, and read through feeds only."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.ranking.handlers import FeedQueries
from services.ranking.personalization import Personalization
from services.ranking.projections import RankingState, apply_event, apply_signal
from services.ranking.ranking_cache import RankingCache
from services.ranking.settings import Settings
from shared.ids import derived_id
from shared.log.events import FULL_WEIGHT, EmbeddingStored, Event, Origin, UserErased, record
from shared.log.signals import Signal, SignalKind
from shared.messaging.requests import RankedFeed, RankFeed, UserEmbeddingMatches
from shared.testing import decided, edited, submitted, withdrawn

START = datetime(2026, 1, 2, tzinfo=UTC)


class FixedUserEmbeddings:
    """Answers every request with the same matches, or with None, and records the requests."""

    def __init__(self, answer: UserEmbeddingMatches | None = None) -> None:
        self.answer = answer
        self.requests: list[tuple[str, tuple[str, ...]]] = []

    async def match_posts(
        self, reader_id: str, post_ids: tuple[str, ...], since: datetime
    ) -> UserEmbeddingMatches | None:
        """Return the fixed answer."""
        self.requests.append((reader_id, post_ids))
        return self.answer


@dataclass
class Scenario:
    """A log, a signal stream, and ranking as it sees them. `hours` is the current time in hours after the start."""

    embeddings: FixedUserEmbeddings = field(default_factory=FixedUserEmbeddings)
    hours: float = 100.0

    def __post_init__(self) -> None:
        self.events: list[Event] = []
        self.signals: list[Signal] = []
        self.state = RankingState()
        self.restart()

    def restart(self) -> None:
        """Drop the caches; only the ranking state stays."""
        rankings = RankingCache(self.state)
        personalization = Personalization(self.state, rankings, self.embeddings, Settings())
        self.queries = FeedQueries(self.state, rankings, personalization, lambda: self.at(self.hours).timestamp())

    def at(self, hours: float) -> datetime:
        """Return the moment that many hours after the start."""
        return START + timedelta(hours=hours)

    def append(self, event: Event) -> Event:
        """Append a fact to the log and fold it."""
        stored = event.model_copy(update={"sequence": len(self.events) + 1})
        self.events.append(stored)
        apply_event(self.state, stored)
        return stored

    def submit(self, number: int, *, age: float = 1.0, imported: int | None = None, **fields: object) -> Event:
        """Submit a post that is `age` hours old; `imported` is the score that it had at its source."""
        if imported is not None:
            fields["origin"] = Origin(source_id=str(number), created_at=self.at(self.hours - age), score=imported)
        post = submitted(post_id(number), **fields)  # type: ignore[arg-type]
        return self.append(post.model_copy(update={"occurred_at": self.at(self.hours - age)}))

    def publish(self, number: int, **fields: object) -> Event:
        """Submit a post, decide to publish it, and store its embedding."""
        post = self.submit(number, **fields)  # type: ignore[arg-type]
        self.decide(post)
        return post

    def decide(self, post: Event, outcome: str = "published", *, revision: int = 1) -> None:
        """Decide on a post; if it is published, store its embedding too."""
        decision = self.decide_only(post, outcome, revision=revision)
        if outcome == "published":
            self.embed(post, decision.sequence, revision=revision)

    def decide_only(self, post: Event, outcome: str = "published", *, revision: int = 1) -> Event:
        """Decide on a post without storing an embedding."""
        return self.append(decided(post, outcome, revision=revision))

    def embed(self, post: Event, source_sequence: int = 0, *, revision: int = 1) -> None:
        """Store the embedding of a revision."""
        fact = EmbeddingStored(revision=revision, source_sequence=source_sequence, model="test")
        self.append(record(fact, post.entity_id, actor="service:embeddings", at=START))

    def edit(self, post: Event, *, revision: int = 2) -> None:
        """Edit a post; the new revision is not decided yet."""
        self.append(edited(post, revision=revision))

    def withdraw(self, post: Event) -> None:
        """Withdraw a post."""
        self.append(withdrawn(post))

    def erase(self, user_id: str) -> None:
        """Erase a user."""
        self.append(record(UserErased(), user_id, actor=f"user:{user_id}", at=START))

    def signal(
        self, number: int, user_id: str, value: int = 1, kind: SignalKind = "vote", *, weight: int = FULL_WEIGHT
    ) -> None:
        """Append a reader's signal on a post to the stream and fold it."""
        sequence = len(self.signals) + 1
        appended = Signal(
            kind=kind,
            post_id=post_id(number),
            user_id=user_id,
            value=value,
            occurred_at=START,
            weight=weight,
            sequence=sequence,
        )
        self.signals.append(appended)
        apply_signal(self.state, appended)

    async def feed(self, **fields: object) -> RankedFeed:
        """Request one page."""
        return await self.queries.rank_feed(RankFeed.model_validate({"limit": 50, **fields}))

    async def order(self, **fields: object) -> list[int]:
        """Request one page and return the numbers of its posts."""
        return [number_of(item.post_id) for item in (await self.feed(**fields)).items]


def post_id(number: int) -> str:
    """Return the id of the post with this number; ids sort as the numbers do."""
    return derived_id(1_767_312_000_000 + number, str(number))


def number_of(post: str) -> int:
    """Return the number from which `post_id` derived this id."""
    return (int(post.replace("-", ""), 16) >> 80) - 1_767_312_000_000
