"""A load of posts through the API during faults, with a journal of all answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from shared.ids import new_id
from shared.log.append import Log
from shared.log.events import CommunityCreated, record
from shared.testing import TestBroker
from tests.faults.fakes import HOLD_WORD, REJECT_WORD
from tests.faults.invariants import Answer
from tests.faults.journal import Intent, Journal
from tests.faults.waiting import wait_until

PASSWORD = "correct horse battery"
COMMUNITY = "garden"
WRITERS = 4
# The pause between two posts of a writer: about 60 posts a second in all, like a busy community.
PAUSE_S = 0.05
# Longer than the log's time-out, so that the gateway reports "unknown" before the client gives up.
TIMEOUT_S = 8.0


@dataclass(frozen=True)
class SignedInUser:
    """A user with an account and a session, which outlive restarts."""

    id: str
    url: str
    cookies: dict[str, str]
    csrf: str

    def browser(self) -> httpx.AsyncClient:
        """Open a new connection of the user."""
        headers = {"x-csrf-token": self.csrf}
        return httpx.AsyncClient(base_url=self.url, cookies=self.cookies, headers=headers, timeout=TIMEOUT_S)


async def sign_up(url: str, handle: str) -> SignedInUser:
    """Sign up and sign in."""
    account = {"handle": handle, "password": PASSWORD}
    async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S) as http:
        made = (await http.post("/v1/accounts", json=account)).raise_for_status().json()
        session = (await http.post("/v1/sessions", json=account)).raise_for_status().json()
        return SignedInUser(made["id"], url, dict(http.cookies), session["csrf_token"])


async def create_community(broker: TestBroker) -> None:
    """Create the community for all posts."""
    client = await broker.connect()
    fact = CommunityCreated(title="Garden", guideline="Be kind.")
    await Log(client).append(record(fact, COMMUNITY, actor="operator:test", at=datetime.now(UTC)), after=0)
    await client.close()


def make_intent(author: SignedInUser, number: int) -> Intent:
    """Return the post with this number. Some are to be held, rejected or refused by the gateway."""
    word = {3: HOLD_WORD, 6: REJECT_WORD}.get(number % 9, "ripe")
    refused = number % 10 == 9
    return Intent(
        post_id=new_id(),
        author_id=author.id,
        community="nowhere" if refused else COMMUNITY,
        title=f"Tomatoes, note {number}",
        body=f"They are {word} today, said number {number}.",
    )


async def attempt(http: httpx.AsyncClient, intent: Intent) -> Answer:
    """Send a post once. A 4xx is a refusal; no answer or a 5xx means an unknown outcome."""
    body = {"id": intent.post_id, "community": intent.community, "title": intent.title, "body": intent.body}
    try:
        answer = await http.post("/v1/posts", json=body)
    except httpx.TransportError:
        return Answer("unknown")
    if answer.status_code == 202:
        return Answer("ok", answer.json()["sequence"])
    return Answer("refused" if 400 <= answer.status_code < 500 else "unknown")


class Load:
    """Concurrent writers that send posts, and edit or withdraw some of the accepted ones."""

    def __init__(self, author: SignedInUser, journal: Journal) -> None:
        self._author = author
        self._journal = journal
        self._number = 0
        self.accepted = 0
        self._open: list[Intent] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the writers during the block."""
        writers = [asyncio.create_task(self._write()) for _ in range(WRITERS)]
        try:
            yield
        finally:
            for writer in writers:
                writer.cancel()
            await asyncio.gather(*writers, return_exceptions=True)

    async def send_at_once(self, posts: int) -> None:
        """Send a number of posts concurrently, each once."""
        async with self._author.browser() as http:
            await asyncio.gather(*(self._send_new(http) for _ in range(posts)))

    async def until_accepted(self, more: int) -> None:
        """Wait until this many more posts have been accepted."""
        wanted = self.accepted + more

        async def enough() -> bool:
            return self.accepted >= wanted

        await wait_until(enough, f"{more} more posts accepted")

    async def settle(self) -> int:
        """Retry all posts of unknown outcome with the same id until it is known. Returns their number."""
        unknown = [
            intent
            for intent, answers in self._journal.read()
            if not any(answer.kind != "unknown" for answer in answers)
        ]
        async with self._author.browser() as http:
            for intent in unknown:

                async def known(intent: Intent = intent) -> bool:
                    return (await self._send(http, intent)).kind != "unknown"

                await wait_until(known, f"an answer for {intent.post_id}")
        return len(unknown)

    async def _write(self) -> None:
        async with self._author.browser() as http:
            while True:
                if accepted := await self._send_new(http):
                    await self._change(http, *accepted)
                await asyncio.sleep(PAUSE_S)

    async def _send_new(self, http: httpx.AsyncClient) -> tuple[Intent, int] | None:
        """Send the next post. Returns it with its number if it was accepted."""
        self._number += 1
        number, intent = self._number, make_intent(self._author, self._number)
        self._journal.record_intent(intent)
        if (await self._send(http, intent)).kind != "ok":
            return None
        self.accepted += 1
        return intent, number

    async def _send(self, http: httpx.AsyncClient, intent: Intent) -> Answer:
        answer = await attempt(http, intent)
        self._journal.record_answer(intent.post_id, answer)
        return answer

    async def _change(self, http: httpx.AsyncClient, intent: Intent, number: int) -> None:
        try:
            if number % 5 == 0:
                changed = {"revision": 1, "body": f"{intent.body} Or so it seemed."}
                await http.patch(f"/v1/posts/{intent.post_id}", json=changed)
            if number % 7 == 0:
                await http.delete(f"/v1/posts/{intent.post_id}")
        except httpx.TransportError:
            return  # no promise is made about these: the log shows their outcome
