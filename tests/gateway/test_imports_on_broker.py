"""Imported rows in the log: authors, communities, tombstones, parents, repeats."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.gateway.imports.commands import post_id_of, slug_of
from shared.log.events import PostSubmitted, PostWithdrawn
from shared.problems import Invalid, StorageFull
from tests.gateway.conftest import Gateway

broker = pytest.mark.broker


async def send(importer: httpx.AsyncClient, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Import rows of one request."""
    answer = await importer.post("/v1/import", json={"posts": list(rows)})
    results: list[dict[str, Any]] = answer.raise_for_status().json()["results"]
    return results


async def submission(gateway: Gateway, source_id: str) -> PostSubmitted:
    """Return the submission of an imported post."""
    event = await gateway.dependencies.log.last_by_subject(PostSubmitted.subject(post_id_of(source_id)))
    assert event is not None
    assert isinstance(event.data, PostSubmitted)
    return event.data


def row(name: str, **fields: Any) -> dict[str, Any]:
    return {"id": name, "community": "garden", "text": f"Text of {name}"} | fields


@broker
async def test_unknown_authors_are_different_people_without_handle(gateway: Gateway) -> None:
    importer = (await gateway.person("importer", "importer")).http
    rows = [
        row("one"),
        row("two", author=None),
        row("three", author="ada"),
        row("four", author="ada", author_id="hn:ada"),
    ]

    results = await send(importer, *rows)
    repeated = await send(importer, *rows)

    assert [result["state"] for result in results] == ["accepted"] * 4
    assert [result["state"] for result in repeated] == ["repeat"] * 4
    authors = [(await submission(gateway, name["id"])).author_id for name in rows]
    assert len(set(authors)) == 4
    last = await gateway.dependencies.log.last("post", post_id_of("four"))
    assert last is not None
    await gateway.seen(last.sequence)
    handles = [
        post.author.handle
        for name in rows
        if (post := gateway.posts.post(post_id_of(name["id"]), None, moderator=True)) is not None
    ]
    assert handles[:2] == ["", ""]
    assert len(set(handles[2:])) == 2
    assert "ada" in handles[2:]


@broker
async def test_a_removed_comment_keeps_the_thread_and_says_nothing(gateway: Gateway) -> None:
    importer = (await gateway.person("importer", "importer")).http
    gone = {"id": "gone", "text": "", "removed": True, "parent_id": "root"}
    below = {"id": "below", "text": "An answer", "parent_id": "gone"}

    for wanted in (row("root", title="Root"), gone, below):
        assert (await send(importer, wanted))[0]["state"] == "accepted"
    assert (await send(importer, gone))[0]["state"] == "repeat"

    last = await gateway.dependencies.log.last("post", post_id_of("gone"))
    assert last is not None
    assert isinstance(last.data, PostWithdrawn)
    answer = await submission(gateway, "below")
    assert (answer.parent_id, answer.root_id) == (post_id_of("gone"), post_id_of("root"))
    assert answer.community == "garden"


@broker
async def test_the_same_tombstones_in_two_requests_at_once_are_no_refusal(gateway: Gateway) -> None:
    importer = (await gateway.person("importer", "importer")).http
    rows = [{"id": f"gone{n}", "community": "garden", "text": "", "removed": True} for n in range(3)]
    answers = await asyncio.gather(*(send(importer, *rows) for _ in range(10)))
    assert {result["state"] for results in answers for result in results} == {"accepted", "repeat"}


@broker
async def test_a_failure_that_passes_is_no_refusal(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    importer = (await gateway.person("importer", "importer")).http

    async def full(*_: object, **__: object) -> None:
        raise StorageFull("The log has no room.")

    monkeypatch.setattr(gateway.dependencies.log, "append", full)
    answer = await importer.post("/v1/import", json={"posts": [row("one")]})
    assert answer.status_code == 507


@broker
async def test_refusals_name_the_id_and_the_parent(gateway: Gateway) -> None:
    importer = (await gateway.person("importer", "importer")).http
    await send(importer, row("one"))

    other, orphan, homeless = await send(
        importer, row("one", text="Other words"), row("c3", parent_id="nowhere"), {"id": "x", "text": "No community"}
    )

    assert (other["code"], orphan["code"], homeless["code"]) == ("id_reused", "parent_unknown", "invalid")
    assert "The id one was imported before" in other["detail"]
    hidden = await send(importer, row("h1", title="a\u202eb"), row("h2", author="\u3164"), row("h3", text="a\x00"))
    assert [one["code"] for one in hidden] == ["direction_control", "shows_nothing", "control_character"]
    assert "parent nowhere" in orphan["detail"]
    assert homeless["detail"].startswith("community:")


@broker
async def test_rows_with_what_no_text_can_hold_are_refused_and_the_others_are_taken(gateway: Gateway) -> None:
    importer = (await gateway.person("importer", "importer")).http
    values: list[Any] = ["\ud800", "a" * 300 + "\udfff", ["\ud800"], {"\ud800": [[]]}, 10**400, True]
    rows = [row("odd", **{name: value}) for name in ("id", "text", "author", "\ud800") for value in values]
    content = json.dumps({"posts": [*rows, row("plain")]})
    answer = await importer.post("/v1/import", content=content, headers={"content-type": "application/json"})
    *refused, taken = answer.raise_for_status().json()["results"]
    assert {result["state"] for result in refused} == {"refused"}
    assert (taken["id"], taken["state"]) == ("plain", "accepted")


@broker
async def test_a_date_ahead_of_the_server_is_clamped(gateway: Gateway) -> None:
    importer = (await gateway.person("importer", "importer")).http
    await send(importer, row("ahead", created_at="2999-01-01T00:00:00Z"))
    origin = (await submission(gateway, "ahead")).origin
    assert origin is not None
    assert origin.created_at is not None
    assert origin.created_at <= datetime.now(UTC)


@broker
async def test_a_post_without_a_date_says_that_its_date_is_unknown(gateway: Gateway) -> None:
    importer = (await gateway.person("importer", "importer")).http
    await send(importer, row("undated"), row("dated", created_at="2012-09-27T20:02:20Z"))
    last = await gateway.dependencies.log.last("post", post_id_of("undated"))
    other = await gateway.dependencies.log.last("post", post_id_of("dated"))
    assert last is not None
    assert other is not None
    await gateway.seen(max(last.sequence, other.sequence))

    posts = gateway.posts.posts([post_id_of("undated"), post_id_of("dated")], None, moderator=True)

    assert {name: posts[post_id_of(name)].date_known for name in ("undated", "dated")} == {
        "undated": False,
        "dated": True,
    }


@broker
async def test_a_community_that_is_not_latin_keeps_its_title(gateway: Gateway) -> None:
    importer = (await gateway.person("importer", "importer")).http
    (result,) = await send(importer, row("one", community="日本"))
    assert result["state"] == "accepted"
    last = await gateway.dependencies.log.last("community", slug_of("日本"))
    assert last is not None
    assert getattr(last.data, "title", "") == "日本"


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Ask History!", "ask-history"), ("Café", "cafe"), ("r/AskBakers", "askbakers"), ("garden", "garden")],
)
def test_latin_names_become_plain_slugs(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_names_that_lose_letters_stay_different_and_stable() -> None:
    names = ["日本", "中国", "日本 food", "food", "C++", "C#", "C", "Русский", "x" * 60, "x" * 59, "🍞"]
    slugs = [slug_of(name) for name in names]
    assert len(set(slugs)) == len(names)
    assert slugs == [slug_of(name) for name in names]
    assert all(2 <= len(slug) <= 40 and slug.isascii() for slug in slugs), slugs
    with pytest.raises(Invalid):
        slug_of("!?")
