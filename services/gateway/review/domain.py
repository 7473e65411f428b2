"""Rules for reviews: nobody reviews their own posts, or those of a higher rank. Pure."""

from services.gateway.http.caller import User
from shared.problems import Forbidden
from shared.roles.ranks import rank_in

OWN_POST = "This is your own post. Another moderator decides on it."
RANK_TOO_HIGH = "Its author ranks above you here. Somebody of their rank decides on it."
NOT_HERE = "You do not moderate this community."


def check_review(by: User, author: User | None, community: str) -> None:
    """Check that a moderator of the community may claim or decide a post of this author.

    Raises:
        Forbidden: `own_post` or `rank_too_high`.
    """
    if author is None:
        return
    if by.id == author.id:
        raise Forbidden(OWN_POST, "own_post")
    if rank_in(author.roles, community) > rank_in(by.roles, community):
        raise Forbidden(RANK_TOO_HIGH, "rank_too_high")
