"""Fakes for moderation's handlers: an engine with fixed scores, and data keys in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from services.moderation.domain import CheckFailed, Scores
from services.moderation.engines.engine import Assessment, ScoringRequest
from services.moderation.engines.text_reading import whole
from shared.model.inference_cache import Inference, InferenceBucket
from shared.policy import ANY_HARM, CATEGORIES, Policy
from shared.security.data_keys import DataKeyStore, Erased, KeyLost
from shared.security.sealing import DataKey


def scores_of(value: float) -> Scores:
    """Return the same score for every category."""
    return dict.fromkeys((*CATEGORIES, ANY_HARM), value)


@dataclass
class FixedEngine:
    """Gives every text the same scores, notes what it is asked, and calls `meanwhile` before it answers."""

    scores: Scores | CheckFailed = field(default_factory=lambda: scores_of(0.0))
    meanwhile: Callable[[], object] = lambda: None
    calls: int = 0
    hashes: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    digest: str = "fixed"
    passes: int = 0

    async def assess(self, question: ScoringRequest, policy: Policy) -> Assessment:
        """Return the fixed scores."""
        self.calls += 1
        self.hashes.append(question.content_hash)
        self.answered.append(question.answered)
        self.meanwhile()
        reading = whole(len(question.content.text))
        return Assessment(self.scores, "local", "fixed", reading=reading)

    def parts(self, policy: Policy) -> dict[str, str]:
        """Return no parts."""
        return {}

    def misconfiguration(self, policy: Policy) -> str:
        """Return nothing: all settings are right."""
        return ""

    def infer(self, texts: Sequence[str]) -> list[Inference]:
        """Fail: the engine answers for the model."""
        raise AssertionError(texts)


class InMemoryKeys(DataKeyStore):
    """Data keys of the users in the mapping; those of `lost` are lost, and everybody else has been erased."""

    state = "ok"

    def __init__(self, keys: dict[str, DataKey], lost: frozenset[str] = frozenset()) -> None:
        self._keys = keys
        self._users_without_key = lost

    async def key_of(self, user_id: str) -> DataKey:
        """Return the user's key, or raise KeyLost or Erased."""
        if user_id in self._users_without_key:
            raise KeyLost(user_id)
        if user_id not in self._keys:
            raise Erased(user_id)
        return self._keys[user_id]


class MemoryBucket(InferenceBucket):
    """A bucket without a broker."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    async def get(self, name: str) -> bytes | None:
        """Return the stored value, or None."""
        return self.stored.get(name)

    async def put(self, name: str, value: bytes) -> None:
        """Store a value."""
        self.stored[name] = value
