"""Concurrent texts share encoder passes."""

import asyncio
import threading
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from services.embeddings.adapters.text_encoder import BATCH, TextEncoder


class SlowEncoder:
    """Records the batches; a pass blocks until `go` is set."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.passes = 0
        self.begun, self.go = threading.Event(), threading.Event()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.begun.set()
        assert self.go.wait(60)
        self.batches.append(list(texts))
        self.passes += len(texts)
        if "broken" in texts:
            raise ValueError("broken")
        return np.array([[float(len(text))] for text in texts], dtype=np.float32)


async def test_waiting_texts_share_a_pass_and_an_urgent_one_overtakes_them() -> None:
    slow = SlowEncoder()
    encoder = TextEncoder(slow)
    waiting = [asyncio.create_task(encoder.encode("x" * n)) for n in range(1, BATCH * 2 + 2)]
    assert await asyncio.to_thread(slow.begun.wait, 60)
    urgent = asyncio.create_task(encoder.encode("a question", urgent=True))
    await asyncio.sleep(0)
    slow.go.set()
    assert [float(vector[0]) for vector in await asyncio.gather(*waiting)] == list(range(1, BATCH * 2 + 2))
    assert float((await urgent)[0]) == len("a question")
    assert slow.batches[1] == ["a question"]
    assert len(slow.batches) == 4
    await encoder.close()


async def test_a_failed_pass_fails_only_its_own_texts() -> None:
    slow = SlowEncoder()
    slow.go.set()
    encoder = TextEncoder(slow)
    with pytest.raises(ValueError, match="broken"):
        await encoder.encode("broken")
    assert float((await encoder.encode("whole"))[0]) == 5
    await encoder.close()


async def test_a_cancelled_text_does_not_affect_the_others() -> None:
    slow = SlowEncoder()
    encoder = TextEncoder(slow)
    other = asyncio.create_task(encoder.encode("one"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await encoder.encode("late", urgent=True)
    slow.go.set()
    assert float((await other)[0]) == 3
    await encoder.close()
