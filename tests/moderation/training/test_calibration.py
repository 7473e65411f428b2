"""Calibration recovers true probabilities, and the noisy-or is the probability of any category."""

import numpy as np
import pytest

from services.moderation.training.calibration import calibrate, noisy_or

pytestmark = pytest.mark.long


def test_the_noisy_or_is_the_probability_of_any_of_independent_categories() -> None:
    chances = np.array([[0.5, 0.2, 0.1]])
    logits = np.log(chances / (1 - chances)).astype(np.float32)
    assert 1 / (1 + np.exp(-noisy_or(logits))) == pytest.approx([1 - 0.5 * 0.8 * 0.9], abs=1e-6)


def test_overconfident_logits_are_calibrated_to_the_probabilities_of_the_labels() -> None:
    rng = np.random.default_rng(1)
    true = rng.normal(0, 2, (20_000, 7))
    labels = (rng.random(true.shape) < 1 / (1 + np.exp(-true))).astype(np.float32)
    labels[::3, 0] = np.nan
    fitted = calibrate((3 * true + 1).astype(np.float32), labels, np.ones(len(true), np.float32))
    assert fitted.scale == pytest.approx([1 / 3] * 6, abs=0.03)
    assert fitted.shift == pytest.approx([-1 / 3] * 6, abs=0.1)
    given = fitted.probabilities((3 * true + 1).astype(np.float32))
    assert given.mean(0) == pytest.approx(np.nanmean(labels, 0), abs=0.01)
