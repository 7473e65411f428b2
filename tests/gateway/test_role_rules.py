"""The rules of roles and reviews: nobody acts on themselves or above their rank, and the last administrator stays."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.accounts.domain import approval_of, check_appointment, check_role_change
from services.gateway.http.caller import User
from services.gateway.posts.projection import is_support
from services.gateway.review.domain import check_review
from shared.log.events import (
    Fact,
    Role,
    UserApproved,
    UserErased,
    UserRefused,
    UserRegistered,
    UserReinstated,
    UserRoleGranted,
    UserRoleRevoked,
    record,
)
from shared.problems import Conflict, Forbidden, Invalid, NotFound
from shared.roles.ranks import ADMIN as ADMIN_RANK
from shared.roles.ranks import COMMUNITY_MODERATOR, MEMBER, SITE_MODERATOR, RoleTable, is_admin, rank_in

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def user(
    name: str, *roles: tuple[Role, str | None], suspended_until: datetime | None = None, imported: bool = False
) -> User:
    """Return a user with these roles."""
    return User(name, name, list(roles), NOW, suspended_until, "", erased=False, imported=imported)


ADA = user("ada", ("member", None))
HERE, THERE = user("here", ("moderator", "garden")), user("there", ("moderator", "kitchen"))
MODERATOR, ADMIN = user("moderator", ("moderator", None)), user("admin", ("admin", None))


def test_ranks_count_in_their_community_or_everywhere() -> None:
    ranks = [rank_in(one.roles, "garden") for one in (ADA, THERE, HERE, MODERATOR, ADMIN)]
    assert ranks == [MEMBER, MEMBER, COMMUNITY_MODERATOR, SITE_MODERATOR, ADMIN_RANK]
    assert [rank_in(one.roles, None) for one in (ADA, THERE)] == [MEMBER, COMMUNITY_MODERATOR]
    assert rank_in([("admin", "garden")], "garden") == COMMUNITY_MODERATOR
    assert not is_admin([("admin", "garden"), ("moderator", None)])


@pytest.mark.parametrize("role", ["member", "moderator", "admin", "importer"])
def test_an_administrator_changes_the_roles_of_others(role: Role) -> None:
    check_role_change(ADMIN, ADA, role, None)
    check_role_change(ADMIN, user("second-admin", ("admin", None)), role, None)
    check_role_change(ADMIN, ADA, "moderator", "garden")


@pytest.mark.parametrize(
    ("by", "of", "code", "detail"),
    [
        (ADMIN, ADMIN, "own_roles", "You cannot change your own roles. Another administrator can."),
        (MODERATOR, MODERATOR, "own_roles", "You cannot change your own roles. Another administrator can."),
        (MODERATOR, ADA, "rank_too_high", "Only administrators may change roles."),
        (HERE, ADA, "rank_too_high", "Only administrators may change roles."),
        (ADA, HERE, "rank_too_high", "Only administrators may change roles."),
    ],
)
def test_everybody_else_changes_no_roles(by: User, of: User, code: str, detail: str) -> None:
    with pytest.raises(Forbidden) as refused:
        check_role_change(by, of, "moderator", None)
    assert (refused.value.code, refused.value.detail) == (code, detail)


def test_only_moderators_are_appointed_for_one_community() -> None:
    with pytest.raises(Invalid) as refused:
        check_role_change(ADMIN, ADA, "admin", "garden")
    expected = ("community_not_possible", "Only moderators can be appointed for one community.")
    assert (refused.value.code, refused.value.detail) == expected


def test_an_account_that_cannot_be_used_gets_no_role() -> None:
    check_appointment(ADA, NOW)
    check_appointment(user("ben", suspended_until=NOW), NOW)
    with pytest.raises(Conflict) as suspended:
        check_appointment(user("ben", suspended_until=NOW + timedelta(seconds=1)), NOW)
    expected = ("account_suspended", "This account is suspended. End the suspension first.")
    assert (suspended.value.code, suspended.value.detail) == expected
    with pytest.raises(Conflict) as imported:
        check_appointment(user("cem", imported=True), NOW)
    expected = ("cannot_sign_in", "Nobody can sign in with this account: an import has created it.")
    assert (imported.value.code, imported.value.detail) == expected
    with pytest.raises(Conflict) as waiting:
        check_appointment(replace(ADA, approval="waiting"), NOW)
    expected = ("account_waiting", "This account waits for approval. Approve it first.")
    assert (waiting.value.code, waiting.value.detail) == expected


GRANTED, GRANTED_HERE = UserRoleGranted(role="moderator"), UserRoleGranted(role="moderator", community="garden")
ADMINISTRATES, MEMBER_HERE = UserRoleGranted(role="admin"), UserRoleGranted(role="member", community="garden")
NO_ADMIN = UserRoleRevoked(role="admin")


@pytest.mark.parametrize(
    ("facts", "held"),
    [
        ([GRANTED_HERE, MEMBER_HERE], set()),
        ([GRANTED, GRANTED_HERE], {("moderator", None), ("moderator", "garden")}),
        ([GRANTED, ADMINISTRATES], {("admin", None)}),
        ([GRANTED, UserRoleGranted(role="admin", keeps_others=True)], {("moderator", None), ("admin", None)}),
        ([GRANTED_HERE, UserRoleRevoked(role="moderator", community="garden")], set()),
        ([ADMINISTRATES, NO_ADMIN], {("admin", None)}),
        ([GRANTED_HERE, UserErased()], set()),
        ([GRANTED_HERE, UserReinstated()], {("moderator", "garden")}),
    ],
)
def test_roles_follow_from_the_facts_in_order(facts: list[Fact], held: Collection[tuple[Role, str | None]]) -> None:
    table = RoleTable()
    for fact in facts:
        table.take(record(fact, "ada", actor="user:first", at=NOW))
    assert table.held == {"ada": held}


def test_an_admin_is_removed_while_another_one_stays() -> None:
    table = RoleTable()
    for fact, user_id in ((ADMINISTRATES, "ada"), (ADMINISTRATES, "ben"), (NO_ADMIN, "ada"), (NO_ADMIN, "ben")):
        table.take(record(fact, user_id, actor="user:first", at=NOW))
    assert (table.held["ada"], table.admins) == (frozenset(), {"ben"})


STARTS, WAITS = UserRegistered(handle="s1.none"), UserRegistered(handle="s1.none", waits=True)
REFUSED = UserRefused(reason="s1.none")


@pytest.mark.parametrize(
    ("facts", "approval"),
    [
        ([STARTS], "approved"),
        ([WAITS], "waiting"),
        ([WAITS, UserApproved()], "approved"),
        ([WAITS, REFUSED], "refused"),
        ([WAITS, REFUSED, UserApproved()], "approved"),
        ([WAITS, UserApproved(), REFUSED], "approved"),
        ([STARTS, REFUSED], "approved"),
        ([WAITS, STARTS], "waiting"),
    ],
)
def test_an_approval_is_final_and_a_refusal_is_not(facts: list[Fact], approval: str) -> None:
    assert approval_of(facts) == approval


@pytest.mark.parametrize("facts", [[], [UserApproved()], [REFUSED], [STARTS, UserErased()], [UserErased(), STARTS]])
def test_nobody_has_an_approval_before_the_sign_up_or_after_the_erasure(facts: list[Fact]) -> None:
    with pytest.raises(NotFound, match=r"^There is no such user\.$"):
        approval_of(facts)


@pytest.mark.parametrize(
    ("by", "author"), [(HERE, None), (HERE, ADA), (HERE, THERE), (ADA, THERE), (MODERATOR, HERE), (ADMIN, MODERATOR)]
)
def test_a_moderator_reviews_posts_of_their_rank_and_below(by: User, author: User | None) -> None:
    check_review(by, author, "garden")
    check_review(by, user("equal", *by.roles), "garden")


@pytest.mark.parametrize(
    ("by", "author", "code", "detail"),
    [
        (ADMIN, ADMIN, "own_post", "This is your own post. Another moderator decides on it."),
        *(
            (by, of, "rank_too_high", "Its author ranks above you here. Somebody of their rank decides on it.")
            for by, of in ((HERE, MODERATOR), (THERE, HERE), (MODERATOR, ADMIN))
        ),
    ],
)
def test_no_other_post_is_reviewed(by: User, author: User, code: str, detail: str) -> None:
    with pytest.raises(Forbidden) as refused:
        check_review(by, author, "garden")
    assert (refused.value.code, refused.value.detail) == (code, detail)


@pytest.mark.parametrize("category", ["self_harm", "self-harm", "self-harm/intent", "suicide", "suicide-notes"])
def test_categories_of_people_who_may_need_help_are_recognized(category: str) -> None:
    assert is_support(category)
    assert not is_support(f"not_{category}")
    assert not is_support(category.upper())
