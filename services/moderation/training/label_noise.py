"""Finds labels that are probably wrong, by cross-validated confident learning (Northcutt et al. 2021).

A linear model on the sentence vectors of the other folds predicts each label. If it contradicts a label with more than
its usual confidence in the other class, the label counts as wrong and becomes unknown. Only weak labels are checked:
labels by people that a linear model contradicts are the hard cases that training needs.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

FOLDS = 4
# Inverse regularization strength and iterations: a rough model is enough to find clear errors.
INVERSE_REGULARIZATION, ITERATIONS = 1.0, 60
# With fewer positives, the mean confidence of a category is unreliable.
MIN_POSITIVES = 300


def find_label_errors(
    vectors: NDArray[np.float32], labels: NDArray[np.float32], weak: NDArray[np.bool_], seed: int
) -> NDArray[np.bool_]:
    """Return a mask (n, c) of the `labels` that are probably wrong, given `vectors` (n, 384); NaN is unknown."""
    folds = np.random.default_rng(seed).integers(0, FOLDS, len(vectors))
    errors = np.zeros(labels.shape, np.bool_)
    for column in range(labels.shape[1]):
        known = np.flatnonzero(~np.isnan(labels[:, column]))
        truth = labels[known, column] == 1
        if truth.sum() >= MIN_POSITIVES:
            probabilities = _out_of_fold(vectors[known], truth, folds[known])
            errors[known, column] = weak[known] & _contradicted(probabilities, truth)
    return errors


def _out_of_fold(
    vectors: NDArray[np.float32], truth: NDArray[np.bool_], folds: NDArray[np.int64]
) -> NDArray[np.float64]:
    probabilities = np.zeros(len(truth))
    for fold in range(FOLDS):
        inside = folds == fold
        model = LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=ITERATIONS).fit(vectors[~inside], truth[~inside])
        probabilities[inside] = model.predict_proba(vectors[inside])[:, 1]
    return probabilities


def _contradicted(probabilities: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Compare with the mean confidence in each class over the rows with its label, as in the paper."""
    usual_positive, usual_negative = probabilities[truth].mean(), (1 - probabilities[~truth]).mean()
    against = np.where(truth, 1 - probabilities >= usual_negative, probabilities >= max(usual_positive, 0.5))
    return np.asarray(against, np.bool_)
