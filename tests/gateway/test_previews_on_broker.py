"""Tests of preview records, dry runs and receipts through the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.gateway.previews.schemas import PreviewMode
from shared.ids import new_id
from shared.log.preview_records import decode_preview
from shared.testing import TestBroker
from tests.faults.fakes import HOLD_WORD
from tests.faults.in_process import moderation_app, running
from tests.faults.stored_state import read_to_end
from tests.faults.waiting import flush_to_broker, wait_until, wait_until_stored
from tests.gateway.conftest import Gateway, Person, running_gateway
from tests.gateway.preview_steps import Sight, see, send

pytestmark = pytest.mark.broker

DRAFT = {"community": "garden", "title": "Tomatoes", "body": "They are ripe."}


@asynccontextmanager
async def gateway_in_mode(broker: TestBroker, folder: Path, mode: PreviewMode) -> AsyncIterator[Gateway]:
    async with running_gateway(broker, folder, preview_mode=mode) as here:
        await here.community()
        yield here


async def kept(gateway: Gateway) -> list[dict[str, Any]]:
    """Return every record of the stream."""
    await gateway.dependencies.previews.close()
    await flush_to_broker(gateway.dependencies.broker)
    operator = await gateway.operator()
    await wait_until_stored(operator, "PREVIEWS", "previews.0.none")
    messages = await read_to_end(operator, "PREVIEWS")
    await operator.close()
    return [decode_preview(message.data).model_dump() | {"subject": message.subject} for message in messages]


async def check(person: Person, broker: TestBroker, **changes: str) -> dict[str, Any]:
    """Run a dry run of the draft, with these changes, once moderation answers."""
    answers: list[httpx.Response] = []

    async def answered() -> bool:
        answers.append(await person.http.post("/v1/previews/check", json=DRAFT | changes))
        return answers[-1].status_code == 200

    async with running(moderation_app(broker)):
        await wait_until(answered, "an answer of moderation")
    found: dict[str, Any] = answers[-1].json()
    return found


async def test_a_dry_run_gives_the_reasons_that_an_author_may_read(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    found = await check(ada, gateway.broker, body=f"{HOLD_WORD} and looking for underage nudes, who has links?")
    assert found["outcome"] == "held"
    assert {"check.person", "score.spam"} == {reason["rule"] for reason in found["reasons"]}
    undisclosed = next(reason for reason in found["reasons"] if reason["rule"] == "check.person")
    assert (undisclosed["category"], undisclosed["spans"], undisclosed["detail"]) == ("check", [], None)


@pytest.mark.parametrize(("claimed", "days_ago"), [("1999-01-01T00:00:00Z", 30), ("2999-01-01T00:00:00Z", 0)])
async def test_sender_and_time_are_stamped_by_the_gateway(gateway: Gateway, claimed: str, days_ago: int) -> None:
    ada = await gateway.person("ada")
    sight = Sight()
    await see(ada, sight, at=claimed)
    [record] = await kept(gateway)
    assert record["subject"] == f"previews.0.{sight.draft_id}"
    assert record["stamped"]["person_id"] == ada.id
    assert record["stamped"]["at"].year > 2020
    ago = record["stamped"]["at"] - record["claimed"]["at"]
    assert abs(ago - timedelta(days=days_ago)) < timedelta(minutes=10)
    assert record["observed"] is None


async def test_neither_a_text_nor_a_guessable_hash_is_stored(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    sight = Sight(body="canary-4711")
    await see(ada, sight)
    await send(ada, sight)
    seen, sent = await kept(gateway)
    assert "canary" not in str(seen) + str(sent)
    assert seen["claimed"]["content_hash"] == sent["observed"]["content_hash"]
    assert seen["claimed"]["content_hash"] != sight.item()["content_hash"]


async def test_every_submission_is_recorded_with_its_revision_and_sequence(
    gateway: Gateway,
) -> None:
    ada = await gateway.person("ada")
    accepted = (await ada.submit()).json()
    change = {"revision": 1, "body": "Almost ripe.", "preview_id": new_id()}
    edited = (await ada.http.patch(f"/v1/posts/{accepted['id']}", json=change)).json()
    first, second = [record["observed"] for record in await kept(gateway)]
    assert (first["revision"], first["sequence"], first["preview_id"]) == (1, accepted["sequence"], None)
    assert (second["revision"], second["sequence"]) == (2, edited["sequence"])
    assert second["content_hash"] is not None


async def test_in_server_only_mode_claims_are_dropped_and_previews_are_off(broker: TestBroker, tmp_path: Path) -> None:
    async with gateway_in_mode(broker, tmp_path, "server_only") as gateway:
        ada = await gateway.person("ada")
        assert (await ada.http.get("/v1/mode")).json() == {"mode": "server_only", "previews": False}
        sight = Sight()
        await see(ada, sight)
        await send(ada, sight)
        [record] = await kept(gateway)
        assert record["observed"]["kind"] == "submitted"
        assert record["stamped"]["arm"] == "server_only"


async def test_an_experiment_assigns_and_stamps_each_user_consistently(broker: TestBroker, tmp_path: Path) -> None:
    async with gateway_in_mode(broker, tmp_path, "client_preview_off_for_share") as gateway:
        told = set()
        for number in range(12):
            person = await gateway.person(f"person-{number}")
            previews = (await person.http.get("/v1/mode")).json()["previews"]
            await person.submit()
            told.add((previews, (await kept(gateway))[-1]["stamped"]["arm"]))
        assert told == {(True, "trial_with"), (False, "trial_without")}


async def test_a_receipt_is_valid_only_for_the_checked_text(gateway: Gateway, broker: TestBroker) -> None:
    ada = await gateway.person("ada")
    checked = await check(ada, broker)
    receipt, visitor = checked["receipt"], gateway.visitor()

    async def verify(**fields: object) -> dict[str, Any]:
        answer = await visitor.post("/v1/previews/receipts/verify", json=receipt | fields)
        finding: dict[str, Any] = answer.raise_for_status().json()
        return finding

    own = await verify(title=DRAFT["title"], body=DRAFT["body"])
    assert own["valid"]
    assert own["statement"]["outcome"] == checked["outcome"] == "published"
    assert own["statement"]["policy_digest"] == checked["policy"]["digest"]
    assert (await verify(title="", body=DRAFT["body"]))["finding"] == "other_text"
    forged = receipt["statement"].replace("published", "rejected")
    assert await verify(statement=forged) == {"valid": False, "finding": "signature", "statement": None}
    key = (await visitor.get("/v1/previews/receipts/key")).json()
    assert key["key_id"] == receipt["key_id"]


async def test_a_post_accepts_no_receipt_and_a_dry_run_appends_no_fact(gateway: Gateway, broker: TestBroker) -> None:
    ada = await gateway.person("ada")
    operator = await gateway.operator()
    before = await read_to_end(operator, "EVENTS")
    receipt = (await check(ada, broker))["receipt"]
    assert (await ada.submit(receipt=receipt)).status_code == 422
    assert await read_to_end(operator, "EVENTS") == before
    await operator.close()
    [record] = await kept(gateway)
    assert (record["observed"]["kind"], record["observed"]["outcome"]) == ("checked", "published")


async def test_an_unknown_community_gets_no_receipt(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    refused = await ada.http.post("/v1/previews/check", json=DRAFT | {"community": "nowhere"})
    assert (refused.status_code, refused.json()["code"]) == (404, "community_unknown")


async def test_what_a_draft_answers_must_be_public(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    refused = await ada.http.post("/v1/previews/check", json=DRAFT | {"parent_id": new_id()})
    assert (refused.status_code, refused.json()["code"]) == (404, "parent_unknown")


async def test_a_submission_neither_waits_for_previews_nor_fails_with_them(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    operator = await gateway.operator()
    await operator.jetstream().delete_stream("PREVIEWS")
    await operator.close()
    sight = Sight()
    await see(ada, sight)
    assert (await send(ada, sight))["state"] == "pending"


async def test_the_report_says_that_nothing_can_be_compared_yet(gateway: Gateway) -> None:
    ada, mod = await gateway.person("ada"), await gateway.person("mod", "moderator")
    await send(ada, Sight())
    await wait_until(lambda: _has_arms(mod.http), "a submission in the report")
    worth = (await mod.http.get("/v1/worth")).json()
    assert worth["verdict"] == "nothing_to_compare"
    assert "switch previews off" in worth["says"]
    assert [(arm["arm"], arm["submits"]) for arm in worth["arms"]] == [("hybrid", 1)]
    assert (await ada.http.get("/v1/worth")).status_code == 403


async def _has_arms(http: httpx.AsyncClient) -> bool:
    return bool((await http.get("/v1/worth")).json()["arms"])


async def test_users_without_previews_are_not_counted_as_missing_one(broker: TestBroker, tmp_path: Path) -> None:
    async with gateway_in_mode(broker, tmp_path, "client_preview_off_for_share") as gateway:
        told = []
        for number in range(8):
            person = await gateway.person(f"person-{number}")
            await person.submit()
            told.append((await person.http.get("/v1/mode")).json()["previews"])
        mod = await gateway.person("mod", "moderator")

        async def folded() -> bool:
            return bool((await mod.http.get("/v1/drift")).json()["submits"] == len(told))

        await wait_until(folded, "all submissions")
        without = (await mod.http.get("/v1/drift")).json()["without_preview"]
        assert without["count"] == without["of"] == sum(told)
