"""Server and devices split texts into the same words: `client/tests/platform/local-index/search-words.test.ts`."""

import json
from typing import Any

import pytest

from services.embeddings.domain import is_read_by_model
from services.embeddings.search_words import fold, literal_phrases, parts_of, searched_words
from tests.contract.make_search_words import read, words_in

VECTORS = read()


def contains(text: str, query: str) -> bool:
    """Return whether the text contains the query word for word, as the index decides it."""
    words = searched_words(text)
    rows = {tuple(words[at:end]) for at in range(len(words)) for end in range(at + 1, len(words) + 1)}
    return all(any(spelling in rows for spelling in phrase) for phrase in literal_phrases(query))


@pytest.mark.parametrize("case", VECTORS["words"], ids=lambda case: str(case["text"])[:20])
def test_the_words_of_a_text_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    assert json.loads(json.dumps(words_in(case["text"]))) == case


@pytest.mark.parametrize("case", VECTORS["literal"], ids=lambda case: f"{case['query']} in {case['text']}")
def test_a_text_contains_a_query_word_for_word_or_not(case: dict[str, Any]) -> None:
    assert contains(case["text"], case["query"]) == case["found"]


def test_every_language_has_ten_posts_and_each_query_names_one() -> None:
    for posts in VECTORS["posts"].values():
        found = [[contains(post["text"], other["query"]) for post in posts] for other in posts]
        assert [row.index(True) for row in found] == list(range(10))


@pytest.mark.parametrize("case", VECTORS["read_by_the_model"], ids=lambda case: str(case["text"])[:20])
def test_the_model_reads_texts_in_latin_letters_only(case: dict[str, Any]) -> None:
    assert is_read_by_model(case["text"]) == case["read"]


def test_long_words_and_rows_of_marks_take_no_time_and_no_memory() -> None:
    assert parts_of("a" * 41) == []
    assert len(fold("a" + "\u0316" * 100_000)) < 40
    assert len(searched_words("猫" * 10_000)) == 10_001


def test_folding_twice_changes_nothing() -> None:
    texts = [case["text"] for case in VECTORS["words"]]
    assert [fold(fold(text)) for text in texts] == [fold(text) for text in texts]
