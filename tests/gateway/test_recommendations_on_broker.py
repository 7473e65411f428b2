"""Tests of recommendations and of "not interested" through the API, with fakes of embeddings and ranking."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from nats.aio.client import Client
from pydantic import BaseModel

from shared.messaging.requests import (
    PostHit,
    PostHits,
    RankedFeed,
    RankedPost,
    RankFeed,
    ReaderTaste,
    RelatedPosts,
    UserEmbeddingMatches,
)
from tests.faults.waiting import flush_to_broker
from tests.gateway.conftest import Gateway, Person
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker
Asked = TypeVar("Asked", bound=BaseModel)


@dataclass
class Others:
    """Fakes that know posts by id, and what they were asked. `liked`: the posts that the reader has voted for."""

    posts: list[str] = field(default_factory=list)
    liked: list[str] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    def taste(self, asked: ReaderTaste) -> UserEmbeddingMatches:
        hits = tuple(PostHit(post_id=one, score=0.9, because=self.liked[0]) for one in self.posts if self.liked)
        return UserEmbeddingMatches(known=bool(self.liked), nearest=hits, liked=tuple(self.liked))

    def feed(self, asked: RankFeed) -> RankedFeed:
        return RankedFeed(items=tuple(RankedPost(post_id=one, score=1.0, parts={}) for one in self.posts))

    def related(self, asked: RelatedPosts) -> PostHits:
        return PostHits()

    async def serve(self, broker: Client, kind: type[Asked], reply: Callable[[Asked], BaseModel]) -> None:
        async def answer(message: Any) -> None:
            request = kind.model_validate_json(message.data)
            self.asked.append(request)
            await message.respond(reply(request).model_dump_json().encode())

        await broker.subscribe(kind.subject(), cb=answer)  # type: ignore[attr-defined]
        await flush_to_broker(broker)


@pytest.fixture
async def others(gateway: Gateway) -> Others:
    fakes = Others()
    embeddings, ranking = await gateway.broker.connect("embeddings"), await gateway.broker.connect("ranking")
    await fakes.serve(embeddings, ReaderTaste, fakes.taste)
    await fakes.serve(embeddings, RelatedPosts, fakes.related)
    await fakes.serve(ranking, RankFeed, fakes.feed)
    return fakes


async def recommended(person: Person) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return names of communities and handles of people, each with the kind of its reason."""
    answer = (await person.http.get("/v1/recommendations")).raise_for_status().json()
    return (
        [(one["name"], one["reason"]["kind"]) for one in answer["communities"]],
        [(one["handle"], one["reason"]["kind"]) for one in answer["people"]],
    )


async def test_recommendations_have_reasons_and_a_no_holds_on_every_path(gateway: Gateway, others: Others) -> None:
    await gateway.community()
    await gateway.community("kitchen")
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    for name in ("garden", "garden", "kitchen"):
        others.posts.append((await ben.submit(community=name)).json()["id"])
        await publish(gateway, others.posts[-1], community=name)
    assert await recommended(ada) == ([("garden", "popular"), ("kitchen", "popular")], [("ben", "popular")])
    others.liked = others.posts[2:]
    assert await recommended(ada) == ([("garden", "voted")], [("ben", "voted")])
    answer = (await ada.http.get("/v1/recommendations")).json()
    assert answer["communities"][0]["reason"]["post_id"] == others.posts[2]
    assert answer["communities"][0]["reason"]["title"] == "Tomatoes"
    assert answer["people"][0]["reason"]["communities"] == ["kitchen"]

    for about in ("community/garden", "person/ben"):
        for _ in range(2):  # a repeat changes nothing
            assert (await ada.http.put(f"/v1/me/not-interested/{about}")).status_code == 204
    assert await recommended(ada) == ([], [])
    listed = (await ada.http.get("/v1/me/not-interested")).json()
    assert [one["name"] for one in listed["communities"]] == ["garden"]
    assert [one["handle"] for one in listed["people"]] == ["ben"]

    feed = {"sort": "for_you"}
    assert (await ada.http.get("/v1/feed", params=feed)).json()["items"] == [], "even from a ranking that is older"
    assert len((await ada.http.get("/v1/feed")).json()["items"]) == 3, "`hot` is everybody's"
    await ada.http.get(f"/v1/posts/{others.posts[0]}/related")
    await ada.http.get("/v1/feed", params=feed | {"community": "garden"})
    related, within = others.asked[-2:]
    assert (related.hidden_communities, related.hidden_authors, related.reader_id) == (("garden",), (ben.id,), ada.id)
    assert (within.hidden_communities, within.hidden_authors) == ((), (ben.id,))
    assert len((await ben.http.get("/v1/feed", params=feed)).json()["items"]) == 3, "it is nobody else's no"

    for about in ("community/garden", "person/ben"):
        for _ in range(2):
            assert (await ada.http.delete(f"/v1/me/not-interested/{about}")).status_code == 204
    assert await recommended(ada) == ([("garden", "voted")], [("ben", "voted")])
    facts = await gateway.dependencies.log.facts_of("interest", ada.id)
    assert [fact.data.interested for fact in facts] == [False, False, True, True]  # type: ignore[attr-defined]
    assert not any(word in fact.encode().decode() for fact in facts for word in ("garden", ben.id)), "they are sealed"


async def test_a_no_to_what_is_not_there_or_to_oneself_is_refused(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    for about, status in (("community/nowhere", 404), ("person/nobody", 404), ("person/ada", 422), ("post/x", 422)):
        assert (await ada.http.put(f"/v1/me/not-interested/{about}")).status_code == status, about


async def test_without_an_answer_there_are_no_recommendations_but_a_reason(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    answer = await ada.http.get("/v1/recommendations")
    assert (answer.status_code, answer.headers["retry-after"].isdigit()) == (503, True)
