"""Caches the scores of a paid provider, with the parts of long texts that gave them."""

import hashlib

import orjson
from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from services.moderation.engines.provider_config import ProviderConfig
from shared.log.events import Span
from shared.model.inference_cache import InferenceBucket
from shared.policy import Policy


@dataclass(frozen=True)
class ProviderFinding:
    """Scores by category, and the part of the text that gave each; without a part it is the whole text."""

    scores: dict[str, float]
    marks: dict[str, Span]


_FINDING = TypeAdapter(ProviderFinding)


def request_digest(config: ProviderConfig, policy: Policy, guideline: str) -> str:
    """Return a digest of everything besides the text that scores depend on; the policy includes prompt and schema."""
    parts = (config.base_url, config.model, config.moderation_model, config.temperature, policy.digest, guideline)
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


class ScoreCache:
    """Scores by key, `<request digest>.<content hash>`, in the bucket `INFERENCE`."""

    def __init__(self, bucket: InferenceBucket) -> None:
        self._bucket = bucket

    async def get(self, key: str) -> ProviderFinding | None:
        """Return the stored scores, or None."""
        stored = await self._bucket.get(key)
        if stored is None:
            return None
        try:
            return _FINDING.validate_json(stored)
        except ValidationError:  # as if it were not cached: the provider is asked again
            return None

    async def put(self, key: str, finding: ProviderFinding) -> None:
        """Store scores for later requests with the same key."""
        await self._bucket.put(key, _FINDING.dump_json(finding))
