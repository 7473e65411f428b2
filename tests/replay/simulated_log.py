"""A simulation of the log and its writers without broker and clock: each step of a schedule moves or kills one of them.

The pure core of the services makes the decisions; everything between two of its calls is simulated: other writers,
repeated and reordered deliveries, and crashes between an effect and its acknowledgement.
"""

from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from services.embeddings.domain import supersedes
from services.gateway.posts.domain import (
    PostHead,
    check_write,
    head_for_retry,
    head_of,
    is_same_edit,
    is_same_submission,
)
from services.moderation.domain import Facts, decide
from shared.ids import derived_id
from shared.log.append import Appended, ConcurrencyConflict
from shared.log.events import (
    EmbeddingStored,
    Event,
    Fact,
    PostDecided,
    PostEdited,
    PostSubmitted,
    PostWithdrawn,
    record,
)
from shared.log.streams import DECIDE_POST, INDEX_POST, Consumer
from shared.policy import ANY_HARM, CATEGORIES, load_policy
from shared.policy.load import DEFAULT_POLICY
from shared.problems import Conflict, NotFound
from shared.testing import AT

POLICY = load_policy(DEFAULT_POLICY)
AUTHOR = "author-1"
POSTS = tuple(derived_id(number, "simulated") for number in range(3))
# Scores that the default policy publishes, holds and rejects.
SCORES = (0.0, 0.5, 0.99)
Run = Generator[None, None, None]
Step = tuple[int, int]


@dataclass
class SimulatedLog:
    """A log that appends a fact only after the last fact of the entity that its writer has seen."""

    expects: bool = True  # False: a log that accepts everything, to test that the checks detect it
    events: list[Event] = field(default_factory=list)

    def append(self, event: Event, *, after: int) -> Appended:
        """Append as `shared.log.append.Log.append`. Raises ConcurrencyConflict if the entity has a newer fact."""
        last = self.last(event.data.ENTITY, event.entity_id)
        if self.expects and (last.sequence if last else 0) != after:
            raise ConcurrencyConflict(last)
        self.events.append(event.model_copy(update={"sequence": len(self.events) + 1}))
        return Appended(len(self.events))

    def last(self, entity: str, entity_id: str) -> Event | None:
        """Return the entity's last fact."""
        return self._find(lambda event: (event.data.ENTITY, event.entity_id) == (entity, entity_id))

    def last_of(self, kind: type[Fact], entity_id: str) -> Event | None:
        """Return the entity's last fact of one kind."""
        return self._find(lambda event: isinstance(event.data, kind) and event.entity_id == entity_id)

    def _find(self, fits: Callable[[Event], bool]) -> Event | None:
        return next((event for event in reversed(self.events) if fits(event)), None)


class Simulation:
    """An author, gateways, deciders and indexers that share a log."""

    def __init__(self, log: SimulatedLog) -> None:
        self.log = log
        self.answers: dict[str, set[int]] = {}
        self.index: dict[str, tuple[int, bool]] = {}  # post → newest sequence, and whether it is searchable
        self.acked: defaultdict[str, set[int]] = defaultdict(set)
        self._wanted: set[str] = set()
        self._running: list[Run] = []
        self._made = 0

    def play(self, schedule: Sequence[Step]) -> None:
        """Run a schedule: each step starts, moves or kills something."""
        for what, which in schedule:
            if what >= 6 and self._running:
                self._move(which % len(self._running), dies=what == 9)
            elif what < 6:
                self._start(what, which)

    def heal(self) -> None:
        """Finish without further crashes: clients retry and durables redeliver until everything is acknowledged."""
        while self._running:
            self._move(0)
        for post_id in sorted(self._wanted - self.answers.keys()):
            self._finish(self.submit(post_id))
        for consumer, work in ((DECIDE_POST, self.decide_post), (INDEX_POST, self.index_post)):
            while waiting := self._waiting(consumer):
                self._finish(work(waiting[0]))

    def submit(self, post_id: str) -> Run:
        """Submit a post through the gateway; the client may have sent it before."""
        self._wanted.add(post_id)
        fact = PostSubmitted(author_id=AUTHOR, community="garden", content=f"s1.{post_id}", content_hash=post_id)
        event = self._record(fact, post_id)
        yield
        try:
            sequence = self.log.append(event, after=0).sequence
        except ConcurrencyConflict:
            stored = self.log.last_of(PostSubmitted, post_id)
            assert stored is not None
            assert is_same_submission(stored, fact)
            sequence = stored.sequence
        yield
        self.answers.setdefault(post_id, set()).add(sequence)

    def edit(self, post_id: str) -> Run:
        """Edit the revision that the author saw through the gateway; a decision in between does not conflict."""
        submission, last = self.log.last_of(PostSubmitted, post_id), self.log.last("post", post_id)
        if submission is None or last is None:
            return
        head = head_of(submission, last)
        revision = head.revision + 1
        fact = PostEdited(author_id=AUTHOR, content="s1.edit", content_hash=f"{post_id}{revision}", revision=revision)
        yield
        if is_same_edit(last, fact):
            return
        try:
            check_write(head, AUTHOR, revision - 1)
        except (NotFound, Conflict):
            return
        self._append_next(fact, post_id, head)

    def withdraw(self, post_id: str) -> Run:
        """Withdraw a post through the gateway."""
        submission, last = self.log.last_of(PostSubmitted, post_id), self.log.last("post", post_id)
        if submission is None or last is None:
            return
        head = head_of(submission, last)
        yield
        if not head.withdrawn:
            self._append_next(PostWithdrawn(revision=head.revision), post_id, head)

    def decide_post(self, event: Event) -> Run:
        """Decide on a revision and append the decision, unless the post has changed."""
        fact = event.data
        assert isinstance(fact, PostSubmitted | PostEdited)
        score = SCORES[(POSTS.index(event.entity_id) + fact.revision) % len(SCORES)]
        decision = decide(
            POLICY, {**dict.fromkeys((*CATEGORIES, ANY_HARM), 0.0), "spam": score}, Facts(hits=(), judged_at=AT)
        )
        yield
        verdict = PostDecided(
            author_id=fact.author_id,
            community="garden",
            revision=fact.revision,
            judged_sequence=event.sequence,
            outcome=decision.outcome,
            policy=decision.policy,
            engine="local",
            model="simulated",
        )
        self._append_or_lose(verdict, event.entity_id, event.sequence)
        yield
        self.acked[DECIDE_POST.durable].add(event.sequence)

    def index_post(self, event: Event) -> Run:
        """Store or remove a post in the index, then append the result."""
        standing, published = self.index.get(event.entity_id), getattr(event.data, "outcome", "") == "published"
        yield
        if supersedes(standing[0] if standing else None, event.sequence):
            self._write(event, published)
        yield
        if published and self.index[event.entity_id][0] == event.sequence:
            self._say_stored(event)
        yield
        self.acked[INDEX_POST.durable].add(event.sequence)

    def _write(self, event: Event, published: bool) -> None:
        """Write to the index unless it holds something newer."""
        there = self.index.get(event.entity_id)
        if supersedes(there[0] if there else None, event.sequence):
            self.index[event.entity_id] = (event.sequence, published)

    def _say_stored(self, event: Event) -> None:
        last = self.log.last("embedding", event.entity_id)
        if last and isinstance(last.data, EmbeddingStored) and last.data.source_sequence >= event.sequence:
            return
        revision = getattr(event.data, "revision", 0)
        fact = EmbeddingStored(revision=revision, source_sequence=event.sequence, model="simulated")
        self._append_or_lose(fact, event.entity_id, last.sequence if last else 0)

    def _append_next(self, fact: PostEdited | PostWithdrawn, post_id: str, head: PostHead) -> None:
        try:
            self.log.append(self._record(fact, post_id), after=head.sequence)
        except ConcurrencyConflict as lost:
            if moved := head_for_retry(head, fact, lost.last):
                self._append_next(fact, post_id, moved)

    def _append_or_lose(self, fact: Fact, post_id: str, after: int) -> None:
        try:
            self.log.append(self._record(fact, post_id), after=after)
        except ConcurrencyConflict:
            return

    def _start(self, what: int, which: int) -> None:
        post_id = POSTS[which % len(POSTS)]
        if what in (0, 1):
            self._running.append(self.submit(post_id))
        elif what == 2:
            self._running.append(self.edit(post_id) if which % 4 else self.withdraw(post_id))
        else:
            consumer, work = (DECIDE_POST, self.decide_post) if what < 5 else (INDEX_POST, self.index_post)
            if waiting := self._waiting(consumer):
                self._running.append(work(waiting[which % len(waiting)]))

    def _waiting(self, consumer: Consumer) -> list[Event]:
        done = self.acked[consumer.durable]
        return [e for e in self.log.events if isinstance(e.data, consumer.facts) and e.sequence not in done]

    def _move(self, which: int, *, dies: bool = False) -> None:
        if dies:
            self._running.pop(which).close()
        elif next(self._running[which], self) is self:
            del self._running[which]

    def _finish(self, run: Run) -> None:
        for _ in run:
            continue

    def _record(self, fact: Fact, post_id: str) -> Event:
        self._made += 1
        return record(fact, post_id, actor="simulated", at=AT, event_id=f"event-{self._made}")
