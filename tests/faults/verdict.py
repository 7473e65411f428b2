"""All invariants over a house that has come to rest."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import httpx
from nats.aio.client import Client

from shared.content import Content
from shared.log.events import Event
from shared.security.data_keys import DataKeyStore
from shared.testing import MASTER_KEY
from tests.faults import invariants, reading
from tests.faults.house import House
from tests.faults.invariants import Answer, Reading, Sent
from tests.faults.journal import Intent, Journal
from tests.faults.load import Citizen
from tests.faults.waiting import until


@dataclass
class Witness:
    """Reads a house from outside. `operator` may read everything at the broker."""

    house: House
    author: Citizen
    journal: Journal
    operator: Client
    ring: DataKeyStore

    @property
    def keys(self) -> reading.RingKeys:
        """Everybody's keys."""
        return reading.RingKeys(self.ring)

    async def is_ready(self) -> bool:
        """Whether the house says that it can do its work."""
        return await is_ready(self.house)

    async def is_red(self) -> bool:
        """Whether the house says that it cannot do its work."""
        return (await readiness(self.house))[0] in (0, 503)

    async def come_to_rest(self) -> None:
        """Wait until the house is ready, nothing waits anywhere and nothing more is written (I9)."""
        seen = -1

        async def rests() -> bool:
            nonlocal seen
            status, parts = await readiness(self.house)
            waiting = sum(int(str(part["lag"])) for part in parts.values())
            last = (await self.operator.jetstream().stream_info("EVENTS")).state.last_seq
            before, seen = seen, last
            return status == 200 and waiting == 0 and last == before

        await until(rests, "a house at rest")

    async def checkpoint_of(self, service: str, logged: reading.Logged) -> Reading:
        """What a view that is folded from the log has on disk now, beside what it should have."""
        data = self.house.folder / "data"
        if service == "gateway":
            return await reading.view_reading(data, logged, self.keys)
        return await reading.ranking_reading(data, logged, self.operator)

    async def complaints(self) -> list[str]:
        """What is wrong with the house at rest; nothing when every invariant holds."""
        logged = await reading.read_log(self.operator)
        facts, sent = logged.facts, await self._sent()
        async with self.author.browser() as http:
            shown = await reading.shown_posts(http)
            wrong = await self._complaints_of_the_api(http, facts)
        wrong += invariants.nothing_lost(sent, facts) + invariants.no_phantom(sent, facts)
        wrong += invariants.one_answer(sent, facts) + invariants.one_decision(facts, quiet=True)
        wrong += invariants.legal_order(facts, shown)
        wrong += [f"{post_id} is published and not shown" for post_id in invariants.published(facts).keys() - shown]
        return wrong + await self._complaints_of_the_views(logged, facts)

    async def _complaints_of_the_views(self, logged: reading.Logged, facts: Sequence[Event]) -> list[str]:
        data = self.house.folder / "data"
        view = await reading.view_reading(data, logged, self.keys)
        again = await reading.repeated_view_digest(logged, self.keys)
        state = await reading.ranking_reading(data, logged, self.operator)
        wrong = invariants.same_digest({"live": view.digest, "rebuilt": view.refolded, "repeated": again})
        wrong += invariants.honest_checkpoints([state])
        wanted = await reading.wanted_points(facts, self.keys)
        found, count = await reading.found_points(data, list(wanted))
        return wrong + invariants.index_is_published(wanted, found, count)

    async def _complaints_of_the_api(self, http: httpx.AsyncClient, facts: Sequence[Event]) -> list[str]:
        """The author's own list against the journal: a second way to what was accepted, past the log."""
        own: dict[str, dict[str, object]] = {}
        cursor: str | None = None
        while True:
            page = await reading.page_of(http, "/v1/me/posts", cursor)
            own |= {post["id"]: post for post in page["items"]}
            if (cursor := page["next"]) is None:
                break
        there = [(intent, own.get(intent.post_id)) for intent, answers in self.journal.read() if _accepted(answers)]
        wrong = [f"the API has forgotten {intent.post_id}" for intent, post in there if post is None]
        public = invariants.published(facts).keys()
        wrong += [f"{post['id']} is {post['state']}, says the API" for _, post in there if post and _odd(post, public)]
        return wrong

    async def _sent(self) -> list[Sent]:
        key = await self.ring.key_of(self.author.id)
        return [
            Sent(intent.post_id, intent.author_id, key.content_hash(_content(intent).canonical()), answers)
            for intent, answers in self.journal.read()
        ]


def _odd(post: dict[str, object], public: Set[str]) -> bool:
    return post["state"] == "pending" or (post["state"] == "published") != (post["id"] in public)


def _accepted(answers: Sequence[Answer]) -> bool:
    return any(answer.kind == "ok" for answer in answers)


def _content(intent: Intent) -> Content:
    return Content(title=intent.title, body=intent.body)


async def readiness(house: House) -> tuple[int, dict[str, dict[str, object]]]:
    """The status of `/readyz` and its parts; 0 where nobody answers."""
    try:
        async with httpx.AsyncClient(base_url=house.url, timeout=20) as http:
            answer = await http.get("/readyz")
    except httpx.TransportError:
        return 0, {}
    return answer.status_code, answer.json().get("parts", {})


async def is_ready(house: House) -> bool:
    """Whether the house says that it can do its work."""
    return (await readiness(house))[0] == 200


async def open_witness(house: House, author: Citizen, journal: Journal) -> Witness:
    """A witness with connections of its own; close `operator` and `ring` after use."""
    operator = await house.broker.connect()
    return Witness(house, author, journal, operator, await DataKeyStore.open(operator, MASTER_KEY))
