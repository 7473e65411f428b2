"""The fit: weighted logistic regression with two penalties, Platt scaling, and rounding to int8."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse  # type: ignore[import-untyped]  # scipy ships no types

from shared.model.categories import CATEGORIES
from shared.model.encoder import DIMENSIONS
from shared.model.head import Head
from shared.model.lexical import BUCKETS, buckets

# Penalties on the squared weights per unit of sample weight, chosen on the dev rows out of seven pairs (5e-6 to 2e-5,
# 2e-6 to 4e-5). The lexical branch has 170 times the weights of the vector's, each of them seldom seen.
DENSE_PENALTY = 1e-5
LEXICAL_PENALTY = 2e-6
ITERATIONS = 150


@dataclass(frozen=True)
class Features:
    """What the head sees of n texts: `vectors` (n, 384) and `lexical` (n, 65536), both float32, rows of length one."""

    vectors: NDArray[np.float32]
    lexical: sparse.csr_matrix

    def __getitem__(self, mask: NDArray[np.bool_]) -> "Features":
        """Return the rows of `mask`."""
        return Features(self.vectors[mask], self.lexical[mask])

    def joined(self, other: "Features") -> "Features":
        """Return the rows of both."""
        return Features(
            np.concatenate([self.vectors, other.vectors]), sparse.vstack([self.lexical, other.lexical], "csr")
        )


@dataclass(frozen=True)
class Layer:
    """One category before rounding: logit = bias + vectors @ dense + lexical @ words."""

    bias: float
    dense: NDArray[np.float64]
    words: NDArray[np.float64]

    def logits(self, features: Features) -> NDArray[np.float64]:
        """Return the logits, shape (n,)."""
        result: NDArray[np.float64] = self.bias + features.vectors @ self.dense + features.lexical @ self.words
        return result

    def scaled(self, factor: float, shift: float) -> "Layer":
        """Return the layer whose logit is `factor * logit + shift`."""
        return Layer(self.bias * factor + shift, self.dense * factor, self.words * factor)


def features_of(texts: list[str], vectors: NDArray[np.float32]) -> Features:
    """Return the features of `texts`, whose vectors are given."""
    rows = [buckets(text) for text in texts]
    counts = np.array([len(row) for row in rows])
    values = np.repeat(1.0 / np.sqrt(np.maximum(counts, 1)), counts).astype(np.float32)
    ends = np.concatenate([[0], np.cumsum(counts)])
    return Features(vectors, sparse.csr_matrix((values, np.concatenate(rows), ends), shape=(len(texts), BUCKETS)))


def fit(features: Features, labels: NDArray[np.float32], weights: NDArray[np.float32]) -> Layer:
    """Fit one category. `labels` (n,) are 0 or 1; `weights` (n,) are counted relative to their sum."""
    share = (weights / weights.sum()).astype(np.float32)
    signs = (labels * 2 - 1).astype(np.float32)

    def loss(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        bias, dense, words = point[0], point[1 : DIMENSIONS + 1], point[DIMENSIONS + 1 :]
        logits = features.vectors @ dense.astype(np.float32) + features.lexical @ words.astype(np.float32) + bias
        margins = signs * logits
        value = float(share @ np.logaddexp(0, -margins))
        value += DENSE_PENALTY * float(dense @ dense) + LEXICAL_PENALTY * float(words @ words)
        slope = (-signs * share / (1 + np.exp(margins))).astype(np.float32)
        gradient = np.concatenate(
            [
                [slope.sum()],
                slope @ features.vectors + 2 * DENSE_PENALTY * dense,
                features.lexical.T @ slope + 2 * LEXICAL_PENALTY * words,
            ]
        )
        return value, gradient

    start = np.zeros(1 + DIMENSIONS + BUCKETS)
    point = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
    return Layer(float(point[0]), point[1 : DIMENSIONS + 1], point[DIMENSIONS + 1 :])


def platt(logits: NDArray[np.float64], labels: NDArray[np.float32]) -> tuple[float, float]:
    """Return factor and shift of the calibrated logit, fitted on rows that the layer has not seen (Platt 1999)."""
    # Platt's targets: a count of one in each class keeps a separable sample from an infinite factor.
    positives = labels.sum()
    target = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (len(labels) - positives + 2))

    def loss(point: NDArray[np.float64]) -> float:
        scaled = point[0] * logits + point[1]
        return float(np.mean(np.logaddexp(0, scaled) - target * scaled))

    factor, shift = optimize.minimize(loss, np.array([1.0, 0.0])).x
    return float(factor), float(shift)


def rounded(layers: list[Layer]) -> Head:
    """Return the head of the six layers, with the lexical weights in int8, one scale a category."""
    if len(layers) != len(CATEGORIES):
        raise ValueError(f"a head has {len(CATEGORIES)} layers, not {len(layers)}")
    words = np.stack([layer.words for layer in layers])
    scale = np.abs(words).max(axis=1) / 127
    return Head(
        bias=np.array([layer.bias for layer in layers], np.float32),
        dense=np.stack([layer.dense for layer in layers]).astype(np.float32),
        lexical_scale=scale.astype(np.float32),
        lexical=np.ascontiguousarray(np.rint(words / scale[:, None]).astype(np.int8).T),
    )
