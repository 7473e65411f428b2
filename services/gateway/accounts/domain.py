"""Rules for suspensions. Pure."""

from services.gateway.http.caller import User
from shared.problems import Forbidden


def check_suspension(by: User, of: User) -> None:
    """Check that one user may suspend or reinstate another.

    Raises:
        Forbidden: `not_moderator_everywhere`, `own_standing` or `rank_too_high`.
    """
    if not {("moderator", None), ("admin", None)} & set(by.roles):
        raise Forbidden("Only moderators of the whole site may do this.", "not_moderator_everywhere")
    if by.id == of.id:
        raise Forbidden("You cannot suspend or reinstate yourself.", "own_standing")
    roles = {role for role, _ in of.roles}
    if "admin" in roles or ("moderator" in roles and ("admin", None) not in by.roles):
        raise Forbidden("Only an admin may suspend a moderator, and nobody may suspend an admin.", "rank_too_high")
