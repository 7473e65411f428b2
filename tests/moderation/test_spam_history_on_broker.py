"""The history of texts on a real log: two replicas agree, a restart changes nothing, an erasure is obeyed."""

from datetime import UTC, datetime

import pytest

from services.moderation.spam_history import SpamHistory
from shared.content import Content
from shared.log.append import Log
from shared.log.events import Event, UserErased, UserRegistered, record
from shared.security.data_keys import DataKeyStore
from shared.testing import MASTER_KEY, TestBroker, decided, submitted

pytestmark = pytest.mark.broker
ADVERT = "Our shop has the best lamps for twenty dollars this week only, come and see https://lamps.example/a"


async def test_replicas_and_restarts_agree_on_the_facts_of_a_text(broker: TestBroker) -> None:
    gateway, client = await broker.connect("gateway"), await broker.connect("moderation")
    keys, log = await DataKeyStore.open(gateway, MASTER_KEY), Log(gateway)
    moderation = Log(client)
    now = datetime.now(UTC)
    posts: list[tuple[str, Event]] = []
    for author in ("author-1", "author-2"):
        key = await keys.create(author)
        await log.append(record(UserRegistered(handle="s1.none"), author, actor=f"user:{author}", at=now), after=0)
        for _ in range(2):
            event = submitted(key=key, text=ADVERT, author_id=author).model_copy(update={"occurred_at": now})
            appended = await log.append(event, after=0)
            posts.append((author, event.model_copy(update={"sequence": appended.sequence})))
            decision = decided(posts[-1][1], author_id=author).model_copy(update={"occurred_at": now})
            await moderation.append(decision, after=appended.sequence)
    found = []
    for _ in range(2):  # two replicas, or one that starts again
        replica_keys = await DataKeyStore.open(client, MASTER_KEY)
        async with SpamHistory(client, Log(client), replica_keys) as history:
            facts = [await history.facts_of(Content(body=ADVERT), author, post) for author, post in posts]
            found.append([(one.links, one.earlier_posts, one.copies) for one in facts if one])
            if len(found) == 2:
                erased = record(UserErased(), "author-2", actor="user:author-2", at=now)
                last = await log.last("user", "author-2")
                assert last is not None
                appended = await log.append(erased, after=last.sequence)
                assert await history.follower.wait_for(appended.sequence, 30)
                assert len(history.texts) == 2
        await replica_keys.close()
    assert found[0] == found[1] == [(1, 0, 0), (1, 1, 1), (1, 0, 2), (1, 1, 3)]
