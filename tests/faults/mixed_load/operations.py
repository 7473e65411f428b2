"""The requests of a load: writes and reads of members, and decisions of moderators."""

import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from shared.content import Content
from tests.faults.mixed_load.browser_spans import browser_document
from tests.faults.mixed_load.people import Caller, Person, fresh_post_id, fresh_trace
from tests.faults.mixed_load.texts import make_comment, make_text

# Published posts of everybody, among which votes, comments and reports choose.
KNOWN_POSTS = 200
# One submission in this many carries a trace whose browser span is sent too.
TRACED_EVERY = 5
Operation = Callable[[Person, float], Awaitable[None]]


class Operations:
    """Performs one operation of a kind at a time, for any user."""

    def __init__(self, caller: Caller, community: str, chance: random.Random) -> None:
        self._caller = caller
        self._community = community
        self._chance = chance
        self._published: deque[tuple[str, str]] = deque(maxlen=KNOWN_POSTS)  # post id, author id
        self._number = 0

    async def submit(self, person: Person, due: float) -> None:
        """Submit a post."""
        self._number += 1
        content, trace = make_text(self._chance, self._number), fresh_trace()
        await self.send_post(person, due, self._body(fresh_post_id(), content), trace)
        if self._number % TRACED_EVERY == 0:
            await self._send_span(person, trace)

    async def comment(self, person: Person, due: float) -> None:
        """Comment on a published post."""
        self._number += 1
        if self._published:
            parent, _ = self._chance.choice(self._published)
            content = make_comment(self._chance, self._number)
            body = self._body(fresh_post_id(), content) | {"parent_id": parent}
            await self.send_post(person, due, body, fresh_trace())

    async def send_post(self, person: Person, due: float, body: dict[str, Any], trace: str) -> str:
        """Send a post once. Returns the outcome."""
        call, _ = await self._caller.call(
            person, "submit", ("POST", "/v1/posts"), key=body["id"], due=due, json=body, headers={"traceparent": trace}
        )
        if call.outcome == "ok":
            person.own.append([body["id"], 1, body["title"]])
        return call.outcome

    async def edit(self, person: Person, due: float) -> None:
        """Edit one of the user's own posts."""
        if person.own:
            post = self._chance.choice(person.own)
            body = {
                "revision": post[1],
                "title": post[2],
                "body": f"Edited {self._chance.getrandbits(32):08x}: better.",
            }
            call, _ = await self._caller.call(
                person, "edit", ("PATCH", f"/v1/posts/{post[0]}"), key=post[0], due=due, json=body
            )
            if call.outcome == "ok":
                post[1] = body["revision"] + 1

    async def withdraw(self, person: Person, due: float) -> None:
        """Withdraw one of the user's own posts."""
        if person.own:
            post = person.own.popleft()
            await self._caller.call(person, "withdraw", ("DELETE", f"/v1/posts/{post[0]}"), key=post[0], due=due)

    async def vote(self, person: Person, due: float) -> None:
        """Vote on a published post, or take the vote back."""
        if self._published:
            post_id, _ = self._chance.choice(self._published)
            value = self._chance.choice((1, 1, 1, -1, 0))
            path = f"/v1/posts/{post_id}/vote"
            await self._caller.call(person, "vote", ("PUT", path), key=post_id, due=due, json={"value": value})

    async def appeal(self, person: Person, due: float) -> None:
        """Appeal against a decision on one of the user's own posts."""
        _, page = await self._caller.call(person, "read", ("GET", "/v1/me/posts"), key="", due=due)
        refused = [post["id"] for post in (page or {}).get("items", ()) if post["state"] in ("held", "rejected")]
        if refused:
            post_id = self._chance.choice(refused)
            reason = {"reason": "It is a quotation from a novel."}
            path = f"/v1/posts/{post_id}/appeal"
            await self._caller.call(person, "appeal", ("POST", path), key=post_id, due=due, json=reason)

    async def report(self, person: Person, due: float) -> None:
        """Report somebody else's post."""
        others = [post_id for post_id, author in self._published if author != person.id]
        if others:
            post_id = self._chance.choice(others)
            path = f"/v1/posts/{post_id}/report"
            reason = {"reason": "It gives an address."}
            await self._caller.call(person, "report", ("POST", path), key=post_id, due=due, json=reason)

    async def review(self, person: Person, due: float) -> None:
        """Decide on a post of the review queue as a moderator."""
        _, queue = await self._caller.call(person, "read", ("GET", "/v1/review/queue"), key="", due=due)
        items = [item["post"] for item in (queue or {}).get("items", ()) if item["post"]["author"]["id"] != person.id]
        if items:
            post = self._chance.choice(items)
            outcome = self._chance.choice(("published", "rejected"))
            body = {"outcome": outcome, "reason": "I have read it.", "revision": post["revision"]}
            path = f"/v1/review/{post['id']}/decision"
            await self._caller.call(person, "review", ("POST", path), key=post["id"], due=due, json=body)

    async def feed(self, person: Person, due: float) -> None:
        """Read the newest posts, and remember them for votes, comments and reports."""
        page = {"sort": self._chance.choice(("new", "new", "hot")), "limit": "25"}
        _, answer = await self._caller.call(person, "feed", ("GET", "/v1/feed"), key="", due=due, params=page)
        for item in (answer or {}).get("items", ()):
            found = (item["post"]["id"], item["post"]["author"]["id"])
            if found not in self._published:
                self._published.append(found)

    async def search(self, person: Person, due: float) -> None:
        """Search."""
        words = {"q": self._chance.choice(("tomatoes", "roses after rain", "what grows in the shade", "bees"))}
        await self._caller.call(person, "search", ("GET", "/v1/search"), key="", due=due, params=words)

    def _body(self, post_id: str, content: Content) -> dict[str, Any]:
        return {"id": post_id, "community": self._community, "title": content.title, "body": content.body}

    async def _send_span(self, person: Person, trace: str) -> None:
        document = browser_document(trace, time.time_ns())
        await self._caller.call(
            person, "spans", ("POST", "/v1/telemetry/traces"), key=trace, due=time.time(), json=document
        )
