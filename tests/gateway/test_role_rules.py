"""The rules of roles and reviews: nobody acts on themselves or above their rank, and the last administrator stays."""

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.accounts.domain import check_appointment, check_role_change
from services.gateway.http.caller import User
from services.gateway.posts.projection import is_support
from services.gateway.review.domain import check_review
from shared.log.events import Role
from shared.problems import Conflict, Forbidden, Invalid
from shared.roles.ranks import ADMIN as ADMIN_RANK
from shared.roles.ranks import COMMUNITY_MODERATOR, MEMBER, SITE_MODERATOR, is_admin, rank_in

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


@pytest.mark.parametrize(
    ("by", "author"), [(HERE, None), (HERE, ADA), (HERE, THERE), (MODERATOR, HERE), (ADMIN, MODERATOR)]
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
