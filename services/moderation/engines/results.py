"""Scores that a provider was paid for, kept for the same text under the same terms."""

import hashlib

import orjson

from services.moderation.domain import Scores
from services.moderation.engines.terms import Terms
from shared.model.inference_cache import ResultCache
from shared.policy import Policy


def terms_digest(terms: Terms, policy: Policy, guideline: str) -> str:
    """What an answer depends on beside the text: provider, models, policy (with prompt and schema), guideline."""
    parts = (terms.base_url, terms.model, terms.moderation_model, terms.temperature, policy.digest, guideline)
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


class ProviderResults:
    """Scores by terms and content hash."""

    def __init__(self, results: ResultCache) -> None:
        self._results = results

    async def get(self, digest: str, content_hash: str) -> Scores | None:
        """The stored scores, or None."""
        stored = await self._results.get(f"{digest}.{content_hash}")
        if stored is None:
            return None
        scores: dict[str, float] = orjson.loads(stored)
        return scores

    async def put(self, digest: str, content_hash: str, scores: Scores) -> None:
        """Store scores for whoever needs the same text next."""
        await self._results.put(f"{digest}.{content_hash}", orjson.dumps(dict(scores)))
