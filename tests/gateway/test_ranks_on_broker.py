"""A generated test of every capability with a target: each role acts on itself, on its equals, above and below."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.routing import APIRoute

from services.gateway.http.guard import capability_of
from shared.log.events import Role, UserReinstated
from shared.security.capabilities import CAPABILITIES, AccessRole, allows
from tests.gateway.conftest import Gateway, Person
from tests.gateway.test_posts_on_broker import publish

pytestmark = pytest.mark.broker

# Each person with their role here, and their rank in the community `garden`.
PEOPLE: dict[str, tuple[Role, str | None, int]] = {
    "ada": ("member", None, 0),
    "cook": ("moderator", "kitchen", 0),
    "gardener": ("moderator", "garden", 1),
    "gardener2": ("moderator", "garden", 1),
    "warden": ("moderator", None, 2),
    "chief": ("admin", None, 3),
    "chief2": ("admin", None, 3),
}
# The targets of capabilities: only the caller's own, only those of others, or both.
OWN = {"edit_post", "withdraw_post", "appeal_decision", "revoke_token"}
OTHERS = {"report_post", "review_posts", "suspend_people", "manage_roles"}
BOTH = {"read_posts", "see_timeline", "vote", "mark_read", "see_profile", "search_posts"}
# Refusals of an endpoint because of the target; other problems, such as a stopped service, are not refusals.
CODES = {
    "own_post", "own_roles", "own_standing", "rank_too_high", "not_author", "not_moderator_here",
    "not_moderator_everywhere", "forbidden", "unauthenticated",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "edit_post": {"revision": 1, "body": "Other words."},
    "appeal_decision": {"reason": "It is a quotation."},
    "report_post": {"reason": "It gives an address."},
    "vote": {"value": 1},
    "mark_read": {"kind": "read"},
    "suspend_people": {"reason": "spam", "days": 1},
}


@dataclass(frozen=True)
class Act:
    """A route whose path names a target."""

    method: str
    path: str
    capability: str


def acts(gateway: Gateway) -> Iterator[Act]:
    for route in gateway.app.routes:
        if isinstance(route, APIRoute) and ("{post_id}" in route.path or "{handle}" in route.path):
            for method in route.methods or ():
                yield Act(method, route.path, capability_of(route) or "")


def may(act: Act, by: str, of: str) -> bool:
    """Return whether the rules let one person do this to another, or to their post."""
    role, community, rank = PEOPLE[by]
    held: set[AccessRole] = {"member", "visitor", role}
    if not allows(act.capability, frozenset(held)):
        return False
    if act.capability in OWN:
        return by == of
    if act.capability not in OTHERS:
        return True
    target = PEOPLE[of][2]
    match act.capability:
        case "report_post":
            return by != of
        case "review_posts" if act.path.endswith("/claim") and act.method == "DELETE":
            return True  # it only ends the caller's claim
        case "review_posts":
            return by != of and rank >= 1 and target <= rank
        case "suspend_people":
            moderates = PEOPLE[of][0] == "moderator"
            return by != of and community is None and target < 3 and (rank == 3 or (rank == 2 and not moderates))
        case _:
            return by != of and rank == 3


async def test_every_role_acts_on_every_target_exactly_as_the_ranks_say(gateway: Gateway) -> None:
    await gateway.community("kitchen")
    people = {name: await gateway.person(name, role, where) for name, (role, where, _) in PEOPLE.items()}
    posts = {name: await published(gateway, person) for name, person in people.items()}
    found = list(acts(gateway))
    assert {act.capability for act in found} <= OWN | OTHERS | BOTH, "say for the new capability whom it may concern"
    wrong = []
    for act in found:
        for by, of in pairs(act):
            if act.capability in OWN:  # it changes the post
                posts[of] = await published(gateway, people[of])
            refused = await is_refused(gateway, act, people[by], people[of], posts[of])
            if refused == may(act, by, of):
                wrong.append((act.method, act.path, by, of, "refused" if refused else "let through"))
    assert wrong == []


def pairs(act: Act) -> Iterator[tuple[str, str]]:
    """Yield who acts on whom: everybody on everybody where ranks matter, else on themselves and on another."""
    for by in PEOPLE:
        others = [of for of in PEOPLE if of != by]
        yield from ((by, of) for of in (by, *(others if act.capability in OTHERS else others[:1])))


async def published(gateway: Gateway, author: Person) -> str:
    post_id: str = (await author.submit()).json()["id"]
    await publish(gateway, post_id)
    return post_id


async def is_refused(gateway: Gateway, act: Act, actor: Person, target: Person, post_id: str) -> bool:
    """Do the act to a post of the target, or to the target; undo what would change the next attempt."""
    before = gateway.dependencies.account_queries.user_by_id(target.id)
    path = act.path.format(post_id=post_id, handle=target.handle, role="moderator")
    body = BODIES.get(act.capability) if act.method != "GET" else None
    if act.path.endswith("/decision"):
        body = {"outcome": "rejected", "reason": "seen", "revision": 1}
    answer = await actor.http.request(act.method, path, json=body)
    now = gateway.dependencies.account_queries.user_by_id(target.id)
    assert before is not None
    assert now is not None
    refused = answer.status_code in (401, 403) and answer.json()["code"] in CODES
    if refused:
        assert (now.roles, now.suspended_until) == (before.roles, before.suspended_until)
    await restore(gateway, target, before.roles)
    return refused


async def restore(gateway: Gateway, target: Person, roles: list[tuple[Role, str | None]]) -> None:
    """Bring a person's roles and standing back to what they were."""
    now = gateway.dependencies.account_queries.user_by_id(target.id)
    assert now is not None
    accounts, sequence = gateway.dependencies.accounts, 0
    for role, where in set(now.roles) - set(roles):
        sequence = await accounts.revoke(target.id, role, "service:test", where)
    for role, where in set(roles) - set(now.roles):
        sequence = await accounts.grant(target.id, role, "service:test", where)
    if now.suspended_until:
        sequence = await accounts.change(target.id, UserReinstated(), "service:test")
    if sequence:
        await gateway.seen(sequence)


def test_every_capability_of_others_is_an_authoritative_one() -> None:
    assert all(CAPABILITIES[name].kind == "authoritative" for name in OTHERS)
