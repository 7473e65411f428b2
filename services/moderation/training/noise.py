"""Labels that are probably wrong: confident learning (Northcutt et al. 2021), cross-validated.

A linear model on the sentence vector, fitted on the other folds, says how likely each label is. One that it contradicts
with more than its usual confidence in the other class is taken for an error and becomes unknown. Only weak labels are
judged: people's labels that a linear model contradicts are the hard cases that training is for.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

FOLDS = 4
# Inverse strength of the penalty, and rounds: a rough model is enough to find rough errors.
PENALTY, ROUNDS = 1.0, 60
# A category with fewer positives gives no confidence to compare with.
LEAST_POSITIVES = 300


def doubtful(
    vectors: NDArray[np.float32], labels: NDArray[np.float32], weak: NDArray[np.bool_], seed: int
) -> NDArray[np.bool_]:
    """Return which of `labels` (n, c), NaN for unknown, are probably wrong, from `vectors` (n, 384)."""
    folds = np.random.default_rng(seed).integers(0, FOLDS, len(vectors))
    found = np.zeros(labels.shape, np.bool_)
    for column in range(labels.shape[1]):
        known = np.flatnonzero(~np.isnan(labels[:, column]))
        truth = labels[known, column] == 1
        if truth.sum() >= LEAST_POSITIVES:
            likely = _out_of_fold(vectors[known], truth, folds[known])
            found[known, column] = weak[known] & _contradicted(likely, truth)
    return found


def _out_of_fold(
    vectors: NDArray[np.float32], truth: NDArray[np.bool_], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    likely = np.zeros(len(truth))
    for fold in range(FOLDS):
        inside = folds == fold
        model = LogisticRegression(C=PENALTY, max_iter=ROUNDS).fit(vectors[~inside], truth[~inside])
        likely[inside] = model.predict_proba(vectors[inside])[:, 1]
    return likely


def _contradicted(likely: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Compare with the mean confidence in each class over the rows that carry its label, as the paper does."""
    usual_positive, usual_negative = likely[truth].mean(), (1 - likely[~truth]).mean()
    against = np.where(truth, 1 - likely >= usual_negative, likely >= max(usual_positive, 0.5))
    return np.asarray(against, np.bool_)
