"""Published posts as the log and their author's key tell them."""

from dataclasses import dataclass
from datetime import datetime

from services.embeddings.domain import Kind
from shared.content import Content
from shared.log.append import Log
from shared.log.delivery import PoisonMessage
from shared.log.events import Event, PostDecided, PostEdited, PostSubmitted
from shared.security.data_keys import DataKeyStore, Erased
from shared.security.sealing import DecryptionError


@dataclass(frozen=True, slots=True)
class JudgedPost:
    """The revision that a decision judged. `content_hash` is keyed by the author's key."""

    content: Content
    content_hash: str
    kind: Kind
    created_at: datetime


class JudgedPosts:
    """Reads what a decision was about."""

    def __init__(self, log: Log, keys: DataKeyStore) -> None:
        self._log, self._keys = log, keys

    async def of(self, post_id: str, decision: PostDecided) -> JudgedPost | None:
        """The judged revision; None where its author was erased.

        Raises:
            PoisonMessage: the log has no such submission, or its text does not open.
        """
        submitted = await self._log.last_by_subject(PostSubmitted.subject(post_id))
        if submitted is None or not isinstance(submitted.data, PostSubmitted):
            raise PoisonMessage(f"a decision on {post_id}, which was never submitted")
        judged = await self._judged(submitted, decision)
        try:
            key = await self._keys.key_of(decision.author_id)
            content = Content.from_canonical(key.open(judged.content, post_id))
        except Erased:
            return None
        except (DecryptionError, ValueError) as error:
            raise PoisonMessage(f"the text of {post_id} does not open") from error
        first = submitted.data
        born = first.origin.created_at if first.origin and first.origin.created_at else submitted.occurred_at
        return JudgedPost(content, judged.content_hash, "comment" if first.parent_id else "post", born)

    async def _judged(self, submitted: Event, decision: PostDecided) -> PostSubmitted | PostEdited:
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
