"""Gives data keys to authors of imported posts who have no handle and are not registered."""

from shared.log.append import Log
from shared.log.events import PostSubmitted
from shared.security.data_keys import DataKeyStore


async def ensure_key(keys: DataKeyStore, log: Log, author_id: str, post_id: str) -> None:
    """Create the author's key, or find the existing one.

    Raises:
        shared.security.data_keys.KeyLost: the post was imported before, and another key would not open it.
    """
    if await log.last_by_subject(PostSubmitted.subject(post_id)):
        await keys.key_of(author_id)
    else:
        await keys.create(author_id)
