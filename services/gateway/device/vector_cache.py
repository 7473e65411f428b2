"""Small vectors of posts, kept so that packs of many people cost embeddings one look each."""

import base64
import logging
from collections import OrderedDict
from collections.abc import Sequence

from nats.aio.client import Client

from services.gateway.device.queries import NewestPost
from services.gateway.device.snapshot_format import Packed
from shared.messaging.broker import send_request
from shared.messaging.requests import PackVectors
from shared.problems import Unavailable

logger = logging.getLogger(__name__)

# More than the largest pack has rows; they are 5 MB.
KEPT = 10_000
ASKED_AT_ONCE = 250
ANSWER_S = 3.0


class VectorCache:
    """Vectors by post and by the sequence that published it: an edited post has another vector."""

    def __init__(self, broker: Client) -> None:
        self._broker = broker
        self._kept: OrderedDict[tuple[str, int], Packed] = OrderedDict()
        self.vectors, self.dimensions = "", 0

    async def of(self, posts: Sequence[NewestPost]) -> dict[str, Packed] | None:
        """Post id → vector, for those that have one; None where embeddings does not answer."""
        missing = [post for post in posts if (post.post_id, post.sequence) not in self._kept]
        try:
            if not self.vectors:
                await self._fetch([])  # which encoder it has, also where there is nothing to send
            for at in range(0, len(missing), ASKED_AT_ONCE):
                await self._fetch(missing[at : at + ASKED_AT_ONCE])
        except Unavailable:
            logger.warning("embeddings does not answer: a pack without vectors")
            return None
        kept = {post.post_id: self._kept.get((post.post_id, post.sequence)) for post in posts}
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return {post_id: vector for post_id, vector in kept.items() if vector}

    async def _fetch(self, posts: Sequence[NewestPost]) -> None:
        answer = await send_request(self._broker, PackVectors(post_ids=tuple(post.post_id for post in posts)), ANSWER_S)
        if answer.vectors != self.vectors:  # embeddings has another encoder now
            self._kept.clear()
            self.vectors, self.dimensions = answer.vectors, answer.dimensions
        sequences = {post.post_id: post.sequence for post in posts}
        steps, width = base64.b64decode(answer.steps), answer.dimensions
        for row, (post_id, size) in enumerate(zip(answer.known, answer.sizes, strict=True)):
            self._kept[post_id, sequences[post_id]] = Packed(size, steps[row * width : (row + 1) * width])
