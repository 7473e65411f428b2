"""Tests of writing posts through the API."""

import asyncio

import pytest

from shared.ids import new_id
from shared.log.events import PostSubmitted
from shared.testing import decided
from tests.gateway.conftest import Gateway

pytestmark = pytest.mark.broker


async def test_a_submission_is_accepted_and_readable_by_its_author_only(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    accepted = (await ada.submit()).json()
    assert accepted["state"] == "pending"
    own = await ada.http.get(f"/v1/posts/{accepted['id']}", params={"after": accepted["sequence"]})
    assert own.json()["body"] == "They are ripe."
    assert (await ben.http.get(f"/v1/posts/{accepted['id']}")).status_code == 404


async def test_a_submission_sent_fifty_times_is_one_fact_with_one_answer(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    post_id = new_id()
    answers = await asyncio.gather(*(ada.submit(id=post_id) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    stored = await gateway.dependencies.log.last("post", post_id)
    assert stored is not None
    assert stored.sequence == answers[0].json()["sequence"]


async def test_an_id_with_other_content_is_refused(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    post_id = new_id()
    await ada.submit(id=post_id)
    other = await ada.submit(id=post_id, body="Something else.")
    assert (other.status_code, other.json()["code"]) == (409, "id_reused")


@pytest.mark.parametrize(
    "body", ['{"id": 1}', '{"title"', "[]", '{"id": "%s", "community": "gardens", "body": "\\ud800"}']
)
async def test_an_invalid_submission_has_the_same_answer_on_both_code_paths(gateway: Gateway, body: str) -> None:
    ada = await gateway.person("ada")
    content = body.replace("%s", new_id())
    kinds = ("application/json", "application/json; charset=utf-8")  # the second one does not take the fast route
    short, long = [await ada.http.post("/v1/posts", content=content, headers={"content-type": kind}) for kind in kinds]
    assert (short.status_code, short.json()) == (long.status_code, long.json())
    assert short.status_code in (400, 422)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": "Free \u202egnp.exe"}, "direction_control"),
        ({"title": "\u200b"}, "shows_nothing"),
        ({"body": "a\x1b[2J"}, "control_character"),
        ({"body": "a\x00"}, "control_character"),
    ],
)
async def test_refused_characters_have_a_code_of_their_own(gateway: Gateway, fields: dict[str, str], code: str) -> None:
    ada = await gateway.person("ada")
    answer = await ada.submit(**fields)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.json()["code"], error["field"]) == (422, code, next(iter(fields)))


async def test_direction_controls_in_a_body_are_stored_as_they_are(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    accepted = (await ada.submit(body="\u2067a\u2069 and \u202eb")).json()
    own = await ada.http.get(f"/v1/posts/{accepted['id']}", params={"after": accepted["sequence"]})
    assert own.json()["body"] == "\u2067a\u2069 and \u202eb"


async def test_another_users_post_id_is_refused_without_revealing_it(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    post_id = new_id()
    await ada.submit(id=post_id)
    taken = await ben.submit(id=post_id)
    assert (taken.status_code, taken.json()["code"]) == (409, "id_reused")


async def test_an_edit_must_name_the_current_revision(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    post_id = (await ada.submit()).json()["id"]
    first = await ada.http.patch(f"/v1/posts/{post_id}", json={"revision": 1, "body": "Almost ripe."})
    assert (first.status_code, first.json()["revision"]) == (202, 2)
    again = await ada.http.patch(f"/v1/posts/{post_id}", json={"revision": 1, "body": "Almost ripe."})
    assert again.json() == first.json()
    stale = await ada.http.patch(f"/v1/posts/{post_id}", json={"revision": 1, "body": "Not ripe."})
    assert (stale.status_code, stale.json()["code"]) == (409, "revision_conflict")


async def test_an_edit_of_one_field_keeps_the_other(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    post_id = (await ada.submit()).json()["id"]
    edit = (await ada.http.patch(f"/v1/posts/{post_id}", json={"revision": 1, "title": "Tomatoes!"})).json()
    post = (await ada.http.get(f"/v1/posts/{post_id}", params={"after": edit["sequence"]})).json()
    assert (post["title"], post["body"], post["revision"]) == ("Tomatoes!", "They are ripe.", 2)


async def test_only_the_author_edits_or_withdraws_a_post(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    post_id = (await ada.submit()).json()["id"]
    edit = await ben.http.patch(f"/v1/posts/{post_id}", json={"revision": 1, "body": "Mine now."})
    gone = await ben.http.delete(f"/v1/posts/{post_id}")
    assert (edit.status_code, gone.status_code) == (404, 404), "they cannot see it yet"
    await publish(gateway, post_id)
    edit = await ben.http.patch(f"/v1/posts/{post_id}", json={"revision": 1, "body": "Mine now."})
    gone = await ben.http.delete(f"/v1/posts/{post_id}")
    assert (edit.status_code, gone.status_code) == (403, 403)


async def test_a_withdrawn_post_stays_hidden(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    post_id = (await ada.submit()).json()["id"]
    first, second = [await ada.http.delete(f"/v1/posts/{post_id}") for _ in range(2)]
    assert first.status_code == second.status_code == 202
    assert first.json() == second.json()
    edit = await ada.http.patch(f"/v1/posts/{post_id}", json={"revision": 1, "body": "Back again."})
    assert edit.status_code == 404


async def test_an_unknown_community_and_an_unknown_parent_are_named(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    nowhere = await ada.submit(community="nowhere")
    orphan = await ada.submit(parent_id=new_id(), title="")
    assert nowhere.json()["code"] == "community_unknown"
    assert orphan.json()["code"] == "parent_unknown"


async def test_a_comment_is_attached_to_its_published_parent(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id)
    comment = (await ada.submit(title="", body="Which kind?", parent_id=post_id)).json()
    await publish(gateway, comment["id"])
    tree = (await ada.http.get(f"/v1/posts/{post_id}/comments")).json()
    assert [item["post"]["body"] for item in tree["items"]] == ["Which kind?"]


async def test_the_log_holds_no_readable_text(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    post_id = (await ada.submit(body="canary-7781")).json()["id"]
    stored = await gateway.dependencies.broker.jetstream().get_last_msg("EVENTS", PostSubmitted.subject(post_id))
    assert b"canary-7781" not in (stored.data or b"")


async def publish(
    gateway: Gateway, post_id: str, outcome: str = "published", decided_by: str = "engine", **fields: object
) -> None:
    """Decide as moderation does, over the operator's connection because the gateway may not."""
    broker = await gateway.operator()
    last = await gateway.dependencies.log.last("post", post_id)
    assert last is not None
    author_id = getattr(last.data, "author_id", "")
    event = decided(
        last, outcome, author_id=author_id, revision=getattr(last.data, "revision", 1), decided_by=decided_by, **fields
    )
    ack = await broker.jetstream().publish(event.subject, event.encode(), stream="EVENTS")
    await gateway.seen(ack.seq)


async def test_an_author_appeals_once_against_a_refusal_and_not_against_a_publication(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    post_id = (await ada.submit()).json()["id"]
    appeal = {"reason": "It is a recipe, not an advertisement."}
    early = await ada.http.post(f"/v1/posts/{post_id}/appeal", json=appeal)
    await publish(gateway, post_id, outcome="rejected")
    foreign = await ben.http.post(f"/v1/posts/{post_id}/appeal", json=appeal)
    first, again = [await ada.http.post(f"/v1/posts/{post_id}/appeal", json=appeal) for _ in range(2)]
    second = await ada.http.post(f"/v1/posts/{post_id}/appeal", json={"reason": "Please look once more."})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_appeal")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    assert first.status_code == 202
    assert again.json() == first.json()
    assert (second.status_code, second.json()["code"]) == (409, "nothing_to_appeal")
    await gateway.seen(first.json()["sequence"])
    moderator = await gateway.person("moderator", "moderator")
    queue = (await moderator.http.get("/v1/review/queue")).json()["items"]
    assert [item["post"]["id"] for item in queue] == [post_id]
