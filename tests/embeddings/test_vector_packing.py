"""Packing vectors into 8 bits per value."""

import base64

import numpy as np

from services.embeddings.queries import quantize
from tests.embeddings.conftest import towards


def test_a_packed_vector_keeps_its_cosines_within_a_hundredth() -> None:
    vectors = {str(seed): towards(seed, spread=1.0, seed=seed) for seed in range(50)}
    known, sizes, steps = quantize(vectors, list(vectors))
    rows = np.frombuffer(base64.b64decode(steps), np.int8).reshape(50, 384)
    small = rows * np.array(sizes, np.float32)[:, None]
    exact = np.array([vectors[post_id] for post_id in known])
    assert np.abs(small @ exact.T - exact @ exact.T).max() < 0.01


def test_unknown_posts_are_left_out_and_the_requested_order_is_kept() -> None:
    vectors = {"a": towards(1), "b": towards(2)}
    known, sizes, steps = quantize(vectors, ["b", "nobody", "a"])
    assert (known, len(sizes), len(base64.b64decode(steps))) == (["b", "a"], 2, 2 * 384)
    assert quantize(vectors, ["nobody"]) == ([], [], "")
