"""Shares the result of one encoder pass per content through the bucket `INFERENCE`, by model and content hash."""

import logging
from dataclasses import dataclass

import numpy as np
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from numpy.typing import NDArray

from shared.model.pins import DIMENSIONS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inference:
    """The result of one pass: a unit vector (384, float32), and 7 scores in [0, 1], in the order of `SCORES`."""

    vector: NDArray[np.float32]
    scores: NDArray[np.float32]


class ResultCache:
    """The bucket `INFERENCE`. A cache: when the broker does not answer, callers compute the result again."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket

    @classmethod
    async def open(cls, broker: Client) -> "ResultCache":
        """Open the bucket over this connection."""
        return cls(await broker.jetstream(timeout=2).key_value("INFERENCE"))

    async def get(self, name: str) -> bytes | None:
        """Return the stored value, or None."""
        try:
            return (await self._bucket.get(name)).value
        except KeyNotFoundError:
            return None
        except BrokerError as error:
            logger.warning("the result cache does not answer", extra={"error": type(error).__name__})
            return None

    async def put(self, name: str, value: bytes) -> None:
        """Store a value."""
        try:
            await self._bucket.put(name, value)
        except BrokerError as error:
            logger.warning("the result cache stored nothing", extra={"error": type(error).__name__})


class InferenceCache:
    """The results of one model. Another model never sees its entries."""

    def __init__(self, results: ResultCache, model_digest: str) -> None:
        self._results = results
        self._model = model_digest

    @classmethod
    async def open(cls, broker: Client, model_digest: str) -> "InferenceCache":
        """Open the cache over this connection."""
        return cls(await ResultCache.open(broker), model_digest)

    async def get(self, content_hash: str) -> Inference | None:
        """Return the stored result, or None."""
        stored = await self._results.get(f"{self._model}.{content_hash}")
        if stored is None:
            return None
        values = np.frombuffer(stored, dtype="<f4")
        return Inference(values[:DIMENSIONS], values[DIMENSIONS:])

    async def put(self, content_hash: str, inference: Inference) -> None:
        """Store a result for the next process that needs the same text."""
        stored = np.concatenate([inference.vector, inference.scores]).astype("<f4").tobytes()
        await self._results.put(f"{self._model}.{content_hash}", stored)
