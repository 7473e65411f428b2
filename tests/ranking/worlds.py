"""A world that ranking sees: reached by facts and signals only, read through feeds only."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.ranking.feeds import Feeds
from services.ranking.handlers import FeedDesk
from services.ranking.projections import Board, apply_event, apply_signal
from services.ranking.readers import Readers
from services.ranking.settings import Settings
from shared.ids import derived_id
from shared.log.events import EmbeddingStored, Event, Origin, UserErased, record
from shared.log.signals import Signal, SignalKind
from shared.messaging.requests import RankedFeed, RankFeed, UserEmbeddingMatches
from shared.testing import decided, edited, submitted, withdrawn

START = datetime(2026, 1, 2, tzinfo=UTC)


class KnownTastes:
    """Answers with a taste that the test has laid down, or not at all."""

    def __init__(self, taste: UserEmbeddingMatches | None = None) -> None:
        self.taste = taste
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    async def taste_of(self, reader_id: str, post_ids: tuple[str, ...]) -> UserEmbeddingMatches | None:
        """The same answer to everybody."""
        self.asked.append((reader_id, post_ids))
        return self.taste


@dataclass
class ChangeSet:
    """A log, a signal stream, and the service in front of them. `hours` is the time since the start."""

    tastes: KnownTastes = field(default_factory=KnownTastes)
    hours: float = 100.0

    def __post_init__(self) -> None:
        self.events: list[Event] = []
        self.signals: list[Signal] = []
        self.board = Board()
        self.restart()

    def restart(self) -> None:
        """Forget everything that is only in memory and beside the board."""
        feeds = Feeds(self.board)
        readers = Readers(self.board, feeds, self.tastes, Settings())
        self.desk = FeedDesk(self.board, feeds, readers, lambda: self.at(self.hours).timestamp())

    def at(self, hours: float) -> datetime:
        """The moment that many hours after the start."""
        return START + timedelta(hours=hours)

    def happen(self, event: Event) -> Event:
        """Append a fact and let ranking see it."""
        stored = event.model_copy(update={"sequence": len(self.events) + 1})
        self.events.append(stored)
        apply_event(self.board, stored)
        return stored

    def submit(self, number: int, *, age: float = 1.0, imported: int | None = None, **fields: object) -> Event:
        """A submission that is `age` hours old; `imported`: with this score from where it came."""
        if imported is not None:
            fields["origin"] = Origin(source_id=str(number), created_at=self.at(self.hours - age), score=imported)
        post = submitted(post_id(number), **fields)  # type: ignore[arg-type]
        return self.happen(post.model_copy(update={"occurred_at": self.at(self.hours - age)}))

    def publish(self, number: int, **fields: object) -> Event:
        """A post that went all the way: submitted, decided, embedded."""
        post = self.submit(number, **fields)  # type: ignore[arg-type]
        self.decide(post)
        return post

    def decide(self, post: Event, outcome: str = "published", *, revision: int = 1) -> None:
        """A decision, and the vector of what it published."""
        decision = self.judge(post, outcome, revision=revision)
        if outcome == "published":
            self.embed(post, decision.sequence, revision=revision)

    def judge(self, post: Event, outcome: str = "published", *, revision: int = 1) -> Event:
        """A decision, and nothing behind it yet."""
        return self.happen(decided(post, outcome, revision=revision))

    def embed(self, post: Event, source_sequence: int = 0, *, revision: int = 1) -> None:
        """The vector of a revision is stored."""
        fact = EmbeddingStored(revision=revision, source_sequence=source_sequence, model="test")
        self.happen(record(fact, post.entity_id, actor="service:embeddings", at=START))

    def edit(self, post: Event, *, revision: int = 2) -> None:
        """An edit, not yet decided."""
        self.happen(edited(post, revision=revision))

    def withdraw(self, post: Event) -> None:
        """The author takes the post back."""
        self.happen(withdrawn(post))

    def erase(self, user_id: str) -> None:
        """A person is erased."""
        self.happen(record(UserErased(), user_id, actor=f"user:{user_id}", at=START))

    def signal(self, number: int, user_id: str, value: int = 1, kind: SignalKind = "vote") -> None:
        """The last word of a person on a post."""
        sequence = len(self.signals) + 1
        made = Signal(
            kind=kind,
            post_id=post_id(number),
            user_id=user_id,
            value=value,
            occurred_at=START,
            sequence=sequence,
        )
        self.signals.append(made)
        apply_signal(self.board, made)

    async def feed(self, **fields: object) -> RankedFeed:
        """One page."""
        return await self.desk.rank_feed(RankFeed.model_validate({"limit": 50, **fields}))

    async def order(self, **fields: object) -> list[int]:
        """The numbers of the posts on one page."""
        return [number_of(item.post_id) for item in (await self.feed(**fields)).items]


def post_id(number: int) -> str:
    """The id of the post with this number; ids sort as numbers do."""
    return derived_id(1_767_312_000_000 + number, str(number))


def number_of(wanted: str) -> int:
    """The number behind an id made by `post_id`."""
    return (int(wanted.replace("-", ""), 16) >> 80) - 1_767_312_000_000
