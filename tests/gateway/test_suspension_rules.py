"""The rules of suspensions: moderators of the whole site suspend members, and only admins suspend moderators."""

from datetime import UTC, datetime

import pytest

from services.gateway.accounts.domain import check_suspension
from services.gateway.http.caller import User
from shared.log.events import Role
from shared.problems import Forbidden


def user(name: str, *roles: tuple[Role, str | None]) -> User:
    """Return a user with these roles."""
    return User(name, name, list(roles), datetime(2026, 1, 1, tzinfo=UTC), None, "", erased=False, imported=False)


MEMBER, HERE = user("member", ("member", None)), user("here", ("moderator", "garden"))
MODERATOR, ADMIN = user("moderator", ("moderator", None)), user("admin", ("admin", None))
LOCAL_ADMIN = user("local-admin", ("admin", "garden"), ("moderator", None))


@pytest.mark.parametrize(("by", "of"), [(MODERATOR, MEMBER), (ADMIN, MEMBER), (ADMIN, MODERATOR), (ADMIN, HERE)])
def test_a_higher_rank_may_suspend(by: User, of: User) -> None:
    check_suspension(by, of)


@pytest.mark.parametrize(
    ("by", "of", "code", "detail"),
    [
        (MEMBER, HERE, "not_moderator_everywhere", "Only moderators of the whole site may do this."),
        (HERE, MEMBER, "not_moderator_everywhere", "Only moderators of the whole site may do this."),
        (ADMIN, ADMIN, "own_standing", "You cannot suspend or reinstate yourself."),
        *(
            (by, of, "rank_too_high", "Only an admin may suspend a moderator, and nobody may suspend an admin.")
            for by, of in (
                (MODERATOR, HERE),
                (MODERATOR, ADMIN),
                (MODERATOR, LOCAL_ADMIN),
                (ADMIN, user("second-admin", ("admin", None))),
                (LOCAL_ADMIN, HERE),
            )
        ),
    ],
)
def test_everybody_else_is_refused_with_the_reason(by: User, of: User, code: str, detail: str) -> None:
    with pytest.raises(Forbidden) as refused:
        check_suspension(by, of)
    assert (refused.value.code, refused.value.detail) == (code, detail)
