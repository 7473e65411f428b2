"""Reads from the log what a text alone does not tell about spam: how new its author is, and how often it was written.

Every answer depends only on facts before the judged one, so a redelivered fact and another replica get the same answer.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from nats.aio.client import Client
from nats.aio.msg import Msg

from services.moderation.post_history import decrypt
from services.moderation.similar_texts import WINDOW, SeenText, SeenTexts, links_of, signature_of
from services.moderation.spam_signals import SpamFacts
from shared.content import Content
from shared.log.append import Log
from shared.log.events import (
    DecodeError,
    Event,
    PostDecided,
    PostEdited,
    PostSubmitted,
    PostWithdrawn,
    UserErased,
    UserRegistered,
    decode,
)
from shared.log.follower import Follower
from shared.log.handler_runner import PoisonMessage
from shared.problems import Unavailable
from shared.security.data_keys import DataKeyStore, Erased

logger = logging.getLogger(__name__)

# A fact is here a moment after the broker has stored it. After a start, a week is read first.
WAIT_S = 10.0
# A dry run comes after everything that is known.
NOW = 2**53
HOUR = timedelta(hours=1)


class SpamHistory:
    """The texts of the last days, followed in the log."""

    def __init__(self, broker: Client, log: Log, keys: DataKeyStore) -> None:
        self._broker = broker
        self._log = log
        self._keys = keys
        self.texts = SeenTexts()
        self.follower = Follower(broker, "EVENTS", self.take)

    async def __aenter__(self) -> "SpamHistory":
        """Follow the log from the beginning of the window on."""
        self.follower.start(after=await self._first_since(datetime.now(UTC) - 2 * WINDOW))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.follower.close()

    @property
    def state(self) -> str:
        """`ok`, or why texts are decided without signs of spam."""
        if failing := self.follower.failing:
            return f"the log cannot be followed, so texts are decided without signs of spam: {failing}"
        return "ok"

    async def facts_of(
        self, content: Content, author_id: str, event: Event | None = None, parent_id: str = ""
    ) -> SpamFacts | None:
        """Return the facts about a text; `event`: the submission or edit, None: a dry run.

        `parent_id`: the post that a comment answers. Returns None for an import, which repeats what others wrote
        elsewhere, and if the log cannot be followed: a text is then judged without them, and none waits for long.
        """
        if event and isinstance(event.data, PostSubmitted) and event.data.origin is not None:
            return None
        sequence, at = (event.sequence, event.occurred_at) if event else (NOW, datetime.now(UTC))
        if event and not await self.follower.wait_for(sequence, WAIT_S):
            logger.warning("the history of texts is behind: signs of spam are not used", extra={"sequence": sequence})
            return None
        registered = await self._registered_at(author_id)
        hours = None if registered is None else (at - registered) / HOUR
        seen = self.texts.at(sequence)
        if seen is None:
            signature = await asyncio.to_thread(signature_of, content.text)
            seen = SeenText(event.entity_id if event else "", author_id, sequence, at, signature, parent_id)
        return SpamFacts(
            links=links_of(content.text),
            account_hours=hours,
            earlier_posts=self.texts.published_before(seen),
            copies=self.texts.copies_of(seen, by_others=hours is not None and hours < WINDOW / HOUR),
        )

    async def take(self, messages: Sequence[Msg]) -> None:
        """Fold the next facts of the log."""
        for message in messages:
            try:
                event = decode(message.data, message.metadata.sequence.stream, message.subject)
            except DecodeError:
                continue
            if isinstance(event.data, UserErased):
                self.texts.forget(event.entity_id)
            elif isinstance(event.data, PostSubmitted | PostEdited):
                await self._see(event, event.data)
            elif isinstance(event.data, PostDecided | PostWithdrawn):
                published = isinstance(event.data, PostDecided) and event.data.outcome == "published"
                self.texts.decide(event.entity_id, event.sequence, published=published)

    async def _see(self, event: Event, fact: PostSubmitted | PostEdited) -> None:
        if isinstance(fact, PostSubmitted) and fact.origin is not None:
            return  # an import repeats what others wrote elsewhere
        try:
            content = decrypt(await self._keys.key_of(fact.author_id), fact.content, event.entity_id)
        except (Erased, Unavailable, PoisonMessage):
            return  # nobody can read it, or its own handler reports it
        signature = await asyncio.to_thread(signature_of, content.text)
        parent = (isinstance(fact, PostSubmitted) and fact.parent_id) or ""
        self.texts.add(SeenText(event.entity_id, fact.author_id, event.sequence, event.occurred_at, signature, parent))

    async def _registered_at(self, author_id: str) -> datetime | None:
        """Return when an author signed up; None for imported authors and broken facts: nobody is new by mistake."""
        try:
            registered = await self._log.last_by_subject(UserRegistered.subject(author_id))
        except DecodeError:
            return None
        if registered is None or not isinstance(registered.data, UserRegistered) or registered.data.imported:
            return None
        return registered.occurred_at

    async def _first_since(self, moment: datetime) -> int:
        """Return a sequence before all posts since a moment, by halving: some 20 requests for millions of facts."""
        low, high = 0, (await self._broker.jetstream().stream_info("EVENTS")).state.last_seq + 1
        while high - low > 1:
            middle = (low + high) // 2
            try:
                event = await self._log.first_after("events.post.>", middle)
            except DecodeError:
                event = None
            if event is not None and event.occurred_at < moment:
                low = middle
            else:
                high = middle
        return low
