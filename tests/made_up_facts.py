"""A fact about posts that the product does not have, as a later version may add one."""

from shared.log.events import Event, PostFact, record
from shared.testing import AT


class PostPinned(PostFact):
    """A moderator pins a post."""


def pinned(post: Event, *, revision: int = 1) -> Event:
    """Return the fact that a revision of a post was pinned."""
    return record(PostPinned(revision=revision), post.entity_id, actor="user:moderator-1", at=AT)
