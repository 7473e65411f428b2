"""A cache of inference results that all services share: the bucket `INFERENCE` at the broker.

`InferenceBucket` stores bytes under any key; `InferenceCache` stores the results of one model in it by content hash:
the pass over a whole short text, whose vector search shares, and the scores of the windows of any text.
"""

import logging
from dataclasses import dataclass

import numpy as np
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from numpy.typing import NDArray

from shared.model.categories import SCORES
from shared.model.pinned_files import DIMENSIONS

logger = logging.getLogger(__name__)

ENTRY_BYTES = 4 * (DIMENSIONS + len(SCORES))


@dataclass(frozen=True)
class Inference:
    """The result of one pass: a unit vector (384, float32), and scores in [0, 1], in the order of `SCORES`."""

    vector: NDArray[np.float32]
    scores: NDArray[np.float32]


class InferenceBucket:
    """The bucket `INFERENCE`: bytes by key. If the broker does not answer, the caller computes the result again."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket

    @classmethod
    async def open(cls, broker: Client) -> "InferenceBucket":
        """Open the bucket over this connection."""
        return cls(await broker.jetstream(timeout=2).key_value("INFERENCE"))

    async def get(self, name: str) -> bytes | None:
        """Return the stored value, or None."""
        try:
            return (await self._bucket.get(name)).value
        except KeyNotFoundError:
            return None
        except BrokerError as error:
            logger.warning("the inference bucket does not answer", extra={"error": type(error).__name__})
            return None

    async def put(self, name: str, value: bytes) -> None:
        """Store a value."""
        try:
            await self._bucket.put(name, value)
        except BrokerError as error:
            logger.warning("the inference bucket stored nothing", extra={"error": type(error).__name__})


class InferenceCache:
    """The results of one model by content hash, shared between processes. Keys include the model's digest."""

    def __init__(self, bucket: InferenceBucket, model_digest: str) -> None:
        self._bucket = bucket
        self._model = model_digest

    @classmethod
    async def open(cls, broker: Client, model_digest: str) -> "InferenceCache":
        """Open the cache over this connection."""
        return cls(await InferenceBucket.open(broker), model_digest)

    async def get(self, content_hash: str) -> Inference | None:
        """Return the stored result, or None."""
        stored = await self._bucket.get(f"{self._model}.{content_hash}")
        if stored is None:
            return None
        values = np.frombuffer(stored, dtype="<f4") if len(stored) == ENTRY_BYTES else np.array([np.nan], np.float32)
        if not np.isfinite(values).all():
            logger.warning("a cached inference result is damaged")
            return None
        return Inference(values[:DIMENSIONS], values[DIMENSIONS:])

    async def get_windows(self, content_hash: str, windows: str, count: int) -> NDArray[np.float32] | None:
        """Return the stored scores of a text's windows, (count, columns), or None. `windows` names their places."""
        stored = await self._bucket.get(f"{self._model}.{content_hash}.{windows}")
        if stored is None:
            return None
        values = np.frombuffer(stored, dtype="<f4") if len(stored) % 4 == 0 else np.array([], np.float32)
        if values.size != count * len(SCORES) or not np.isfinite(values).all():
            logger.warning("a cached inference result is damaged")
            return None
        return values.reshape(count, len(SCORES))

    async def put_windows(self, content_hash: str, windows: str, scores: NDArray[np.float32]) -> None:
        """Store the scores of a text's windows for the next process that needs them."""
        await self._bucket.put(f"{self._model}.{content_hash}.{windows}", scores.astype("<f4").tobytes())

    async def put(self, content_hash: str, inference: Inference) -> None:
        """Store a result for the next process that needs the same text."""
        stored = np.concatenate([inference.vector, inference.scores]).astype("<f4").tobytes()
        await self._bucket.put(f"{self._model}.{content_hash}", stored)
