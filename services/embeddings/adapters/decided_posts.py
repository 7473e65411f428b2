"""Reads the published revision of a post from the log and opens it with its author's data key."""

from dataclasses import dataclass
from datetime import datetime

from services.embeddings.domain import Kind
from shared.content import Content
from shared.log.append import Log
from shared.log.events import Event, PostDecided, PostEdited, PostSubmitted
from shared.log.handler_runner import PoisonMessage
from shared.security.data_keys import DataKeyStore, Erased
from shared.security.sealing import DecryptionError


@dataclass(frozen=True, slots=True)
class DecidedPost:
    """The revision that a decision was made on.

    `content_hash` names the text's cached vector. It is computed from the text with the author's key, as moderation
    does: a hash in a fact of another service could be that of another text.
    """

    content: Content
    content_hash: str
    kind: Kind
    created_at: datetime


class DecidedPosts:
    """Reads the posts that decisions were made on."""

    def __init__(self, log: Log, keys: DataKeyStore) -> None:
        self._log, self._keys = log, keys

    async def of(self, post_id: str, decision: PostDecided) -> DecidedPost | None:
        """Return the decided revision; None if its author was erased.

        Raises:
            KeyLost: the author's key is lost.
            PoisonMessage: the log has no such submission, or its text cannot be opened.
        """
        submitted = await self._log.last_by_subject(PostSubmitted.subject(post_id))
        if submitted is None or not isinstance(submitted.data, PostSubmitted):
            raise PoisonMessage(f"a decision on {post_id}, which was never submitted")
        revision = await self._revision(submitted, decision)
        try:
            key = await self._keys.key_of(decision.author_id)
            content = Content.from_canonical(key.open(revision.content, post_id))
        except Erased:
            return None
        except (DecryptionError, ValueError) as error:
            raise PoisonMessage(f"the text of {post_id} cannot be opened") from error
        first = submitted.data
        created_at = first.origin.created_at if first.origin and first.origin.created_at else submitted.occurred_at
        content_hash = key.content_hash(content.canonical())
        return DecidedPost(content, content_hash, "comment" if first.parent_id else "post", created_at)

    async def _revision(self, submitted: Event, decision: PostDecided) -> PostSubmitted | PostEdited:
        event = (
            submitted
            if submitted.sequence == decision.judged_sequence
            else await self._log.at(decision.judged_sequence)
        )
        if event is None or event.entity_id != submitted.entity_id:
            raise PoisonMessage(f"a decision on sequence {decision.judged_sequence}, which is no revision of its post")
        if not isinstance(event.data, PostSubmitted | PostEdited):
            raise PoisonMessage(f"a decision on sequence {decision.judged_sequence}, which has no text")
        return event.data
