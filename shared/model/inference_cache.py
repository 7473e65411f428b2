"""One pass per content: vector and scores by keyed content hash and model digest, shared through `INFERENCE`."""

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
    """What one pass gives: a unit vector (384, float32), and scores of six categories and any harm (7, in [0, 1])."""

    vector: NDArray[np.float32]
    scores: NDArray[np.float32]


class ResultCache:
    """The bucket `INFERENCE`, by name. A cache: when the broker does not answer, callers work it out once more."""

    def __init__(self, bucket: KeyValue) -> None:
        self._bucket = bucket

    @classmethod
    async def open(cls, broker: Client) -> "ResultCache":
        """The bucket over this connection."""
        return cls(await broker.jetstream(timeout=2).key_value("INFERENCE"))

    async def get(self, name: str) -> bytes | None:
        """What is stored, or None."""
        try:
            return (await self._bucket.get(name)).value
        except KeyNotFoundError:
            return None
        except BrokerError as error:
            logger.warning("the cache of results does not answer", extra={"error": type(error).__name__})
            return None

    async def put(self, name: str, value: bytes) -> None:
        """Store it for whoever needs it next."""
        try:
            await self._bucket.put(name, value)
        except BrokerError as error:
            logger.warning("the cache of results took nothing", extra={"error": type(error).__name__})


class InferenceCache:
    """What one model made of texts: another digest never sees its entries."""

    def __init__(self, results: ResultCache, model_digest: str) -> None:
        self._results = results
        self._model = model_digest

    @classmethod
    async def open(cls, broker: Client, model_digest: str) -> "InferenceCache":
        """The cache over this connection."""
        return cls(await ResultCache.open(broker), model_digest)

    async def get(self, content_hash: str) -> Inference | None:
        """The stored result, or None."""
        stored = await self._results.get(f"{self._model}.{content_hash}")
        if stored is None:
            return None
        values = np.frombuffer(stored, dtype="<f4")
        return Inference(values[:DIMENSIONS], values[DIMENSIONS:])

    async def put(self, content_hash: str, inference: Inference) -> None:
        """Store a result for whoever needs the same text next."""
        stored = np.concatenate([inference.vector, inference.scores]).astype("<f4").tobytes()
        await self._results.put(f"{self._model}.{content_hash}", stored)
