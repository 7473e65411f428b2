"""Tests of drift from previews to decisions, through the API."""

from typing import Any

import pytest

from tests.gateway.conftest import Gateway, Person
from tests.gateway.preview_steps import Sight, decide, see, send, settled

pytestmark = pytest.mark.broker


async def drift(gateway: Gateway, **query: str) -> dict[str, Any]:
    await settled(gateway)
    moderator = await gateway.person("mod", "moderator")
    answer = await moderator.http.get("/v1/drift", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def through(gateway: Gateway, person: Person, sight: Sight, outcome: str, **fields: object) -> None:
    """Send a preview, submit the text, and decide on it."""
    await see(person, sight, **fields)
    await send(person, sight)
    await decide(gateway, sight.draft_id, outcome)


async def test_a_preview_with_the_decided_outcome_agrees(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await through(gateway, ada, Sight("published"), "published")
    found = await drift(gateway)
    assert found["submits"] == found["total"]["decided"] == found["total"]["agreement"]["count"] == 1
    assert found["total"]["false_reassurance"]["count"] == 0
    assert found["without_preview"]["count"] == 0


async def test_a_positive_preview_of_a_held_post_is_a_false_reassurance(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await through(gateway, ada, Sight("published"), "held")
    await through(gateway, ada, Sight("published"), "published")
    await through(gateway, ada, Sight("rejected"), "rejected")
    total = (await drift(gateway))["total"]
    assert (total["false_reassurance"]["count"], total["false_reassurance"]["of"]) == (1, 2)
    assert (total["false_alarm"]["count"], total["false_alarm"]["of"]) == (0, 1)
    assert (total["agreement"]["count"], total["agreement"]["of"]) == (2, 3)


async def test_a_warning_about_a_published_post_is_a_false_alarm(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await through(gateway, ada, Sight("held"), "published")
    total = (await drift(gateway))["total"]
    assert (total["false_alarm"]["count"], total["agreement"]["count"]) == (1, 0)


async def test_a_preview_that_read_a_part_and_found_nothing_promises_nothing(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await through(gateway, ada, Sight("published"), "held", read=1200, unread=2800)
    await through(gateway, ada, Sight("held"), "held", read=1200, unread=2800)
    found = await drift(gateway)
    assert (found["submits"], found["without_preview"]["count"], found["total"]["decided"]) == (2, 1, 1)
    assert (found["total"]["false_reassurance"]["count"], found["total"]["agreement"]["count"]) == (0, 1)


async def test_decisions_on_texts_that_no_engine_judges_are_counted_apart(gateway: Gateway) -> None:
    ada, sight = await gateway.person("ada"), Sight("held")
    await through(gateway, ada, Sight("published"), "published")
    await see(ada, sight)
    await send(ada, sight)
    await decide(gateway, sight.draft_id, unjudged="language", unjudged_languages=("ja",))
    found = await drift(gateway)
    assert (found["submits"], found["unjudged"], found["total"]["decided"]) == (2, 1, 1)
    assert (found["total"]["agreement"]["count"], found["total"]["false_alarm"]["of"]) == (1, 0)


async def test_a_preview_of_another_text_does_not_count(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    sight = Sight()
    await see(ada, sight)
    await send(ada, sight, body="They are green.")
    await decide(gateway, sight.draft_id)
    found = await drift(gateway)
    assert (found["without_preview"]["count"], found["of_another_text"]) == (1, 1)
    assert found["total"]["decided"] == 0


async def test_a_submission_without_a_preview_is_counted(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    accepted = (await ada.submit()).json()
    await decide(gateway, accepted["id"])
    found = await drift(gateway)
    assert (found["submits"], found["without_preview"]["count"], found["of_another_text"]) == (1, 1, 0)


async def test_another_users_preview_does_not_count(gateway: Gateway) -> None:
    ada, mallory = await gateway.person("ada"), await gateway.person("mallory")
    sight = Sight("published")
    await see(mallory, sight)  # the same preview that Ada will send, from Mallory
    await send(ada, sight)
    await decide(gateway, sight.draft_id, "held")
    found = await drift(gateway)
    assert found["total"]["false_reassurance"]["of"] == 0
    assert found["without_preview"]["count"] == 1


async def test_an_edit_has_its_own_preview(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    first = Sight("held")
    await through(gateway, ada, first, "held")
    second = Sight("published", body="They are ripe now.", draft_id=first.draft_id)
    await see(ada, second)
    change = {"revision": 1, "body": second.body, "preview_id": second.preview_id}
    assert (await ada.http.patch(f"/v1/posts/{first.draft_id}", json=change)).status_code == 202
    await decide(gateway, first.draft_id, "published")
    found = await drift(gateway)
    assert (found["submits"], found["total"]["agreement"]["count"]) == (2, 2)
    assert found["warned"]["changed"] | {"low": 0, "high": 0} == {
        "count": 1, "of": 2, "share": 0.5, "low": 0, "high": 0, "enough": False, "withheld": False,
    }  # fmt: skip


async def test_groups_separate_tiers_policies_and_models(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    await through(gateway, ada, Sight("published"), "published", tier=0)
    await through(gateway, ada, Sight("published"), "held", tier=1)
    tiers = (await drift(gateway, by="tier"))["groups"]
    assert {group["preview"]: group["distance"]["agreement"]["count"] for group in tiers} == {"0": 1, "1": 0}
    mod = gateway.visitor()
    assert (await mod.get("/v1/drift")).status_code == 401


@pytest.mark.parametrize("claimed", [{"policy_digest": "e" * 64}, {"model": "a" * 64, "tier": 1}])
async def test_a_preview_of_an_unknown_policy_or_model_is_counted_apart(
    gateway: Gateway, claimed: dict[str, object]
) -> None:
    ada = await gateway.person("ada")
    await through(gateway, ada, Sight("published"), "published")
    await through(gateway, ada, Sight("published"), "held", **claimed)
    await see(ada, Sight("held"), **claimed)  # a draft with a warning that was not sent
    found = await drift(gateway, by="policy")
    assert (found["submits"], found["of_unknown_origin"]) == (2, 1)
    assert found["total"]["decided"] == found["total"]["agreement"]["of"] == found["without_preview"]["of"] == 1
    assert (len(found["groups"]), found["warned"]["unsent"]) == (1, 0)


async def test_a_visitor_cannot_send_previews(gateway: Gateway) -> None:
    refused = await gateway.visitor().post("/v1/previews", json={"items": [Sight().item()]})
    assert refused.status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "They are ripe."}, {"tier": 4}, {"tier": "0"}, {"took_ms": -1}, {"bands": {"spam": 10}},
        {"verdict": "fine"}, {"content_hash": "short"}, {"at": 5}, {"at": "9999-12-31T23:59:59-12:00"},
        {"preview_id": "00000000-0000-4000-8000-000000000000"}, {"bands": {"spam": "1"}}, {"bands": {"i_die": 1}},
        {"policy_digest": "D" * 64}, {"model": "some-model"}, {"took_ms": 86_400_001},
    ],
)  # fmt: skip
async def test_a_malformed_summary_is_refused(gateway: Gateway, wrong: dict[str, object]) -> None:
    ada = await gateway.person("ada")
    answer = await ada.http.post("/v1/previews", json={"items": [Sight().item(**wrong)]})
    assert answer.status_code == 422


async def test_a_request_holds_at_most_64_previews(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    many = [Sight().item() for _ in range(65)]
    assert (await ada.http.post("/v1/previews", json={"items": many[:64]})).status_code == 202
    assert (await ada.http.post("/v1/previews", json={"items": many})).status_code == 422
