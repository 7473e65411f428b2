"""Scores that a provider was paid for, kept for the same text under the same terms."""

import hashlib
import logging

import orjson
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import APIError, KeyNotFoundError
from nats.js.errors import Error as StreamError
from nats.js.kv import KeyValue

from services.moderation.domain import Scores
from services.moderation.engines.terms import Terms
from shared.policy import Policy

logger = logging.getLogger(__name__)


def terms_digest(terms: Terms, policy: Policy, guideline: str) -> str:
    """What an answer depends on beside the text: provider, models, policy (with prompt and schema), guideline."""
    parts = (terms.base_url, terms.model, terms.moderation_model, terms.temperature, policy.digest, guideline)
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


class ProviderResults:
    """The bucket `INFERENCE` again. A cache: when the broker does not answer, the provider is asked."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket

    @classmethod
    async def open(cls, broker: Client) -> "ProviderResults":
        """The cache over this connection."""
        return cls(await broker.jetstream(timeout=2).key_value("INFERENCE"))

    async def get(self, digest: str, content_hash: str) -> Scores | None:
        """The stored scores, or None."""
        try:
            entry = await self._bucket.get(f"{digest}.{content_hash}")
        except KeyNotFoundError:
            return None
        except (BrokerError, StreamError, APIError) as error:
            logger.warning("the results of providers do not answer", extra={"error": type(error).__name__})
            return None
        scores: dict[str, float] = orjson.loads(entry.value or b"{}")
        return scores

    async def put(self, digest: str, content_hash: str, scores: Scores) -> None:
        """Store scores for whoever needs the same text next."""
        try:
            await self._bucket.put(f"{digest}.{content_hash}", orjson.dumps(dict(scores)))
        except (BrokerError, StreamError, APIError) as error:
            logger.warning("the results of providers took nothing", extra={"error": type(error).__name__})
