"""A decision is appended exactly once for each revision, whatever else a post's history holds."""

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nats.aio.client import Client

from services.moderation.handlers import Dependencies, Handlers
from services.moderation.post_history import revision_of, text_under_review
from shared.content import Content
from shared.log.append import ConcurrencyConflict, HistoryEnd
from shared.log.events import DecodeError, Event, PostDecided, PostEdited, PostSubmitted, PostWithdrawn, UnknownFact
from shared.messaging.requests import ResolveCase
from shared.policy import DEFAULT_POLICY, load_policy
from shared.security.sealing import DataKey
from shared.telemetry.metrics import Metrics
from shared.testing import decided, edited, submitted, withdrawn
from tests.in_memory_log import InMemoryLog
from tests.made_up_facts import made_up
from tests.moderation.fakes import FixedEngine, InMemoryKeys

AUTHOR = "author-1"
KEY = DataKey(b"k" * 32)
# What other writers can put behind a text: (what, which earlier fact).
STEPS = ("made up", "unknown", "broken", "copy", "copy with another id", "edit", "person", "withdraw", "judge", "judge")
histories = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 20)), max_size=25)


class UnreadableEnd(InMemoryLog):
    """A log whose histories can also hold messages that this code cannot read."""

    def __init__(self) -> None:
        super().__init__()
        self.unreadable: dict[int, bool] = {}  # sequence → whether later code wrote it

    def put_unreadable(self, post: Event, *, later: bool) -> None:
        """Store a message that `decode` refuses."""
        stored = self.put(made_up(post))
        self.unreadable[stored.sequence] = later

    async def last_by_subject(self, subject: str) -> Event | None:
        """Raise as the real log does when the message is unreadable."""
        return self._checked(await super().last_by_subject(subject))

    async def first_after(self, subject: str, sequence: int) -> Event | None:
        """Raise as the real log does when the message is unreadable."""
        return self._checked(await super().first_after(subject, sequence))

    async def append(self, event: Event, *, after: int) -> object:  # type: ignore[override]
        """Append like `Log.append`, with the end of the history in the conflict."""
        end: HistoryEnd = await self.end_of("post", event.entity_id)
        if end.sequence != after:
            raise ConcurrencyConflict(end.last, end.sequence)
        return self.put(event)

    def _checked(self, event: Event | None) -> Event | None:
        if event is None or event.sequence not in self.unreadable:
            return event
        kind = UnknownFact if self.unreadable[event.sequence] else DecodeError
        raise kind("cannot be read", event.sequence)


class History:
    """One post, its writers and its judge."""

    def __init__(self) -> None:
        self.log, self.handlers = UnreadableEnd(), Handlers(load_policy(DEFAULT_POLICY))
        engine, client = FixedEngine(), cast(Client, None)
        metrics, keys = Metrics("moderation"), InMemoryKeys({AUTHOR: KEY})
        self.handlers.dependencies = Dependencies(client, engine, self.log, keys, engine, metrics)
        self.post = self.log.put(submitted(key=KEY, author_id=AUTHOR))
        self.revision = 1

    def texts(self) -> list[Event]:
        """Return all submissions and edits, with their copies."""
        return [event for event in self.log.events if isinstance(event.data, PostSubmitted | PostEdited)]

    async def step(self, what: str, which: int) -> None:
        """Let one writer append, or the judge handle one delivery."""
        earlier = self.log.events[which % len(self.log.events)]
        match what:
            case "made up":
                self.log.put(made_up(self.post, revision=self.revision))
            case "unknown" | "broken":
                self.log.put_unreadable(self.post, later=what == "unknown")
            case "copy" | "copy with another id" if earlier.sequence not in self.log.unreadable:
                other = {} if what == "copy" else {"event_id": f"copy-{len(self.log.events)}"}
                self.log.put(earlier.model_copy(update=other))
            case "edit":
                self.revision += 1
                sealed = KEY.seal(Content(body="Other words").canonical(), self.post.entity_id)
                self.log.put(edited(self.post, revision=self.revision, content=sealed))
            case "person":
                self.log.put(decided(self.post, revision=self.revision, decided_by="person"))
            case "withdraw":
                self.log.put(withdrawn(self.post, revision=self.revision))
            case "judge":
                await self.judge(self.texts()[which % len(self.texts())])

    async def judge(self, text: Event) -> None:
        """Deliver one text to the judge."""
        await self.handlers.decide_post(text)


@settings(max_examples=150)
@given(histories)
async def test_each_revision_is_decided_once_and_the_last_one_for_certain(steps: list[tuple[str, int]]) -> None:
    history = History()
    history.log.put(history.post.model_copy())
    for what, which in steps:
        await history.step(what, which)
    for text in history.texts():  # every delivery is handled in the end
        await history.judge(text)
    decisions = [event for event in history.log.events if isinstance(event.data, PostDecided)]
    ended = any(isinstance(event.data, PostWithdrawn) for event in history.log.events)
    by_engine = [event for event in decisions if event.actor == "service:moderation" and not _is_copy(history, event)]
    revisions = [revision_of(event) for event in by_engine]
    assert len(revisions) == len(set(revisions))
    assert ended or any(revision_of(event) == history.revision for event in decisions)


def _is_copy(history: History, event: Event) -> bool:
    same = [one for one in history.log.events if isinstance(one.data, PostDecided) and one.data == event.data]
    return same[0].sequence != event.sequence or getattr(event.data, "decided_by", "") == "person"


async def test_a_moderator_decides_on_the_current_text_behind_copies_of_earlier_facts() -> None:
    history = History()
    await history.step("edit", 0)
    await history.step("edit", 0)
    second, third = history.texts()[1:]
    history.log.put(second.model_copy())
    last = history.log.put(history.post.model_copy())
    case = ResolveCase(
        post_id=history.post.entity_id, revision=3, outcome="published", reason="Fine", moderator_id="moderator-1"
    )
    found = await text_under_review(history.log, case, history.post, last)
    assert found is not None
    assert found.sequence == third.sequence
    stale = case.model_copy(update={"revision": 2})
    assert await text_under_review(history.log, stale, history.post, third) is None


async def test_a_decision_of_later_code_is_left_to_later_code() -> None:
    history = History()
    decision = history.log.put(decided(history.post))
    history.log.unreadable[decision.sequence] = True
    with pytest.raises(UnknownFact):
        await history.judge(history.post)
