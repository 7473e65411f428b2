"""Caches the small vectors of posts, so that embeddings is asked once for each post, not once for each snapshot."""

import base64
import logging
from collections import OrderedDict
from collections.abc import Sequence

from nats.aio.client import Client

from services.gateway.device.newest_post_queries import NewestPost
from services.gateway.device.snapshot_format import PackedVector
from shared.messaging.broker import send_request
from shared.messaging.requests import PackVectors
from shared.problems import Unavailable

logger = logging.getLogger(__name__)

# More than the rows of the largest snapshot; 5 MB.
CACHED = 10_000
ASKED_AT_ONCE = 250
ANSWER_S = 3.0


class VectorCache:
    """Vectors by post and by the sequence of its publication: an edited post has another vector."""

    def __init__(self, broker: Client) -> None:
        self._broker = broker
        self._cached: OrderedDict[tuple[str, int], PackedVector] = OrderedDict()
        self.vectors, self.dimensions = "", 0

    async def of(self, posts: Sequence[NewestPost]) -> dict[str, PackedVector] | None:
        """Return the vectors by post id, for posts that have one; None if embeddings does not answer."""
        missing = [post for post in posts if (post.post_id, post.sequence) not in self._cached]
        try:
            if not self.vectors:
                await self._fetch([])  # learn the encoder even if there is no post to look up
            for at in range(0, len(missing), ASKED_AT_ONCE):
                await self._fetch(missing[at : at + ASKED_AT_ONCE])
        except Unavailable:
            logger.warning("embeddings does not answer: the snapshot has no vectors")
            return None
        found = {post.post_id: self._cached.get((post.post_id, post.sequence)) for post in posts}
        while len(self._cached) > CACHED:
            self._cached.popitem(last=False)
        return {post_id: vector for post_id, vector in found.items() if vector}

    async def _fetch(self, posts: Sequence[NewestPost]) -> None:
        answer = await send_request(self._broker, PackVectors(post_ids=tuple(post.post_id for post in posts)), ANSWER_S)
        if answer.vectors != self.vectors:  # embeddings has changed its encoder
            self._cached.clear()
            self.vectors, self.dimensions = answer.vectors, answer.dimensions
        sequences = {post.post_id: post.sequence for post in posts}
        steps, width = base64.b64decode(answer.steps), answer.dimensions
        for row, (post_id, size) in enumerate(zip(answer.known, answer.sizes, strict=True)):
            self._cached[post_id, sequences[post_id]] = PackedVector(size, steps[row * width : (row + 1) * width])
