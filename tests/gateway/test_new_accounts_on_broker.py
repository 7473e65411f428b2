"""New accounts: their votes and reports weigh little, wherever a score or the review queue is shown."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.gateway.view.change_notifications import Counts
from shared.log.events import ReportFiled
from shared.log.signals import decode_signal
from shared.testing import TestBroker
from tests.gateway.conftest import Gateway, Person, running_gateway
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker
FRESH = ("fay", "fox", "fen", "fir", "fig")
WHY = {"reason": "I do not like it."}


async def published(gateway: Gateway, author: Person) -> str:
    post_id: str = (await author.submit()).json()["id"]
    await publish(gateway, post_id)
    return post_id


async def attack(gateway: Gateway, post_id: str, people: Sequence[Person]) -> dict[str, Any]:
    """Vote the post down and report it, twice each. Returns the last answer to a vote."""
    for person in (*people, *people):
        answer = await person.http.put(f"/v1/posts/{post_id}/vote", json={"value": -1})
        report = await person.http.post(f"/v1/posts/{post_id}/report", json=WHY)
        await gateway.seen(report.raise_for_status().json()["sequence"])
    votes: dict[str, Any] = answer.raise_for_status().json()
    return votes


async def queue_of(moderator: Person, cursor: str = "0") -> list[dict[str, Any]]:
    answer = await moderator.http.get("/v1/review/queue", params={"cursor": cursor})
    items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return items


async def weight_of(person: Person) -> dict[str, Any]:
    weight: dict[str, Any] = (await person.http.get("/v1/me")).raise_for_status().json()["vote_weight"]
    return weight


def let_days_pass(gateway: Gateway, days: float) -> None:
    gateway.dependencies.vote_weights.clock = lambda: datetime.now(UTC) + timedelta(days=days)


async def test_five_fresh_accounts_move_no_score_and_do_not_head_the_queue(gateway: Gateway) -> None:
    ada, moderator = await gateway.person("ada"), await gateway.person("moderator", "moderator")
    fresh = [await gateway.person(name) for name in FRESH]
    target = await published(gateway, ada)
    shown: list[int] = []
    gateway.dependencies.view.subscribe(lambda one: shown.append(one.score) if isinstance(one, Counts) else None)
    answer = await attack(gateway, target, fresh)
    assert (answer["votes"], answer["my_vote"]) == ({"up": 0, "down": 0, "score": 0}, -1)
    assert (set(shown), len(shown) >= len(fresh)) == ({0}, True)
    visitor = gateway.visitor()
    assert (await visitor.get(f"/v1/posts/{target}")).json()["score"] == 0
    assert [post["score"] for post in (await visitor.get("/v1/users/ada")).json()["recent"]] == [0]
    held = (await ada.submit()).json()["id"]
    await publish(gateway, held, outcome="held")
    first, last = await queue_of(moderator)
    assert (first["post"]["id"], last["post"]["id"], last["later"]) == (held, target, True)
    assert last["reports"] == {"count": 5, "from_new_accounts": 5, "reasons": [WHY["reason"]] * 5}
    assert [item["post"]["id"] for item in await queue_of(moderator, str(first["post"]["sequence"]))] == [target]
    assert await queue_of(moderator, f"later-{last['post']['sequence']}") == []


async def test_one_established_account_counts_fully_on_both_ways(gateway: Gateway) -> None:
    ada, moderator = await gateway.person("ada"), await gateway.person("moderator", "moderator")
    fay, eva = await gateway.person("fay"), await gateway.person("eva")
    target = await published(gateway, ada)
    await attack(gateway, target, [fay])
    held = (await ada.submit()).json()["id"]
    await publish(gateway, held, outcome="held")
    let_days_pass(gateway, 8)
    assert await weight_of(eva) == {"percent": 100, "full_at": None}
    assert (await attack(gateway, target, [eva]))["votes"] == {"up": 0, "down": 1, "score": -1}
    items = await queue_of(moderator)
    assert [(item["post"]["id"], item["later"]) for item in items] == [(target, False), (held, False)]
    assert items[0]["reports"] == {"count": 2, "from_new_accounts": 1, "reasons": [WHY["reason"]] * 2}
    # The weight of the moment is kept: what fay did as a new account does not grow by itself, and a new vote does.
    assert (await gateway.visitor().get(f"/v1/posts/{target}")).json()["votes"]["down"] == 1
    again = await fay.http.put(f"/v1/posts/{target}/vote", json={"value": -1})
    assert again.json()["votes"] == {"up": 0, "down": 2, "score": -2}


async def test_the_weight_is_stored_with_the_vote_and_the_report(gateway: Gateway) -> None:
    ada, fay = await gateway.person("ada"), await gateway.person("fay")
    target = await published(gateway, ada)
    await fay.http.put(f"/v1/posts/{target}/vote", json={"value": 1})
    sequence = (await fay.http.post(f"/v1/posts/{target}/report", json=WHY)).json()["sequence"]
    stream = (await gateway.operator()).jetstream()
    stored = await stream.get_last_msg("SIGNALS", f"signals.vote.{target}.{fay.id}")
    assert decode_signal(stored.data or b"").weight == 10
    report = await gateway.dependencies.log.at(sequence)
    assert report is not None
    assert isinstance(report.data, ReportFiled)
    assert report.data.weight == 10


async def test_the_rule_can_be_switched_off(broker: TestBroker, tmp_path: Path) -> None:
    async with running_gateway(broker, tmp_path, new_account_days=0) as gateway:
        await gateway.community()
        fresh = [await gateway.person(name) for name in FRESH]
        target = await published(gateway, await gateway.person("ada"))
        assert (await attack(gateway, target, fresh))["votes"] == {"up": 0, "down": 5, "score": -5}
        assert await weight_of(fresh[0]) == {"percent": 100, "full_at": None}


async def test_people_see_the_weight_of_their_own_votes(gateway: Gateway) -> None:
    ada, moderator = await gateway.person("ada"), await gateway.person("moderator", "moderator")
    new = await weight_of(ada)
    waiting = datetime.fromisoformat(new["full_at"]) - datetime.now(UTC)
    assert new["percent"] == 10
    assert timedelta(days=6.9) < waiting <= timedelta(days=7)
    session = await ada.http.post("/v1/sessions", json={"handle": "ada", "password": "correct horse battery"})
    assert session.json()["vote_weight"] == new
    assert await weight_of(moderator) == {"percent": 100, "full_at": None}
    assert (await gateway.visitor().get("/v1/me")).status_code == 401
    assert "vote_weight" not in (await gateway.visitor().get("/v1/users/ada")).text


async def test_a_rejection_by_a_moderator_delays_and_a_withdrawal_does_not_undo_it(gateway: Gateway) -> None:
    ada = await gateway.person("ada")
    post_id = await published(gateway, ada)
    posted = datetime.fromisoformat((await weight_of(ada))["full_at"])
    await publish(gateway, post_id, outcome="rejected", decided_by="person")
    let_days_pass(gateway, 1)
    rejected = datetime.fromisoformat((await weight_of(ada))["full_at"])
    assert rejected > posted + timedelta(hours=23)  # the post no longer spares a day
    withdrawn = await ada.http.delete(f"/v1/posts/{post_id}")
    await gateway.seen(withdrawn.json()["sequence"])
    assert datetime.fromisoformat((await weight_of(ada))["full_at"]) == rejected
