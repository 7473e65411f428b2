"""A cache of scores that a provider was paid for."""

import hashlib

import orjson

from services.moderation.domain import Scores
from services.moderation.engines.provider_config import ProviderConfig
from shared.model.inference_cache import ResultCache
from shared.policy import Policy


def request_digest(config: ProviderConfig, policy: Policy, guideline: str) -> str:
    """Return a digest of everything besides the text that scores depend on; the policy includes prompt and schema."""
    parts = (config.base_url, config.model, config.moderation_model, config.temperature, policy.digest, guideline)
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


class ScoreCache:
    """Scores by key, `<request digest>.<content hash>`, in the bucket `INFERENCE`."""

    def __init__(self, results: ResultCache) -> None:
        self._results = results

    async def get(self, key: str) -> Scores | None:
        """Return the stored scores, or None."""
        stored = await self._results.get(key)
        if stored is None:
            return None
        scores: dict[str, float] = orjson.loads(stored)
        return scores

    async def put(self, key: str, scores: Scores) -> None:
        """Store scores for later requests with the same key."""
        await self._results.put(key, orjson.dumps(dict(scores)))
