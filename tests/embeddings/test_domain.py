"""The pure rules of search, indexing and user embeddings."""

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.embeddings.domain import (
    FOREIGN_MEANING_WEIGHT,
    MEANING_FLOOR,
    MEANING_WEIGHT,
    PHRASE_BONUS,
    SIGNAL_HALF_LIFE,
    ReaderSignal,
    SearchFilter,
    author_tombstone_id,
    fuse,
    ids_to_check,
    is_read_by_model,
    match_reason,
    merge_results,
    newer_points,
    parse_search,
    supersedes,
    title_key,
    user_embedding,
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


def test_an_authors_tombstone_blocks_posts_written_before_it() -> None:
    post = a_post(5)
    assert newer_points([post], {author_tombstone_id(post.author_id): 5}) == []
    assert newer_points([post], {author_tombstone_id(post.author_id): 4}) == [post]


def test_a_batch_keeps_the_newest_write_of_each_post_in_any_order() -> None:
    old, new, other = a_post(1, source_seq=3), a_post(1, source_seq=4), a_post(2)
    assert newer_points([new, other, old], {}) == [new, other]
    assert newer_points([old, new, other], {an_id(1): 9}) == [other]


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
    query = parse_search(typed)
    assert ([" ".join(spelling) for (spelling,) in query.quoted], query.words) == (list(phrases), words)


def test_a_phrase_in_quotes_is_not_taken_apart_at_its_spaces() -> None:
    assert parse_search('"猫舌 茶碗"').quoted == ((("猫舌", "茶碗"),),)
    assert parse_search("猫舌 茶碗").literal == ((("猫舌",),), (("茶碗",),))


def test_the_whole_search_is_compared_with_titles() -> None:
    assert parse_search('"Red  kites", in SPRING!').title_key == "red kites in spring"


def test_a_quotation_mark_within_a_hebrew_word_quotes_nothing() -> None:
    assert parse_search('צה"ל וארה"ב').quoted == ()


def test_what_was_typed_without_quotes_is_also_searched_word_for_word() -> None:
    assert parse_search("red kites").literal == ((("red", "kites"),),)
    assert parse_search("猫 茶").literal == ((("猫",),), (("茶",),))
    assert parse_search('"kites" red').literal == ()


def test_words_weigh_more_in_scripts_that_the_model_has_not_learnt() -> None:
    for typed in ("cats 😀", "don’t", "Brötchen", "phở bò", "!"):
        assert parse_search(typed).meaning_weight == MEANING_WEIGHT, typed
    for typed in ("кошки", "猫", "my قطة"):
        assert parse_search(typed).meaning_weight == FOREIGN_MEANING_WEIGHT, typed


def test_exact_titles_come_before_literal_matches_and_these_before_the_rest() -> None:
    merged = merge_results({"a": 0.3, "b": 0.2, "c": 0.1}, literal=["d", "c"], title=["b"])
    assert [post_id for post_id, _ in merged] == ["b", "c", "d", "a"], "the fused score decides among literal ones"


def test_equal_scores_are_sorted_by_id() -> None:
    assert merge_results({"b": 0.02, "a": 0.02}, [], []) == [("a", 0.02), ("b", 0.02)]


def test_fused_scores_weigh_words_and_meaning_and_stay_below_those_of_exact_matches() -> None:
    fused = fuse({"a": 8.0, "b": 4.0}, {"b": 0.5, "c": 1.0}, 0.6)
    assert fused == pytest.approx({"a": 0.4, "b": 0.5, "c": 0.5994})
    assert fuse({"a": 8.0}, {"a": 1.0}, 0.6)["a"] < PHRASE_BONUS
    assert fuse({}, {}, 0.6) == {}


def test_titles_are_compared_without_case_width_and_punctuation() -> None:
    assert title_key("Ｈello,   WORLD!") == title_key("hello world") == "hello world"
    assert title_key("Straße") == title_key("STRASSE")


def test_the_match_reason_is_words_meaning_or_both() -> None:
    query = parse_search("kites")
    assert match_reason(1.02, query, shares_words=True, cosine=0.9) == "exact"
    assert match_reason(0.02, query, shares_words=True, cosine=MEANING_FLOOR) == "words and meaning"
    assert match_reason(0.02, query, shares_words=True, cosine=0.1) == "words"
    assert match_reason(0.02, query, shares_words=False, cosine=0.5) == "meaning"


def test_a_user_embedding_points_to_liked_posts_and_away_from_disliked_ones() -> None:
    embedding = user_embedding([signal("a", "vote"), signal("b", "less")], VECTORS, NOW)
    assert embedding is not None
    assert embedding @ VECTORS["a"] > 0.5
    assert embedding @ VECTORS["b"] < -0.5
    assert np.linalg.norm(embedding) == pytest.approx(1)


def test_a_read_weighs_less_than_a_vote() -> None:
    embedding = user_embedding([signal("a", "vote"), signal("b", "read")], VECTORS, NOW)
    assert embedding is not None
    assert embedding @ VECTORS["a"] > 3 * (embedding @ VECTORS["b"]) > 0


def test_a_signal_weighs_half_after_one_half_life() -> None:
    embedding = user_embedding([signal("a", "vote", age=SIGNAL_HALF_LIFE), signal("b", "vote")], VECTORS, NOW)
    assert embedding is not None
    assert embedding @ VECTORS["a"] == pytest.approx(0.5 * (embedding @ VECTORS["b"]), rel=1e-5)


def test_a_reader_who_returns_after_years_keeps_the_user_embedding() -> None:
    embedding = user_embedding([signal("a", "vote", age=timedelta(days=1_500))], VECTORS, NOW)
    assert embedding is not None
    assert embedding @ VECTORS["a"] == pytest.approx(1)


def test_a_signal_from_the_future_weighs_like_one_of_now() -> None:
    ahead = user_embedding([signal("a", "vote", age=-timedelta(days=900)), signal("b", "vote")], VECTORS, NOW)
    now = user_embedding([signal("a", "vote"), signal("b", "vote")], VECTORS, NOW)
    assert ahead is not None
    assert now is not None
    assert ahead @ now == pytest.approx(1)


def test_without_usable_signals_there_is_no_user_embedding() -> None:
    assert user_embedding([], VECTORS, NOW) is None
    assert user_embedding([signal("unknown", "vote"), signal("a", "vote", 0)], VECTORS, NOW) is None
    assert user_embedding([signal("a", "vote"), signal("a", "less")], VECTORS, NOW) is None


def test_likes_and_dislikes_that_almost_cancel_out_point_nowhere() -> None:
    # A remainder of 0.15% of each signal is less than a thousandth of both.
    signals = [signal("a", "less", age=0.002166 * SIGNAL_HALF_LIFE), signal("a", "vote")]
    assert user_embedding(signals, VECTORS, NOW) is None


def test_a_filter_can_leave_out_one_more_post() -> None:
    before = SearchFilter(community="garden", hidden_ids=("a",))
    assert before.without("b") == SearchFilter(community="garden", hidden_ids=("a", "b"))


def test_a_write_depends_on_the_post_and_on_its_authors_tombstone() -> None:
    one, two = a_post(1), a_post(2)
    tombstones = {author_tombstone_id(one.author_id), author_tombstone_id(two.author_id)}
    assert ids_to_check([one, two]) == {one.post_id, two.post_id} | tombstones


def test_exact_matches_score_a_bonus_and_their_fused_score_or_else_their_rank() -> None:
    merged = dict(merge_results({"a": 0.3, "b": 0.2}, literal=["b", "c"], title=["d"]))
    assert merged == pytest.approx({"a": 0.3, "b": 1.2, "c": 1 + 0.001 / 2, "d": 2.001})


def test_every_author_has_a_tombstone_of_their_own_that_stays_the_same() -> None:
    assert author_tombstone_id("ada") != author_tombstone_id("ben")
    assert author_tombstone_id("ada") == str(uuid.uuid5(uuid.NAMESPACE_URL, "ottit:erased-author:ada"))


def test_the_first_fact_of_the_log_may_publish_a_post() -> None:
    assert [point.source_seq for point in newer_points([a_post(1, source_seq=1)], {})] == [1]


def test_signals_without_weight_or_post_do_not_end_the_sum_or_change_it() -> None:
    known = [signal("a", "vote"), signal("b", "vote")]
    skipped = [signal("unknown", "vote"), signal("a", "read", 0)]
    with_all = user_embedding([*skipped, known[0], *skipped, known[1]], VECTORS, NOW)
    assert with_all is not None
    assert with_all.tolist() == pytest.approx((VECTORS["a"] + VECTORS["b"]) / 2**0.5)
    assert with_all.dtype == np.float32


def test_likes_and_dislikes_that_nearly_cancel_out_give_no_direction() -> None:
    almost = [signal("a", "vote"), signal("a", "vote", -1, timedelta(minutes=30)), signal("a", "vote", -1)]
    assert user_embedding(almost[:2], VECTORS, NOW) is None
    assert user_embedding(almost, VECTORS, NOW) is not None


def test_the_rest_of_many_contradictions_is_compared_with_all_of_them() -> None:
    likes, dislikes = [signal("a", "vote")] * 5, [signal("a", "vote", -1, timedelta(minutes=60))] * 5
    assert user_embedding([*likes, *dislikes], VECTORS, NOW) is None
    assert user_embedding([signal("a", "vote"), *likes, *dislikes], VECTORS, NOW) is not None


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("a", True),
        ("!!! 123", False),
        ("abcd日本", True),
        ("abc日本", False),
        ("日 https://example.com/some-words", False),
        ("", False),
    ],
    ids=range(6),
)
def test_the_model_reads_texts_of_mostly_latin_letters(text: str, is_read: bool) -> None:
    assert is_read_by_model(text) is is_read
