"""The rules of invitations: who makes them, and what counts as a use."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.http.caller import User
from services.gateway.invitations.domain import UNFINISHED_AFTER, Invitation, Inviters, may_invite
from shared.log.events import Role

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INVITATION = Invitation(
    id="ada", made_by="user:ada", made_at=NOW - timedelta(days=1), expires_at=NOW + SECOND, most_uses=2
)


def user(*roles: tuple[Role, str | None]) -> User:
    """Return a user with these roles."""
    return User("ada", "ada", list(roles), NOW, None, "", erased=False, imported=False)


def test_an_invitation_is_open_until_it_expires_or_is_used_up() -> None:
    assert INVITATION.is_open(NOW)
    assert not INVITATION.is_open(NOW + SECOND)
    once = INVITATION.with_use("ben", NOW)
    assert once.is_open(NOW)
    assert not once.with_use("cem", NOW).is_open(NOW)


def test_a_user_counts_once_and_can_be_taken_out() -> None:
    used = INVITATION.with_use("ben", NOW).with_use("cem", NOW + SECOND).with_use("ben", NOW + SECOND)
    assert [(use.user_id, use.at) for use in used.uses] == [("ben", NOW), ("cem", NOW + SECOND)]
    assert used.made_by == "user:ada"
    assert [use.user_id for use in used.without_use("ben", "dan").uses] == ["cem"]
    assert used.without_use("ben", "cem") == INVITATION


def test_a_use_may_be_unfinished_once_no_request_lasts_that_long() -> None:
    used = INVITATION.with_use("ben", NOW).with_use("cem", NOW + SECOND)
    assert used.perhaps_unfinished(NOW + UNFINISHED_AFTER) == []
    assert used.perhaps_unfinished(NOW + UNFINISHED_AFTER + SECOND) == ["ben"]


@pytest.mark.parametrize(("inviters", "invited"), [("members", "1111"), ("moderators", "0111"), ("admins", "0001")])
def test_a_user_invites_from_the_rank_on_that_the_installation_names(inviters: Inviters, invited: str) -> None:
    users = user(), user(("moderator", "garden")), user(("moderator", None)), user(("admin", None))
    assert [may_invite(one, inviters, NOW) for one in users] == [digit == "1" for digit in invited]


def test_who_may_not_write_may_not_invite() -> None:
    member = user()
    assert not may_invite(None, "members", NOW)
    assert not may_invite(replace(member, erased=True), "members", NOW)
    assert not may_invite(replace(member, approval="waiting"), "members", NOW)
    assert not may_invite(replace(member, suspended_until=NOW + SECOND), "members", NOW)
    assert may_invite(replace(member, suspended_until=NOW), "members", NOW)
