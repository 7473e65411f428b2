"""What the pure part of the service decides."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.embeddings.domain import (
    MEANING_FLOOR,
    TASTE_HALF_LIFE,
    ReaderSignal,
    author_grave,
    newest,
    ranked,
    read_search,
    reader_vector,
    supersedes,
    title_key,
    why_found,
)
from shared.log.signals import SignalKind
from tests.embeddings.conftest import a_post, an_id, towards

NOW = datetime(2026, 6, 1, tzinfo=UTC)
VECTORS = {"a": towards(1), "b": towards(2)}


def signal(post_id: str, kind: SignalKind, value: int = 1, age: timedelta = timedelta(0)) -> ReaderSignal:
    return ReaderSignal(post_id, kind, value, NOW - age)


def test_only_a_later_sequence_supersedes() -> None:
    assert [supersedes(10, n) for n in (9, 10, 11)] == [False, False, True]
    assert supersedes(None, 1)


def test_an_authors_tombstone_refuses_what_the_author_wrote_before_it() -> None:
    post = a_post(5)
    assert newest([post], {author_grave(post.author_id): 5}) == []
    assert newest([post], {author_grave(post.author_id): 4}) == [post]


def test_a_batch_keeps_the_newest_write_of_each_post_whatever_its_place() -> None:
    old, new, other = a_post(1, source_seq=3), a_post(1, source_seq=4), a_post(2)
    assert newest([new, other, old], {}) == [new, other]
    assert newest([old, new, other], {an_id(1): 9}) == [other]


@pytest.mark.parametrize(
    ("typed", "phrases", "words"),
    [
        ("red  kites", (), "red kites"),
        ('"red kites" in spring', ("red kites",), "red kites in spring"),
        ("“red kites” “blue sea”", ("red kites", "blue sea"), "red kites blue sea"),
        ('"unclosed phrase', (), "unclosed phrase"),
        ('"?!" kites', (), "?! kites"),
    ],
)
def test_quotes_make_phrases(typed: str, phrases: tuple[str, ...], words: str) -> None:
    asked = read_search(typed)
    assert (asked.phrases, asked.words) == (phrases, words)


def test_one_word_is_no_phrase_that_lifts_a_post() -> None:
    assert read_search("kites").as_phrase is None
    assert read_search("red kites").as_phrase == "red kites"
    assert read_search('"kites" red').as_phrase is None


def test_exact_titles_stand_before_exact_phrases_and_these_before_all_else() -> None:
    found = ranked([("a", 0.03), ("b", 0.02), ("c", 0.01)], phrase=["d", "c"], title=["b"])
    assert [post_id for post_id, _ in found] == ["b", "d", "c", "a"]


def test_equal_scores_stand_by_id() -> None:
    assert ranked([("b", 0.02), ("a", 0.02)], [], []) == [("a", 0.02), ("b", 0.02)]


def test_titles_are_compared_without_case_width_and_punctuation() -> None:
    assert title_key("Ｈello,   WORLD!") == title_key("hello world") == "hello world"
    assert title_key("Straße") == title_key("STRASSE")


def test_why_names_words_meaning_or_both() -> None:
    asked = read_search("kites")
    assert why_found(1.02, asked, shares_words=True, cosine=0.9) == "exact"
    assert why_found(0.02, asked, shares_words=True, cosine=MEANING_FLOOR) == "words and meaning"
    assert why_found(0.02, asked, shares_words=True, cosine=0.1) == "words"
    assert why_found(0.02, asked, shares_words=False, cosine=0.5) == "meaning"


def test_taste_points_to_what_was_liked_and_away_from_what_was_not() -> None:
    taste = reader_vector([signal("a", "vote"), signal("b", "less")], VECTORS, NOW)
    assert taste is not None
    assert taste @ VECTORS["a"] > 0.5
    assert taste @ VECTORS["b"] < -0.5
    assert np.linalg.norm(taste) == pytest.approx(1)


def test_a_read_says_less_than_a_vote() -> None:
    taste = reader_vector([signal("a", "vote"), signal("b", "read")], VECTORS, NOW)
    assert taste is not None
    assert taste @ VECTORS["a"] > 3 * (taste @ VECTORS["b"]) > 0


def test_a_signal_of_one_half_life_ago_weighs_half() -> None:
    taste = reader_vector([signal("a", "vote", age=TASTE_HALF_LIFE), signal("b", "vote")], VECTORS, NOW)
    assert taste is not None
    assert taste @ VECTORS["a"] == pytest.approx(0.5 * (taste @ VECTORS["b"]), rel=1e-5)


def test_who_comes_back_after_years_still_has_the_old_taste() -> None:
    taste = reader_vector([signal("a", "vote", age=timedelta(days=1_500))], VECTORS, NOW)
    assert taste is not None
    assert taste @ VECTORS["a"] == pytest.approx(1)


def test_a_signal_from_a_clock_ahead_weighs_like_one_of_now() -> None:
    ahead = reader_vector([signal("a", "vote", age=-timedelta(days=900)), signal("b", "vote")], VECTORS, NOW)
    now = reader_vector([signal("a", "vote"), signal("b", "vote")], VECTORS, NOW)
    assert ahead is not None
    assert now is not None
    assert ahead @ now == pytest.approx(1)


def test_a_reader_without_telling_signals_has_no_taste() -> None:
    assert reader_vector([], VECTORS, NOW) is None
    assert reader_vector([signal("unknown", "vote"), signal("a", "vote", 0)], VECTORS, NOW) is None
    assert reader_vector([signal("a", "vote"), signal("a", "less")], VECTORS, NOW) is None
