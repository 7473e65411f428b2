"""Checks all invariants on an idle installation."""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import httpx
from nats.aio.client import Client

from shared.content import Content
from shared.log.events import Event
from shared.security.data_keys import DataKeyStore
from shared.testing import MASTER_KEY
from tests.faults import invariants, stored_state
from tests.faults.installation import Installation
from tests.faults.invariants import Answer, CheckpointReading, SentPost
from tests.faults.journal import Intent, Journal
from tests.faults.load import SignedInUser
from tests.faults.waiting import wait_until


@dataclass
class Observer:
    """Reads an installation from outside. `operator` may read everything at the broker."""

    installation: Installation
    author: SignedInUser
    journal: Journal
    operator: Client
    key_store: DataKeyStore

    @property
    def keys(self) -> stored_state.StoredKeys:
        """The keys of all users."""
        return stored_state.StoredKeys(self.key_store)

    async def is_ready(self) -> bool:
        """Return whether the installation reports that it is ready."""
        return await is_ready(self.installation)

    async def is_unready(self) -> bool:
        """Return whether the installation reports that it is not ready."""
        return (await readiness(self.installation))[0] in (0, 503)

    async def wait_until_idle(self) -> None:
        """Wait until the installation is ready, no message waits and the log no longer grows (I9)."""
        seen = -1

        async def is_idle() -> bool:
            nonlocal seen
            status, parts = await readiness(self.installation)
            waiting = sum(int(str(part["lag"])) for part in parts.values())
            last = (await self.operator.jetstream().stream_info("EVENTS")).state.last_seq
            before, seen = seen, last
            return status == 200 and waiting == 0 and last == before

        await wait_until(is_idle, "an idle installation")

    async def checkpoint_of(self, service: str, logged: stored_state.LogContents) -> CheckpointReading:
        """Return the stored state of a view and the expected state."""
        data = self.installation.folder / "data"
        if service == "gateway":
            return await stored_state.read_view_checkpoint(data, logged, self.keys)
        return await stored_state.read_ranking_checkpoint(data, logged, self.operator)

    async def violations(self) -> list[str]:
        """Return the violations of all invariants on the idle installation."""
        logged = await stored_state.read_log(self.operator)
        facts, sent = logged.facts, await self._sent()
        async with self.author.browser() as http:
            visible = await stored_state.visible_posts(http)
            wrong = await self._violations_of_the_api(http, facts)
        wrong += invariants.nothing_lost(sent, facts) + invariants.no_phantom(sent, facts)
        wrong += invariants.one_answer(sent, facts) + invariants.one_decision(facts, quiet=True)
        wrong += invariants.legal_order(facts, visible)
        wrong += [f"{post_id} is published and not visible" for post_id in invariants.published(facts).keys() - visible]
        return wrong + await self._violations_of_the_views(logged, facts)

    async def _violations_of_the_views(self, logged: stored_state.LogContents, facts: Sequence[Event]) -> list[str]:
        data = self.installation.folder / "data"
        view = await stored_state.read_view_checkpoint(data, logged, self.keys)
        again = await stored_state.repeated_view_digest(logged, self.keys)
        state = await stored_state.read_ranking_checkpoint(data, logged, self.operator)
        wrong = invariants.same_digest({"live": view.digest, "rebuilt": view.refolded, "repeated": again})
        wrong += invariants.consistent_checkpoints([state])
        expected = await stored_state.expected_points(facts, self.keys)
        found, count = await stored_state.indexed_points(data, list(expected))
        return wrong + invariants.index_is_published(expected, found, count)

    async def _violations_of_the_api(self, http: httpx.AsyncClient, facts: Sequence[Event]) -> list[str]:
        """Compare the author's list of posts with the journal, independently of the log."""
        own: dict[str, dict[str, object]] = {}
        cursor: str | None = None
        while True:
            page = await stored_state.read_page(http, "/v1/me/posts", cursor)
            own |= {post["id"]: post for post in page["items"]}
            if (cursor := page["next"]) is None:
                break
        there = [(intent, own.get(intent.post_id)) for intent, answers in self.journal.read() if _accepted(answers)]
        wrong = [f"the API does not list {intent.post_id}" for intent, post in there if post is None]
        public = invariants.published(facts).keys()
        wrong += [
            f"{post['id']} is {post['state']} according to the API"
            for _, post in there
            if post and _is_wrong(post, public)
        ]
        return wrong

    async def _sent(self) -> list[SentPost]:
        key = await self.key_store.key_of(self.author.id)
        return [
            SentPost(intent.post_id, intent.author_id, key.content_hash(_content(intent).canonical()), answers)
            for intent, answers in self.journal.read()
        ]


def _is_wrong(post: dict[str, object], public: Set[str]) -> bool:
    return post["state"] == "pending" or (post["state"] == "published") != (post["id"] in public)


def _accepted(answers: Sequence[Answer]) -> bool:
    return any(answer.kind == "ok" for answer in answers)


def _content(intent: Intent) -> Content:
    return Content(title=intent.title, body=intent.body)


async def readiness(installation: Installation) -> tuple[int, dict[str, dict[str, object]]]:
    """Return the status of `/readyz` and its parts; status 0 without an answer."""
    try:
        async with httpx.AsyncClient(base_url=installation.url, timeout=20) as http:
            answer = await http.get("/readyz")
    except httpx.TransportError:
        return 0, {}
    return answer.status_code, answer.json().get("parts", {})


async def is_ready(installation: Installation) -> bool:
    """Return whether the installation reports that it is ready."""
    return (await readiness(installation))[0] == 200


async def open_observer(installation: Installation, author: SignedInUser, journal: Journal) -> Observer:
    """Open an observer with separate connections. Close `operator` and `key_store` after use."""
    operator = await installation.broker.connect()
    return Observer(installation, author, journal, operator, await DataKeyStore.open(operator, MASTER_KEY))
