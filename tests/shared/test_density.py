"""The limit on what the normalized form of a text may grow to."""

import pytest

from shared.policy import density
from shared.policy.density import is_too_dense

SENTENCE = "\ufdfa"  # its compatibility decomposition has 18 code points


@pytest.mark.parametrize(
    ("text", "dense"),
    [("ab", False), ("a" * 40_000, False), (SENTENCE * 8_888, False), (SENTENCE * 8_889, True), ("a" * 160_000, False)],
)
def test_only_a_text_that_grows_beyond_the_limit_is_too_dense(text: str, dense: bool) -> None:
    assert is_too_dense(text) == dense


def test_a_form_of_exactly_the_longest_length_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(density, "MOST_NORMALIZED", 36)
    assert not is_too_dense(SENTENCE * 2)
    assert is_too_dense(SENTENCE * 2 + "a")
