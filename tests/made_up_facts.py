"""A fact about posts that the product does not have, as a later version may add one."""

from shared.log.events import Event, PostFact, record
from shared.testing import AT


class PostMadeUp(PostFact):
    """A fact that changes nothing which other writers look at."""


def made_up(post: Event, *, revision: int = 1) -> Event:
    """Return a made-up fact about a revision of a post."""
    return record(PostMadeUp(revision=revision), post.entity_id, actor="user:moderator-1", at=AT)
