"""Tests that moderators and the operator learn of posts that nobody may decide on: their authors never may."""

import pytest

from services.gateway.operations.advice import advice
from shared.log.events import UserSuspended
from tests.gateway.conftest import Gateway, Person
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker


async def stuck(person: Person) -> int:
    """Return how many of a moderator's own posts nobody may decide on."""
    count: int = (await person.http.get("/v1/review/own")).raise_for_status().json()["without_reviewer"]
    return count


async def test_the_only_administrator_learns_that_nobody_may_decide_on_their_post(gateway: Gateway) -> None:
    admin = await gateway.person("root", "admin")
    post = (await admin.submit()).raise_for_status().json()
    await publish(gateway, post["id"], "held")
    assert await stuck(admin) == 1
    assert (await admin.http.get("/v1/review/queue")).json()["items"] == []
    decision = {"outcome": "published", "reason": "fine", "revision": 1}
    refused = await admin.http.post(f"/v1/review/{post['id']}/decision", json=decision)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_post")
    told, public = await notes(gateway)
    assert "nobody may decide on: 1" in told
    assert "nobody may decide on" not in public

    moderator = await gateway.person("mod", "moderator")  # ranks below the author
    assert (await stuck(admin), await stuck(moderator)) == (1, 0)
    other = await gateway.person("other", "admin")
    assert await stuck(admin) == 0
    assert "nobody may decide on" not in (await notes(gateway))[0]
    suspension = await gateway.dependencies.accounts.change(other.id, UserSuspended(reason="away"), "service:test")
    await gateway.seen(suspension)
    assert await stuck(admin) == 1


async def test_a_post_of_a_member_has_a_reviewer_where_somebody_moderates_its_community(gateway: Gateway) -> None:
    await gateway.community("kitchen")
    ada = await gateway.person("ada")
    post = (await ada.submit()).raise_for_status().json()
    await publish(gateway, post["id"], "held")
    assert "nobody may decide on: 1" in (await notes(gateway))[0]
    await gateway.person("cook", "moderator", "kitchen")
    assert "nobody may decide on: 1" in (await notes(gateway))[0]
    await gateway.person("gardener", "moderator", "garden")
    assert "nobody may decide on" not in (await notes(gateway))[0]


def test_the_operator_hears_of_people_who_wait_under_another_setting_only() -> None:
    assert list(advice(0, 3, "approval")) == []
    assert "approval, although new ones need none: 3" in next(advice(0, 3, "open"))


async def notes(gateway: Gateway) -> tuple[str, str]:
    """Return the gateway's note for the operator and for everybody."""
    readiness = gateway.dependencies.readiness
    return (await readiness.operator_report()).parts["gateway"].note, (await readiness.public_report()).parts[
        "gateway"
    ].note
