"""One pass per content: vector and scores by keyed content hash and model digest, shared through `INFERENCE`."""

import logging
from dataclasses import dataclass

import numpy as np
from nats.aio.client import Client
from nats.errors import Error as BrokerError
from nats.js.errors import APIError, KeyNotFoundError
from nats.js.errors import Error as StreamError
from nats.js.kv import KeyValue
from numpy.typing import NDArray

logger = logging.getLogger(__name__)
DIMENSIONS = 384


@dataclass(frozen=True)
class Inference:
    """What one pass gives: a unit vector (384, float32), and scores of six categories and any harm (7, in [0, 1])."""

    vector: NDArray[np.float32]
    scores: NDArray[np.float32]


class InferenceCache:
    """The bucket `INFERENCE`. A cache: when the broker does not answer, callers simply run the model."""

    def __init__(self, bucket: KeyValue, model_digest: str) -> None:
        self._bucket = bucket
        self._model = model_digest

    @classmethod
    async def open(cls, broker: Client, model_digest: str) -> "InferenceCache":
        """The cache for one model: another digest never sees its entries."""
        return cls(await broker.jetstream(timeout=2).key_value("INFERENCE"), model_digest)

    async def get(self, content_hash: str) -> Inference | None:
        """The stored result, or None."""
        try:
            entry = await self._bucket.get(f"{self._model}.{content_hash}")
        except KeyNotFoundError:
            return None
        except (BrokerError, StreamError, APIError) as error:
            logger.warning("the inference cache does not answer", extra={"error": type(error).__name__})
            return None
        values = np.frombuffer(entry.value or b"", dtype="<f4")
        return Inference(values[:DIMENSIONS], values[DIMENSIONS:])

    async def put(self, content_hash: str, inference: Inference) -> None:
        """Store a result for whoever needs the same text next."""
        stored = np.concatenate([inference.vector, inference.scores]).astype("<f4").tobytes()
        try:
            await self._bucket.put(f"{self._model}.{content_hash}", stored)
        except (BrokerError, StreamError, APIError) as error:
            logger.warning("the inference cache took nothing", extra={"error": type(error).__name__})
