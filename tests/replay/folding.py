"""A view without a broker: made-up messages go through the real folds into a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from services.gateway.accounts.queries import AccountQueries
from services.gateway.communities.queries import CommunityQueries
from services.gateway.dependencies import PROJECTIONS
from services.gateway.interests.queries import InterestQueries
from services.gateway.modlog.queries import ModlogQueries
from services.gateway.posts.comment_queries import CommentQueries
from services.gateway.posts.queries import PostQueries
from services.gateway.recommendations.queries import RecommendationQueries
from services.gateway.review.queries import ReviewQueries
from services.gateway.stream.queries import StreamQueries
from services.gateway.timeline.queries import TimelineQueries
from services.gateway.view.change_notifications import Change
from services.gateway.view.decryption import keys_for
from services.gateway.view.projector import Projector
from services.gateway.view.read_connection import ReadConnection
from services.gateway.view.store import Store
from shared.content import Content
from shared.log.events import (
    FULL_WEIGHT,
    Event,
    Fact,
    InterestChanged,
    PostEdited,
    UserErased,
    UserRegistered,
    record,
)
from shared.log.signals import Signal
from shared.security.data_keys import Erased, KeyLost
from shared.security.sealing import DataKey
from shared.testing import AT, decided, submitted


@dataclass(frozen=True)
class Place:
    """The place of a message in its stream."""

    stream: int


@dataclass(frozen=True)
class Stored:
    """A message as the broker delivers it."""

    subject: str
    data: bytes
    sequence: Place

    @property
    def metadata(self) -> "Stored":
        """Return itself: the message is its own metadata."""
        return self


class FakeKeys:
    """A key store in which every user has a key until they are erased."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self.lost: set[str] = set()

    async def key_of(self, user_id: str) -> DataKey:
        """Return a key derived from the id, so that runs differ only in nonces."""
        if user_id in self.gone:
            raise Erased(user_id)
        if user_id in self.lost:
            raise KeyLost(user_id)
        return self.make(user_id)

    @staticmethod
    def make(user_id: str) -> DataKey:
        """Return the key of a user."""
        return DataKey(user_id.encode().ljust(32, b".")[:32])


@dataclass
class Streams:
    """Both streams, written by a test."""

    events: list[Stored] = field(default_factory=list)
    signals: list[Stored] = field(default_factory=list)

    def append(self, event: Event) -> Event:
        """Store a fact. Returns it with its sequence."""
        stored = event.model_copy(update={"sequence": len(self.events) + 1})
        self.events.append(Stored(stored.subject, stored.encode(), Place(stored.sequence)))
        return stored

    def fact(self, data: Fact, entity_id: str, minutes: int = 0) -> Event:
        """Store a fact by its data, some minutes after the start time."""
        return self.append(
            record(data, entity_id, actor=f"user:{entity_id}", at=AT + timedelta(minutes=minutes), event_id=entity_id)
        )

    def register(self, user_id: str, handle: str, *, waits: bool = False) -> Event:
        """Register a user; one who waits has given a reason."""
        key = FakeKeys.make(user_id)
        reason = key.seal(b"canary", user_id) if waits else None
        return self.fact(UserRegistered(handle=key.seal(handle.encode(), user_id), waits=waits, reason=reason), user_id)

    def erase(self, user_id: str) -> Event:
        """Erase a user."""
        return self.fact(UserErased(), user_id)

    def write(self, author_id: str = "author-1", text: str = "Hello", **fields: Any) -> Event:
        """Submit a post."""
        return self.append(submitted(key=FakeKeys.make(author_id), text=text, author_id=author_id, **fields))

    def publish(self, author_id: str = "author-1", text: str = "Hello", **fields: Any) -> Event:
        """Submit a post and publish it."""
        post = self.write(author_id, text, **fields)
        self.append(decided(post))
        return post

    def answer(self, parent: Event, author_id: str = "author-1", text: str = "Yes") -> Event:
        """Submit a comment and publish it."""
        above = parent.data
        root_id = getattr(above, "root_id", None) or parent.entity_id
        return self.publish(author_id, text, parent_id=parent.entity_id, root_id=root_id)

    def rewrite(self, post: Event, text: str, revision: int = 2) -> Event:
        """Edit a post."""
        author_id = str(getattr(post.data, "author_id", ""))
        sealed = FakeKeys.make(author_id).seal(Content(body=text).canonical(), post.entity_id)
        fact = PostEdited(author_id=author_id, content=sealed, content_hash="1" * 64, revision=revision)
        return self.fact(fact, post.entity_id)

    def interest(self, reader_id: str, kind: str, target: str, *, interested: bool = False) -> Event:
        """Note that a reader is not interested in a community or a person, or is again."""
        sealed = FakeKeys.make(reader_id).seal(f"{kind}:{target}".encode(), reader_id)
        fact = InterestChanged(target=sealed, interested=interested)
        return self.append(record(fact, reader_id, actor=f"user:{reader_id}", at=AT))

    def vote(self, post_id: str, user_id: str, value: int, weight: int = FULL_WEIGHT) -> None:
        """Vote; the earlier message under the same subject is removed."""
        last = self.signals[-1].sequence.stream if self.signals else 0
        signal = Signal(kind="vote", post_id=post_id, user_id=user_id, value=value, occurred_at=AT, weight=weight)
        self.signals = [message for message in self.signals if message.subject != signal.subject]
        self.signals.append(Stored(signal.subject, signal.encode(), Place(last + 1)))


class FoldedView:
    """A view in a folder, folded by a test, with the queries of each feature."""

    def __init__(self, folder: Path, keys: FakeKeys | None = None) -> None:
        self.keys = keys or FakeKeys()
        self.store = Store.in_folder(folder)
        self._projector = Projector(self.store, PROJECTIONS)
        self.connection = ReadConnection()
        self.connection.open(self.store.path)
        self.posts, self.comments = PostQueries(self.connection), CommentQueries(self.connection)
        self.accounts, self.communities = AccountQueries(self.connection), CommunityQueries(self.connection)
        self.review, self.modlog = ReviewQueries(self.connection, self.posts), ModlogQueries(self.connection)
        self.stream, self.timeline = StreamQueries(self.connection), TimelineQueries(self.connection)
        self.interests, self.recommended = InterestQueries(self.connection), RecommendationQueries(self.connection)

    def digest(self) -> str:
        """Return the digest of the view's content."""
        return self.connection.digest()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query as tuples."""
        return [tuple(row) for row in self.connection.rows(query, {})]

    async def take(self, streams: Streams) -> list[Change]:
        """Fold whole streams, each as one batch."""
        return [*await self.take_events(streams.events), *self.take_signals(streams.signals)]

    async def take_events(self, messages: Sequence[Stored]) -> list[Change]:
        """Fold a batch of facts."""
        batch = self._projector.read_events(messages)
        return self._projector.take_events(batch, await keys_for(batch.items, self.keys))

    def take_signals(self, messages: Sequence[Stored]) -> list[Change]:
        """Fold a batch of signals."""
        return self._projector.take_signals(messages)

    async def take_in_batches(self, streams: Streams, sizes: Iterable[int]) -> None:
        """Fold the streams in batches of these sizes in turn; each batch repeats the one before it."""
        cycle = [*sizes]
        start, before = 0, 0
        while start < max(len(streams.events), len(streams.signals)):
            size = cycle[start % len(cycle)]
            await self.take_events(streams.events[before : start + size])
            self.take_signals(streams.signals[before : start + size])
            before, start = start, start + size

    def close(self) -> None:
        """Close both connections."""
        self.connection.close()
        self.store.close()

    def bytes(self) -> bytes:
        """Return the bytes of all files in the folder."""
        return b"".join(path.read_bytes() for path in sorted(self.store.path.parent.iterdir()))
