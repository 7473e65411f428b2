"""Tests of reports, appeals, the review queue and claims."""

from typing import Any

import pytest

from services.gateway.http.rate_limiter import Limiter
from shared.log.events import Reason, ReportFiled, Span
from shared.security.capabilities import CAPABILITIES
from tests.gateway.conftest import Gateway, Person
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker
WHY = {"reason": "canary-reason: it gives an address."}


async def published(gateway: Gateway, author: Person) -> str:
    post_id: str = (await author.submit()).json()["id"]
    await publish(gateway, post_id)
    return post_id


async def report(gateway: Gateway, reader: Person, post_id: str) -> int:
    answer = await reader.http.post(f"/v1/posts/{post_id}/report", json=WHY)
    assert answer.status_code == 202
    sequence: int = answer.json()["sequence"]
    await gateway.seen(sequence)
    return sequence


async def queue_of(moderator: Person) -> list[dict[str, object]]:
    items: list[dict[str, object]] = (await moderator.http.get("/v1/review/queue")).json()["items"]
    return items


async def test_a_reported_post_is_queued_and_stays_published(gateway: Gateway) -> None:
    ada, ben, eve = [await gateway.person(name) for name in ("ada", "ben", "eve")]
    moderator = await gateway.person("moderator", "moderator")
    post_id = await published(gateway, ada)
    await report(gateway, ben, post_id)
    await report(gateway, eve, post_id)
    (item,) = await queue_of(moderator)
    assert item["reports"] == {"count": 2, "from_new_accounts": 2, "reasons": [WHY["reason"]] * 2}
    assert (await gateway.visitor().get(f"/v1/posts/{post_id}")).json()["state"] == "published"


async def test_repeated_reports_of_a_revision_count_once(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    moderator = await gateway.person("moderator", "moderator")
    post_id = await published(gateway, ada)
    assert await report(gateway, ben, post_id) == await report(gateway, ben, post_id)
    (item,) = await queue_of(moderator)
    assert item["reports"] == {"count": 1, "from_new_accounts": 1, "reasons": [WHY["reason"]]}


async def test_a_report_is_hidden_from_the_author_and_does_not_block_edits(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    post_id = await published(gateway, ada)
    await report(gateway, ben, post_id)
    answers = [
        await ada.http.get(f"/v1/posts/{post_id}"),
        await ada.http.get("/v1/me/posts"),
        await ada.http.get(f"/v1/posts/{post_id}/timeline"),
        await ada.http.get("/v1/modlog"),
    ]
    assert all("report" not in answer.text and "canary" not in answer.text for answer in answers)
    edit = await ada.http.patch(f"/v1/posts/{post_id}", json={"revision": 1, "body": "They are eaten."})
    assert edit.status_code == 202


async def test_a_report_is_settled_by_a_moderators_decision_and_not_by_an_edit(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    moderator = await gateway.person("moderator", "moderator")
    post_id = await published(gateway, ada)
    await report(gateway, ben, post_id)
    await ada.http.patch(f"/v1/posts/{post_id}", json={"revision": 1, "body": "They are eaten."})
    await publish(gateway, post_id)
    (item,) = await queue_of(moderator)
    assert item["reports"] == {"count": 1, "from_new_accounts": 1, "reasons": [WHY["reason"]]}
    await publish(gateway, post_id, decided_by="person")
    assert await queue_of(moderator) == []
    assert (await gateway.visitor().get(f"/v1/posts/{post_id}")).json()["body"] == "They are eaten."


async def test_own_and_hidden_posts_cannot_be_reported(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    moderator = await gateway.person("moderator", "moderator")
    post_id = await published(gateway, ada)
    own = await ada.http.post(f"/v1/posts/{post_id}/report", json=WHY)
    await publish(gateway, post_id, outcome="held")
    hidden = await ben.http.post(f"/v1/posts/{post_id}/report", json=WHY)
    held = await moderator.http.post(f"/v1/posts/{post_id}/report", json=WHY)
    empty = await ben.http.post(f"/v1/posts/{post_id}/report", json={"reason": ""})
    assert (own.status_code, own.json()["code"]) == (403, "own_post")
    assert hidden.status_code == 404
    assert (held.status_code, held.json()["code"]) == (409, "not_published")
    assert empty.status_code == 422


async def test_the_reason_is_sealed_with_the_reporters_key(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    sequence = await report(gateway, ben, await published(gateway, ada))
    stored = await gateway.dependencies.log.at(sequence)
    assert stored is not None
    assert isinstance(stored.data, ReportFiled)
    assert "canary" not in stored.data.reason
    key = await gateway.dependencies.keys.key_of(ben.id)
    assert key.open(stored.data.reason, stored.entity_id).decode() == WHY["reason"]


async def test_reports_have_their_own_rate(gateway: Gateway) -> None:
    ada, ben = await gateway.person("ada"), await gateway.person("ben")
    post_id = await published(gateway, ada)
    gateway.dependencies.guard.limiter = Limiter(1.0, clock=lambda: 30.0)
    rate = CAPABILITIES["report_post"].per_minute
    codes = [(await ben.http.post(f"/v1/posts/{post_id}/report", json=WHY)).status_code for _ in range(rate + 1)]
    assert codes == [202] * rate + [429]


async def test_moderators_read_an_appeal_and_the_author_sees_its_time(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    moderator = await gateway.person("moderator", "moderator")
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id, outcome="rejected")
    appeal = (await ada.http.post(f"/v1/posts/{post_id}/appeal", json=WHY)).json()
    own = (await ada.http.get(f"/v1/posts/{post_id}", params={"after": appeal["sequence"]})).json()
    (item,) = await queue_of(moderator)
    assert isinstance(item["appeal"], dict)
    assert item["appeal"]["reason"] == WHY["reason"]
    assert own["decision"]["appealed_at"] == item["appeal"]["appealed_at"]
    await publish(gateway, post_id, decided_by="person")
    answered = (await ada.http.get(f"/v1/posts/{post_id}")).json()
    assert answered["decision"]["appealed_at"] is None
    assert await queue_of(moderator) == []


async def test_a_post_is_claimed_by_one_moderator_whom_others_see(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    first, second = await gateway.person("first", "moderator"), await gateway.person("second", "moderator")
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id, outcome="held")
    claim = await first.http.post(f"/v1/review/{post_id}/claim")
    again = await first.http.post(f"/v1/review/{post_id}/claim")
    late = await second.http.post(f"/v1/review/{post_id}/claim")
    assert (claim.status_code, again.status_code) == (200, 200)
    assert (late.status_code, late.json()["code"]) == (409, "claimed")
    (seen,) = await queue_of(second)
    assert isinstance(seen["claim"], dict)
    assert (seen["claim"]["handle"], seen["claim"]["mine"]) == ("first", False)
    assert (await second.http.delete(f"/v1/review/{post_id}/claim")).status_code == 204
    assert (await second.http.post(f"/v1/review/{post_id}/claim")).status_code == 409
    assert (await first.http.delete(f"/v1/review/{post_id}/claim")).status_code == 204
    taken = (await second.http.post(f"/v1/review/{post_id}/claim")).json()
    assert (taken["handle"], taken["mine"]) == ("second", True)


async def test_a_claim_ends_with_the_decision(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    moderator = await gateway.person("moderator", "moderator")
    post_id = (await ada.submit()).json()["id"]
    await gateway.dependencies.claims.take(post_id, moderator.id)
    await gateway.dependencies.claims.settle(post_id)
    await gateway.dependencies.claims.settle(post_id)
    assert await gateway.dependencies.claims.find(post_id) is None


async def test_only_moderators_of_the_community_can_claim_a_post(gateway: Gateway) -> None:
    await gateway.community("kitchen")
    ada, cook = await gateway.person("ada"), await gateway.person("cook", "moderator", "kitchen")
    accepted = (await ada.submit()).json()
    await gateway.seen(accepted["sequence"])
    hidden = await cook.http.post(f"/v1/review/{accepted['id']}/claim")
    assert hidden.status_code == 404, "nor do they learn that it exists"
    await publish(gateway, accepted["id"])
    refused = await cook.http.post(f"/v1/review/{accepted['id']}/claim")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_moderator_here")


async def test_the_most_urgent_posts_come_first_and_their_authors_do_not_read_what_must_not_be_known(
    gateway: Gateway,
) -> None:
    ada, moderator = await gateway.person("ada"), await gateway.person("moderator", "moderator")
    held: dict[str, str] = {}
    for name in ("hate", "violence", "self_harm", "sexual_minors"):
        held[name] = (await ada.submit()).json()["id"]
        undisclosed = name == "sexual_minors"
        reason = Reason(
            rule=f"score.{name}", category=name, message="Why.", detail="measured", undisclosed=undisclosed,
            spans=(Span(start=0, end=2),),
        )  # fmt: skip
        await publish(gateway, held[name], outcome="held", reasons=(reason,))
    items: list[dict[str, Any]] = (await moderator.http.get("/v1/review/queue")).json()["items"]
    order = ["sexual_minors", "self_harm", "violence", "hate"]
    assert [item["post"]["id"] for item in items] == [held[name] for name in order]
    assert [item["urgency"] for item in items] == ["minors", "crisis", "danger", "usual"]
    assert [reason["rule"] for reason in items[0]["reasons"]] == ["score.sexual_minors"]
    assert items[0]["reasons"][0]["detail"] == "measured"
    for at, item in enumerate(items):
        cursor = f"{item['urgency']}-{item['post']['sequence']}"
        after = (await moderator.http.get("/v1/review/queue", params={"cursor": cursor})).json()["items"]
        assert [one["post"]["id"] for one in after] == [held[name] for name in order[at + 1 :]]
    for name, post_id in held.items():
        (reason,) = (await ada.http.get(f"/v1/posts/{post_id}")).json()["decision"]["reasons"]
        if name == "sexual_minors":
            assert reason == {
                "rule": "check.person", "category": "check", "message": "Why.", "spans": [], "detail": None,
            }  # fmt: skip
        else:
            assert (reason["rule"], reason["category"], reason["detail"]) == (f"score.{name}", name, None)


async def test_only_the_author_reads_that_a_published_post_offers_help(gateway: Gateway) -> None:
    ada, moderator = await gateway.person("ada"), await gateway.person("moderator", "moderator")
    post_id = (await ada.submit()).json()["id"]
    await publish(gateway, post_id, reasons=(Reason(rule="score.self_harm", category="self_harm", message="Help."),))
    shown = {
        name: (await client.get(f"/v1/posts/{post_id}")).json()["decision"]["reasons"]
        for name, client in (("author", ada.http), ("moderator", moderator.http), ("visitor", gateway.visitor()))
    }
    assert [reason["message"] for reason in shown["author"]] == ["Help."]
    assert shown["moderator"] == shown["visitor"] == []


async def unjudged_of(moderator: Person, cursor: str = "") -> list[str]:
    answer = await moderator.http.get("/v1/review/unjudged", params={"cursor": cursor} if cursor else {})
    assert answer.status_code == 200, answer.text
    return [item["post"]["id"] for item in answer.json()["items"]]


async def test_moderators_have_a_list_of_published_posts_that_nothing_has_judged(gateway: Gateway) -> None:
    ada, moderator = await gateway.person("ada"), await gateway.person("moderator", "moderator")
    fields: dict[str, Any] = {
        "unjudged": "language",
        "unjudged_languages": ("ja",),
        "unjudged_spans": (Span(start=0, end=9),),
    }
    first, second, judged = [(await ada.submit()).json()["id"] for _ in range(3)]
    for post_id in (first, second):
        await publish(gateway, post_id, **fields)
    await publish(gateway, judged)
    assert await unjudged_of(moderator) == [second, first]
    assert await queue_of(moderator) == []
    assert (await ada.http.get("/v1/review/unjudged")).status_code == 403
    own = (await ada.http.get(f"/v1/posts/{first}")).json()["decision"]
    assert (own["unjudged"], own["unjudged_languages"], own["unjudged_spans"]) == (
        "language",
        ["ja"],
        [{"start": 0, "end": 9}],
    )
    await publish(gateway, first, decided_by="person")
    assert await unjudged_of(moderator) == [second]
