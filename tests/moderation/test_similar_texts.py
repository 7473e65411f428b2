"""Texts that are nearly the same: trivial changes, copies by others, quotations, and what the memory keeps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.moderation import similar_texts
from services.moderation.similar_texts import SeenText, SeenTexts, links_of, signature_of
from shared.policy import normalize
from shared.policy.normalize import Normalized

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ADVERT = (
    "Our shop {name} has the best {thing} for {price} dollars this week only, come and see https://{host}/{page} now"
)
FIRST_ADVERT = ADVERT.format(name="Nord", thing="lamps", price=20, host="lamps.example", page="a1")
SAME_ADVERT = ADVERT.format(name="Nord", thing="lamps", price=35, host="lamps.example", page="zz9")
OTHER = "The tomatoes in our garden are late this year because the nights in June were so cold and wet"


def seen(number: int, text: str, author: str = "bot", days: float = 0.0) -> SeenText:
    return SeenText(f"post-{number}", author, number, NOON - timedelta(days=days), signature_of(text))


def judged_text(text: str, *, author: str = "reader", number: int = 9, post: str = "", parent: str = "") -> SeenText:
    return SeenText(post or f"post-{number}", author, number, NOON, signature_of(text), parent)


def copies(texts: SeenTexts, text: str, *, others: bool = True, **judged: Any) -> int:
    return texts.copies_of(judged_text(text, **judged), by_others=others)


def history_of(*texts: SeenText, most: int = 100) -> SeenTexts:
    found = SeenTexts(most)
    for text in texts:
        found.add(text)
    return found


def test_an_advert_with_another_price_and_address_is_the_same_and_another_text_is_not() -> None:
    texts = history_of(seen(1, FIRST_ADVERT), seen(2, OTHER))
    assert copies(texts, SAME_ADVERT) == 1
    assert copies(texts, OTHER + ".") == 1
    assert copies(texts, "A walk along the river with my dog, and it rained all the way home") == 0


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (
            "限时特价手表，质量保证，欢迎选购 https://watch.example/a",
            "限时特价手表，质量保证，欢迎选购！ https://watch.example/b",
        ),
        ("นาฬิการาคาถูกส่งฟรีวันนี้เท่านั้น https://watch.example/a", "นาฬิการาคาถูก ส่งฟรีวันนี้เท่านั้น https://watch.example/b"),
        (FIRST_ADVERT, FIRST_ADVERT.replace(" ", "!! ").replace("lamps", "**lamps**")),
        (FIRST_ADVERT, FIRST_ADVERT.replace("shop", "sh0p").replace("lamps ", "l4mps 🔥 ").replace("best", "bеst")),
        (FIRST_ADVERT, FIRST_ADVERT.replace("https://lamps.example", "[here](https://x7@lamps.example)")),
    ],
)
def test_trivial_changes_leave_an_advert_the_same(text: str, other: str) -> None:
    assert copies(history_of(seen(1, text)), other) == 1


def test_another_advert_in_a_script_without_spaces_is_not_the_same() -> None:
    texts = history_of(seen(1, "限时特价手表，质量保证，欢迎选购 https://watch.example/a"))
    assert copies(texts, "阳台上的番茄今年长得很慢，因为六月的晚上太冷 https://garden.example/a") == 0
    assert signature_of("谢谢大家的帮助！") is None


def test_the_copies_of_others_count_only_against_new_accounts() -> None:
    texts = history_of(seen(1, OTHER, "thief"), seen(2, OTHER, "fan"), seen(3, OTHER, "reader"))
    assert (copies(texts, OTHER), copies(texts, OTHER, others=False)) == (3, 1)


def test_whoever_wrote_a_text_first_does_not_copy_those_who_copy_it() -> None:
    texts = history_of(seen(1, OTHER, "writer"), seen(2, OTHER, "thief"), seen(3, OTHER, "bot"))
    assert copies(texts, OTHER, author="writer", post="post-1") == 0, "an edit of the original"
    assert copies(texts, OTHER, author="writer") == 1, "the same in another community"
    assert copies(texts, OTHER, author="thief") == 3
    long_ago = history_of(seen(1, OTHER, "writer", days=9), seen(2, OTHER, "thief"), seen(3, OTHER, "bot"))
    assert copies(long_ago, OTHER, author="writer") == 0


def test_the_quotation_of_what_one_answers_is_no_copy() -> None:
    texts = history_of(seen(1, FIRST_ADVERT, "writer"), seen(2, FIRST_ADVERT, "fan"), seen(3, FIRST_ADVERT, "reader"))
    quotation = "> " + FIRST_ADVERT + "\n\nIs it open on Sunday?"
    assert copies(texts, quotation, parent="post-1") == 1, "the reader's own copy counts"
    assert copies(texts, quotation, parent="post-8") == 3


def test_only_published_posts_speak_for_their_author() -> None:
    texts = history_of(*(seen(number, OTHER, "newcomer") for number in (1, 2, 3, 4)))
    assert texts.published_before(judged_text(OTHER, author="newcomer")) == 0
    for number, sequence, published in ((1, 5, True), (2, 6, False), (3, 7, True), (3, 8, False)):
        texts.decide(f"post-{number}", sequence, published=published)
    texts.decide("post-unknown", 8, published=True)
    found = [texts.published_before(judged_text(OTHER, author="newcomer", number=number)) for number in (5, 6, 8, 9)]
    assert found == [0, 1, 2, 1]
    texts.forget("newcomer")
    assert texts.published_before(judged_text(OTHER, author="newcomer")) == 0


def test_characters_that_become_many_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []

    def noting(text: str) -> Normalized:
        lengths.append(len(text))
        return normalize(text)

    monkeypatch.setattr(similar_texts, "normalize", noting)
    assert (links_of("\ufdfa" * 40_000), signature_of("\ufdfa" * 40_000) is None) == (0, False)
    assert max(lengths) <= similar_texts.MOST_CHARACTERS


def test_links_behind_a_long_text_are_counted() -> None:
    assert links_of("calm words " * 500 + "https://a.example") == 1


@pytest.mark.parametrize("text", ["", "Thank you so much!", "Congratulations to all of you, well done"])
def test_short_texts_are_alike_by_chance_and_have_no_signature(text: str) -> None:
    assert signature_of(text) is None
    assert copies(history_of(seen(1, text)), text) == 0


def test_links_are_counted_in_disguised_letters_too() -> None:
    assert [
        links_of(text) for text in ("no link", "https://a.example and www.b.example", "ｈｔｔｐｓ://a.example")
    ] == [0, 2, 1]


def test_answers_depend_only_on_the_log_before_a_text() -> None:
    before = [seen(number, FIRST_ADVERT) for number in (1, 2, 3)]
    later = [seen(number, FIRST_ADVERT) for number in (8, 9)]
    for texts in (history_of(*before), history_of(*before, *later)):
        texts.decide("post-1", 4, published=True)
        texts.decide("post-2", 6, published=True)
        assert copies(texts, SAME_ADVERT, number=5) == 3
        assert texts.published_before(judged_text(OTHER, author="bot", number=5)) == 1
    # A delivery that repeats a fact, and an edit of the same post, count once.
    assert copies(history_of(*before, *before), SAME_ADVERT, number=5) == 3
    assert copies(history_of(*before), SAME_ADVERT, number=5, post="post-3") == 2


def test_the_memory_is_bounded_in_time_and_number_and_forgets_erased_people() -> None:
    old = history_of(seen(1, FIRST_ADVERT, days=8), seen(2, OTHER))
    assert copies(old, FIRST_ADVERT) == 0
    assert len(history_of(*(seen(number, FIRST_ADVERT) for number in range(1, 20)), most=5)) == 5
    assert len(history_of(seen(1, OTHER, days=30), seen(2, OTHER))) == 1
    texts = history_of(seen(1, FIRST_ADVERT, "leaving"), seen(2, FIRST_ADVERT, "bot"))
    texts.forget("leaving")
    assert (len(texts), copies(texts, FIRST_ADVERT)) == (1, 1)
