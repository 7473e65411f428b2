"""A generated test of what each role sees of each post: every GET route of the API, for posts in every state."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

import httpx
import pytest

from services.gateway.feed import routes as feed
from services.gateway.search import routes as search
from services.gateway.stream.live_updates import Listener
from shared.ids import new_id
from shared.log.events import Reason
from shared.messaging.requests import PostHit, PostHits, RankedFeed, RankedPost, RankFeed
from tests.faults.waiting import TIMEOUT_S
from tests.gateway.conftest import PASSWORD, Gateway, Person
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker

# The history of each post: the outcomes of its decisions with who made them. `comment`: an answer to another post.
HISTORIES: dict[str, tuple[str, ...]] = {
    "pending": (),
    "published": ("published",),
    "held": ("held",),
    "held_by_person": ("held", "held by person"),
    "rejected": ("rejected",),
    "removed": ("published", "rejected by person"),
    "overturned": ("rejected", "appealed", "published by person"),
    "support": ("held",),
    "support_rejected": ("held", "rejected by person"),
    "withdrawn": ("published", "withdrawn"),
    "erased": ("published", "erased"),
    "comment": ("published",),
    "comment_of_removed": ("published",),
}
PARENTS = {"comment": "published", "comment_of_removed": "removed"}
CATEGORIES = {"support": "self_harm", "support_rejected": "self_harm"}
ROLES = ("visitor", "member", "author", "gardener", "cook", "chief")
MODERATORS = ("gardener", "chief")

# The posts that everybody sees, and what each further role sees. Nobody sees a withdrawn or an erased post but its
# author, whose list shows it without its words.
PUBLIC = {"published", "overturned", "comment"}
GONE = {"withdrawn", "erased"}
LOGGED = {"rejected", "removed", "held_by_person"}


def may_see(field: str, post: str, role: str, route: str) -> bool:
    """Return whether a field of a post may appear in the answers of a route to a role: the whole rule as a table."""
    insider = role == "author" or role in MODERATORS
    match field:
        case "words":
            return post in PUBLIC or (insider and post not in GONE)
        case "id":
            known = post in PUBLIC or (insider and post not in GONE) or (role == "author" and post == "withdrawn")
            return known or (role == "chief" and route == "/v1/audit")
        case "reason":
            return (insider and post not in GONE) or (role == "chief" and route == "/v1/audit")
        case "scores":
            return role in MODERATORS and route == "/v1/review/queue" and post not in GONE
        case "appeal":
            return role in MODERATORS and route == "/v1/review/queue" and post not in GONE
    raise LookupError(field)


@dataclass(frozen=True)
class Post:
    """A post of the test. Its words, reasons and scores are canaries: they occur nowhere else."""

    name: str
    id: str

    def canaries(self) -> dict[str, str]:
        return {
            "words": f"words-{self.name}-words",
            "id": self.id,
            "reason": f"reason-{self.name}-reason",
            "scores": f"score-{self.name}-score",
            "appeal": f"appeal-{self.name}-appeal",
        }


@dataclass(frozen=True)
class People:
    """Those who write, and a client of each role. `leaving`: the author who will be erased."""

    author: Person
    leaving: Person
    readers: dict[str, httpx.AsyncClient]


@dataclass(frozen=True)
class Scene:
    """All posts and all readers."""

    gateway: Gateway
    posts: dict[str, Post]
    readers: dict[str, httpx.AsyncClient]


async def written(gateway: Gateway, author: Person, name: str, parent: Post | None) -> Post:
    """Write a post and let its history happen, each step as the services record it."""
    post = Post(name, new_id())
    canaries = post.canaries()
    fields: dict[str, Any] = {"title": "", "parent_id": parent.id} if parent else {"title": canaries["words"]}
    accepted = await author.submit(id=post.id, body=canaries["words"], **fields)
    accepted.raise_for_status()
    await gateway.seen(accepted.json()["sequence"])
    category = CATEGORIES.get(name, "hate")
    reasons = (Reason(rule=f"rule-{name}", category=category, message=canaries["reason"]),)
    for step in HISTORIES[name]:
        outcome, _, by = step.partition(" by ")
        if step == "withdrawn":
            sequence = (await author.http.delete(f"/v1/posts/{post.id}")).json()["sequence"]
            await gateway.seen(sequence)
        elif step == "appealed":
            reason = {"reason": canaries["appeal"]}
            appealed = await author.http.post(f"/v1/posts/{post.id}/appeal", json=reason)
            await gateway.seen(appealed.json()["sequence"])
        elif step == "erased":
            erased = await author.http.request("DELETE", "/v1/me", json={"password": PASSWORD})
            assert erased.status_code == 204
        elif outcome == "published" and by != "person":
            await publish(gateway, post.id)
        else:
            scores = {canaries["scores"]: 0.7}
            await publish(gateway, post.id, outcome, by or "engine", reasons=reasons, scores=scores)
    return post


async def people(gateway: Gateway) -> People:
    """Return two authors, and a reader of each role."""
    await gateway.community("kitchen")
    author = await gateway.person("writer")
    readers = {
        "visitor": gateway.visitor(),
        "member": (await gateway.person("reader")).http,
        "author": author.http,
        "gardener": (await gateway.person("gardener", "moderator", "garden")).http,
        "cook": (await gateway.person("cook", "moderator", "kitchen")).http,
        "chief": (await gateway.person("chief", "admin")).http,
    }
    return People(author, await gateway.person("leaver"), readers)


async def everything(gateway: Gateway, known: People) -> Scene:
    """Write all posts, before the root of one thread is removed."""
    posts: dict[str, Post] = {}
    await written_root_and_answer(gateway, known.author, posts)
    for name in HISTORIES:
        if name not in posts:
            parent = posts[PARENTS[name]] if name in PARENTS else None
            posts[name] = await written(gateway, known.leaving if name == "erased" else known.author, name, parent)
    return Scene(gateway, posts, known.readers)


async def written_root_and_answer(gateway: Gateway, author: Person, posts: dict[str, Post]) -> None:
    """Answer a post while it is published, then let a moderator remove it."""
    steps = HISTORIES["removed"]
    with patch.dict(HISTORIES, removed=steps[:1]):
        posts["removed"] = root = await written(gateway, author, "removed", None)
    posts["comment_of_removed"] = await written(gateway, author, "comment_of_removed", root)
    reasons = (Reason(rule="rule-removed", category="hate", message=root.canaries()["reason"]),)
    await publish(gateway, root.id, outcome="rejected", reasons=reasons, decided_by="person")


def addresses(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """Yield each GET route of the OpenAPI document with an address, and the post that it names, if any."""
    values = {"handle": ("writer", "leaver"), "name": ("0" * 64 + ".json",), "digest": ("0" * 64,)}
    for route, methods in scene.gateway.app.openapi()["paths"].items():
        if "get" not in methods or route == "/v1/stream":
            continue
        named = re.findall(r"{(\w+)", route)
        if "post_id" in named:
            for post in scene.posts.values():
                yield route, route.replace("{post_id}", post.id), post.name
        else:
            parameter = named[0] if named else ""
            for value in values.get(parameter, ("0" * 64,) if parameter else ("",)):
                query = "?q=words" if route == "/v1/search" else ""
                yield route, re.sub(r"{\w+(:\w+)?}", value, route) + query, ""


@pytest.fixture
async def scene(gateway: Gateway) -> AsyncIterator[Scene]:
    """The posts, with an index and a ranking that name every one of them: the gateway must leave out what is hidden."""
    made = await everything(gateway, await people(gateway))
    ids = [post.id for post in made.posts.values()]

    async def answer(_: object, request: object, __: float) -> object:
        if isinstance(request, RankFeed):
            return RankedFeed(items=tuple(RankedPost(post_id=one, score=1.0, parts={}) for one in ids))
        return PostHits(items=tuple(PostHit(post_id=one, score=1.0) for one in ids))

    with patch.object(feed, "send_request", answer), patch.object(search, "send_request", answer):
        yield made


async def test_no_route_shows_more_of_a_post_than_the_table_says(scene: Scene) -> None:
    found = list(addresses(scene))
    assert {"/v1/posts/{post_id}", "/v1/modlog", "/v1/feed", "/v1/search"} <= {route for route, _, _ in found}
    wrong, seen = [], set()
    for role, http in scene.readers.items():
        for route, address, named in found:
            answer = await http.get(address)
            for post in scene.posts.values():
                for field, canary in post.canaries().items():
                    if not contains(answer, field, canary) or (
                        field == "id" and named == post.name and answer.status_code == 404
                    ):
                        continue
                    seen.add((field, post.name, role))
                    if not may_see(field, post.name, role, route):
                        wrong.append((field, post.name, role, route))
    assert wrong == []
    assert {("words", "published", role) for role in ROLES} <= seen
    assert {("reason", "rejected", "author"), ("reason", "held", "gardener"), ("scores", "held", "gardener")} <= seen
    assert ("reason", "removed", "chief") in seen


def contains(answer: httpx.Response, field: str, canary: str) -> bool:
    """Return whether an answer contains a field, an id also as the 16 bytes of a snapshot."""
    return canary in answer.text or (field == "id" and UUID(canary).bytes in answer.content)


async def test_hidden_posts_cannot_be_told_from_missing_ones(scene: Scene) -> None:
    for role in ("visitor", "member", "cook"):
        http = scene.readers[role]
        for name, post in scene.posts.items():
            for path in ("", "/comments", "/timeline", "/related"):
                hidden = await http.get(f"/v1/posts/{post.id}{path}")
                missing = await http.get(f"/v1/posts/{new_id()}{path}")
                if name in PUBLIC:
                    assert hidden.status_code == 200, (role, name, path)
                else:
                    assert (hidden.status_code, hidden.json()) == (missing.status_code, missing.json()), (role, name)


async def test_the_public_log_lists_decisions_in_force_without_naming_posts(scene: Scene) -> None:
    async def items(role: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = (await scene.readers[role].get("/v1/modlog")).json()["items"]
        return listed

    names = {post.id: name for name, post in scene.posts.items()}
    in_full = {names[item["post_id"]]: item for item in await items("gardener")}
    assert set(in_full) == LOGGED
    assert in_full["rejected"]["rules"] == ["rule-rejected"]
    for role in ("visitor", "member", "cook"):
        public = await items(role)
        assert [item["post_id"] for item in public] == [None] * len(LOGGED)
        assert sorted(item["rules"] for item in public) == [[], ["rule-held_by_person"], ["rule-rejected"]]
    assert {item["post_id"] for item in await items("author")} == {scene.posts[name].id for name in LOGGED}


async def test_readers_see_no_trace_of_an_overturned_decision_in_the_timeline(scene: Scene) -> None:
    address = f"/v1/posts/{scene.posts['overturned'].id}/timeline"
    for role, http in scene.readers.items():
        facts = (await http.get(address)).json()["facts"]
        told = [fact["outcome"] or fact["type"] for fact in facts if fact["type"] != "post.submitted"]
        insider = role in ("author", *MODERATORS)
        assert told == (["rejected", "post.appealed", "published"] if insider else ["published"]), role


async def test_a_restored_root_brings_its_thread_back(scene: Scene) -> None:
    reader, root, answer = scene.readers["member"], scene.posts["removed"], scene.posts["comment_of_removed"]
    profile = (await reader.get("/v1/users/writer")).json()
    assert answer.id not in json.dumps(profile)
    stream = scene.gateway.dependencies.updates
    assert answer.id not in str(stream._missed(None, 0))
    reply = {"id": new_id(), "community": "garden", "title": "", "body": "Yes.", "parent_id": answer.id}
    assert (await reader.post("/v1/posts", json=reply)).json()["code"] == "parent_unknown"
    await publish(scene.gateway, root.id, decided_by="person")
    after = (await reader.get("/v1/users/writer")).json()
    assert answer.id in json.dumps(after)
    assert (after["posts"], after["comments"]) == (profile["posts"] + 1, profile["comments"] + 1)
    assert answer.id in str(stream._missed(None, 0))
    tree = (await reader.get(f"/v1/posts/{root.id}/comments")).json()
    assert [item["post"]["id"] for item in tree["items"]] == [answer.id]
    assert "rule-removed" not in (await reader.get("/v1/modlog")).text


async def test_a_live_page_hears_nothing_of_a_comment_below_a_removed_post(scene: Scene) -> None:
    async def is_signed_in() -> bool:
        return True

    updates, answer = scene.gateway.dependencies.updates, scene.posts["comment_of_removed"]
    with updates.page(Listener("somebody", None, is_signed_in)) as page:
        await publish(scene.gateway, answer.id, outcome="held")
        await publish(scene.gateway, answer.id, decided_by="person")
        vote = await scene.readers["author"].put(f"/v1/posts/{answer.id}/vote", json={"value": 1})
        assert vote.status_code == 200
        await publish(scene.gateway, scene.posts["pending"].id)
        heard: list[tuple[str, str]] = []
        while not heard or heard[-1][1] != scene.posts["pending"].id:
            async with asyncio.timeout(TIMEOUT_S):
                change = await page.next()
            heard.append((type(change).__name__, getattr(change, "post_id", "")))
    assert {kind for kind, post_id in heard if post_id == answer.id} <= {"TakenDown"}
