"""Calibrates logits to probabilities, on rows that training has not used and on ordinary posts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Values = NDArray[np.float64]
# A larger factor would only be due to few positives in a category.
MAX_FACTOR = 3.0


@dataclass(frozen=True)
class Calibration:
    """`scale` and `shift` (6,) of the categories' logits; `any_harm` (3,): weights of learned, noisy-or, and 1."""

    scale: NDArray[np.float32]
    shift: NDArray[np.float32]
    any_harm: NDArray[np.float32]

    def probabilities(self, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probabilities (n, c + 1) of the calibrated graph, from logits before calibration."""
        categories = raw[:, :-1] * self.scale + self.shift
        learned, noisy, shift = self.any_harm
        mixed = learned * raw[:, -1] + noisy * noisy_or(categories) + shift
        return np.asarray(1 / (1 + np.exp(-np.column_stack([categories, mixed]))), np.float32)


def calibrate(raw: NDArray[np.float32], labels: NDArray[np.float32], weights: NDArray[np.float32]) -> Calibration:
    """Fit on logits and labels (n, c + 1), NaN for unknown; any harm is the mixture that fits its labels best."""
    fitted = [_fit_platt(raw[:, column], labels[:, column], weights) for column in range(labels.shape[1] - 1)]
    scale, shift = np.array(fitted, np.float32).T
    noisy = noisy_or(raw[:, :-1] * scale + shift)
    mixed = _fit_mixture(raw[:, -1].astype(np.float64), noisy, labels[:, -1], weights)
    return Calibration(scale, shift, mixed)


def noisy_or(logits: NDArray[np.float32]) -> Values:
    """Return the logit of "any of them", (n,), for independent categories with `logits` (n, c)."""
    softplus = np.logaddexp(0, logits.astype(np.float64)).sum(1)
    return np.asarray(np.log(np.expm1(softplus)), np.float64)


def _fit_platt(logits: NDArray[np.float32], labels: NDArray[np.float32], weights: NDArray[np.float32]) -> Values:
    """Return factor and shift (Platt 1999), over the rows with a known label."""
    known = ~np.isnan(labels)
    columns = np.stack([logits[known], np.ones(known.sum())], 1).astype(np.float64)
    return _fit_logistic(columns, labels[known], weights[known], [(0.1, MAX_FACTOR), (None, None)])


def _fit_mixture(
    learned: Values, noisy: Values, labels: NDArray[np.float32], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    known = ~np.isnan(labels)
    columns = np.stack([learned[known], noisy[known], np.ones(known.sum())], 1)
    bounds = [(0.0, MAX_FACTOR), (0.0, MAX_FACTOR), (None, None)]
    return _fit_logistic(columns, labels[known], weights[known], bounds).astype(np.float32)


def _fit_logistic(
    columns: Values,
    labels: NDArray[np.float32],
    weights: NDArray[np.float32],
    bounds: list[tuple[float | None, float | None]],
) -> Values:
    # Platt's targets: one more count in each class avoids an infinite factor on a separable sample.
    positives, negatives = ((labels == value).sum() for value in (1, 0))
    target = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    share = weights / weights.sum()

    def loss(point: Values) -> tuple[float, Values]:
        logits = columns @ point
        error = (1 / (1 + np.exp(-logits)) - target) * share
        return float((share * (np.logaddexp(0, logits) - target * logits)).sum()), columns.T @ error

    start = np.array([0.5] * (columns.shape[1] - 1) + [0.0])
    return np.asarray(optimize.minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x, np.float64)
