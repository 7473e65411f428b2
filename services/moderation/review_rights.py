"""Checks with the log that a moderator may decide a post; the gateway's view may be a moment behind a removal."""

from nats.aio.client import Client

from shared.log.append import Log
from shared.log.events import PostSubmitted
from shared.roles.ranks import COMMUNITY_MODERATOR, rank_in
from shared.roles.reader import roles_in_force


async def refusal(broker: Client, log: Log, moderator_id: str, post: PostSubmitted) -> str | None:
    """Return the code of the reason against a decision by this moderator, or None."""
    if moderator_id == post.author_id:
        return "own_post"
    rank = rank_in(await roles_in_force(broker, log, moderator_id), post.community)
    if rank < COMMUNITY_MODERATOR:
        return "not_moderator_here"
    if rank_in(await roles_in_force(broker, log, post.author_id), post.community) > rank:
        return "rank_too_high"
    return None
