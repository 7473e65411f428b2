"""The language detection on own texts, and its vectors; Vitest checks the client with the same file."""

import gzip
import json
from itertools import islice

import pytest

from shared.content import Content
from shared.log.events import Span
from shared.policy.judged_languages import unjudged, without
from shared.policy.language_evidence import ENGLISH, Word, rank, scores, weight, word_scores, words_of
from shared.policy.languages import _Evidence, _Reading, _sentences, passages
from tests.collected_data import DATA
from tests.contract.make_language_vectors import VECTORS, disguised, own_texts, rendered, vectors

# Real posts, which are not committed.
POSTS = DATA / "posts" / "posts.jsonl.gz"
OWN = own_texts()
FOREIGN = [(language, text) for language, texts in OWN["foreign"].items() for text in texts]
JUDGED = [*OWN["english"], *OWN["unknown"]]
# Mutation runs select tests by their names, which must be ASCII without escapes.
FOREIGN_IDS = [f"{language}-{number}" for number, (language, _) in enumerate(FOREIGN)]
MIXED_UP = {"da": {"no"}, "no": {"da"}}


def test_the_committed_vectors_are_current() -> None:
    assert VECTORS.read_text(encoding="ascii") == rendered(vectors()), "run: make generate, then the client's tests"


def test_the_vectors_are_many_texts_in_many_languages() -> None:
    cases = json.loads(VECTORS.read_text(encoding="ascii"))["cases"]
    assert len(cases) >= 300
    assert len({language for case in cases for _, _, language in case["passages"]}) >= 20


@pytest.mark.parametrize(("language", "text"), FOREIGN, ids=FOREIGN_IDS)
def test_a_sentence_in_another_language_is_not_judged(language: str, text: str) -> None:
    found = unjudged(text, [ENGLISH])
    assert found
    assert (found.whole, found.substantial) == (True, True)
    assert set(found.languages) <= {language} | MIXED_UP.get(language, set())


@pytest.mark.parametrize("text", JUDGED, ids=range(len(JUDGED)))
def test_english_and_doubtful_texts_are_judged(text: str) -> None:
    assert unjudged(text, [ENGLISH]) is None


def test_no_disguise_of_english_is_another_language() -> None:
    assert [text for text in disguised() if unjudged(text, [ENGLISH])] == []


def test_a_quotation_does_not_unjudge_a_text() -> None:
    assert unjudged('My neighbour said: "Ich habe keine Zeit", and then helped me anyway.', [ENGLISH]) is None
    long = "I walked home along the river and thought about the summer. " * 4
    found = unjudged(f"{long}Ich habe heute leider keine Zeit für dich. {long}", [ENGLISH])
    assert found
    assert (found.languages, found.whole, found.substantial) == (("de",), False, False)


def test_a_substantial_part_in_another_language_is_unjudged() -> None:
    text = "Danke! Thanks a lot. Ich schicke dir morgen das Rezept, dann können wir vergleichen."
    found = unjudged(text, [ENGLISH])
    assert found
    assert (found.languages, found.whole, found.substantial) == (("de",), False, True)
    assert [text[span.start : span.end].strip() for span in found.spans][-1].startswith("Ich schicke")
    assert all("Thanks" not in text[span.start : span.end] for span in found.spans)


@pytest.mark.parametrize("english", ["I will find you and kill you", "nobody wants you here, you worthless idiot"])
@pytest.mark.parametrize(
    "foreign",
    ["Das ist ein sehr schöner Tag und", "Hier moet niemand iets van zien want", "今日はとても"],
    ids=["de", "nl", "ja"],
)
def test_english_words_inside_another_language_are_judged(english: str, foreign: str) -> None:
    text = f"{foreign} {english} {foreign}"
    found = unjudged(text, [ENGLISH])
    hidden = {place for span in found.spans for place in range(span.start, span.end)} if found else set()
    read = "".join(" " if place in hidden else char for place, char in enumerate(text)).split()
    # At the edges, a word may count as the other language's.
    assert len([word for word in english.split() if word in read]) >= len(english.split()) - 2


@pytest.mark.parametrize(
    "padded",
    [
        "Ich gehe heute mit dem Hund spazieren. {} Morgen kaufe ich Brot und Milch.",
        "{} Ich gehe heute mit dem Hund spazieren. Morgen kaufe ich Brot und Milch.",
        "{} これは日本語の文章です。今日は天気がとてもいいですね。",
        "Сегодня я иду гулять с собакой в парк {} Завтра мы купим хлеб и молоко",
        "{} Сегодня я иду гулять с собакой в парк.",
    ],
    ids=range(5),
)
@pytest.mark.parametrize("english", ["I will break your jaw tomorrow", "I hate all of you", "you are trash"])
def test_words_of_another_language_around_it_hide_no_english(padded: str, english: str) -> None:
    text = padded.format(english)
    start = text.index(english)
    found = unjudged(text, [ENGLISH])
    assert found, "the words of the other language are not marked"
    assert all(span.end <= start + 2 or span.start >= start + len(english) - 2 for span in found.spans)


def test_words_of_another_script_between_english_ones_hide_none() -> None:
    text = "you สวัสดี will ขอบคุณ regret วันนี้ what พรุ่งนี้ you กินข้าว have บ้านเรา said อากาศดี"
    found = unjudged(text, [ENGLISH])
    assert found
    hidden = "".join(text[span.start : span.end] for span in found.spans)
    assert [char for char in hidden if char.isascii() and char.isalpha()] == []


@pytest.mark.parametrize("sign", ".-*_", ids=["dot", "hyphen", "star", "line"])
def test_signs_inside_of_words_make_no_other_language(sign: str) -> None:
    words = ("You", "are", "worthless", "and", "everybody", "knows", "that", "you", "never", "amount", "anything")
    assert unjudged(" ".join(f"{word[:2]}{sign}{word[2:]}" for word in words), [ENGLISH]) is None


@pytest.mark.parametrize("english", ["k i l l y o u r s e l f", "k1ll y0urs3lf n0w", "уоu аrе аn іdіоt"], ids=range(3))
def test_disguised_english_between_sentences_in_another_language_is_judged(english: str) -> None:
    text = f"Heute ist ein schöner Tag. {english}. Morgen wird es wieder regnen."
    assert [one.language for one in passages(text)][0::2] == ["de", "de"]
    assert passages(text)[1].language in (None, ENGLISH)


def test_an_engine_for_every_language_judges_everything() -> None:
    assert unjudged(FOREIGN[0][1], ["*"]) is None
    assert unjudged(FOREIGN[0][1], ["en", "de"]) is None


def test_the_passages_cover_a_text() -> None:
    for text in [text for _, text in FOREIGN] + OWN["mixed"]:
        ends = [0, *(one.end for one in passages(text))]
        assert [one.start for one in passages(text)] == ends[:-1]
        assert ends[-1] == len(text)


def test_long_runs_of_signs_take_no_quadratic_time() -> None:
    for text in (
        "!" * 40_000,
        "a" * 40_000,
        "@" * 40_000,
        "a@" * 20_000,
        "https://" * 5000,
        "!?" * 20_000,
        "." * 40_000,
    ):
        assert unjudged(text, [ENGLISH]) is None


@pytest.mark.long
@pytest.mark.skipif(not POSTS.exists(), reason="the posts for measurements are not on this machine")
def test_of_english_posts_almost_none_is_taken_for_another_language() -> None:
    with gzip.open(POSTS, "rt") as lines:
        texts = [json.loads(line)["text"] for line in islice(lines, 0, None, 10)]
    marked = sum(found is not None and found.substantial for found in (unjudged(text, [ENGLISH]) for text in texts))
    assert len(texts) >= 1000
    assert marked <= 0.002 * len(texts)


def test_a_passage_in_another_language_is_substantial_from_its_limit_on() -> None:
    english = "I walked home along the river and thought about the summer. " * 9
    german = "Ich habe heute leider keine Zeit, weil wir morgen zusammen mit den Kindern in die neue Schule gehen"
    found = {}
    for more in range(30):
        judged = unjudged(f"{english}{german}{'n' * more}. {english}", [ENGLISH])
        assert judged
        (span,) = judged.spans
        found[span.end - span.start] = judged.substantial
    assert {119: False, 120: True}.items() <= found.items()
    assert set(found.values()) == {False, True}


def test_chinese_characters_beside_kana_are_japanese() -> None:
    for text, language in (("東京都庁展望室営業時間変更のお知らせ", "ja"), ("東京都庁展望室営業時間変更通知書", "zh")):
        assert [one.language for one in passages(text)] == [language]


def test_passages_are_taken_out_of_title_and_body() -> None:
    spans = [Span(start=0, end=1), Span(start=5, end=6)]
    assert without(Content(title="abc", body="def"), spans) == Content(title=" bc", body=" ef")
    assert without(Content(title="abcdefg", body=""), spans) == Content(title=" bcde g", body="")
    assert without(Content(body="abcdefg"), spans) == Content(body=" bcde g")


@pytest.mark.parametrize(
    ("others", "english", "margin", "ratio", "language"),
    [
        ({"de": 201}, 100, 100, 1.0, "de"),
        ({"de": 200}, 100, 100, 1.0, None),
        ({"de": 251}, 100, 0, 2.5, "de"),
        ({"de": 250}, 100, 0, 2.5, None),
        ({"de": 100}, 201, 100, 1.0, ENGLISH),
        ({"de": 100}, 200, 100, 1.0, None),
        ({"de": 100}, 251, 0, 2.5, ENGLISH),
        ({"de": 100}, 250, 0, 2.5, None),
        ({}, 101, 100, 1.0, ENGLISH),
        ({"bg": 100, "ru": 97}, 0, 0, 1.0, "ru"),
        ({"mr": 100, "hi": 97}, 0, 0, 1.0, "hi"),
        ({"mr": 100, "hi": 96}, 0, 0, 1.0, "mr"),
    ],
)
def test_a_language_is_certain_beyond_its_limits(
    others: dict[str, int], english: int, margin: int, ratio: float, language: str | None
) -> None:
    words = [Word(0, 10, "w" * 10, "Latn", False), Word(11, 21, "v" * 10, "Latn", False)]
    assert _Evidence(words, others, english, []).language(margin, ratio) == language


def test_a_long_sentence_is_divided_at_its_spaces() -> None:
    assert list(_sentences("a" * 150 + " " + "a" * 149)) == [(0, 300)]
    assert list(_sentences("a " + "x" * 400)) == [(0, 1), (1, 301), (301, 402)]


def test_the_evidence_of_words_adds_up_and_a_repeated_word_adds_none() -> None:
    found = words_of("l\u2019\u00e9t\u00e9 dans l\u2019\u00e9t\u00e9", 0, 16, "zh")
    assert [word.text for word in found] == ["l'\u00e9t\u00e9", "dans", "l'\u00e9t\u00e9"]
    one, two = (word_scores(word.text, word.script) for word in found[:2])
    names = {*one, *two}
    assert scores(found) == {name: one.get(name, 0) + two.get(name, 0) for name in names}


def test_capitals_are_no_names_where_all_words_have_them() -> None:
    assert not any(word.doubtful for word in words_of("ICH HABE KEINE ZEIT ich", 0, 19, "zh"))
    assert [word.doubtful for word in words_of("Ich bin Anna", 0, 12, "zh")] == [False, False, True]


def test_a_letter_of_another_script_is_as_certain_as_several_latin_ones() -> None:
    assert [weight(script) for script in ("Latn", "Cyrl", "ja")] == [1, 3, 4]
    assert [rank(language) for language in ("hi", "mr", "ja")] == [0, 1, 0]


def test_the_evidence_of_a_part_has_its_words_and_those_of_its_restored_forms() -> None:
    english = _Reading("the weather is fine", "zh").evidence(4, 14)
    assert ([word.text for word in english.words], english.restored) == (["weather", "is"], [])
    assert _Reading("\u043f\u0440\u0438\u0432\u0435\u0442", "zh").evidence(0, 6).english == 0
    restored = _Reading("\u6771\u4eac\u6771\u4eac\u6771\u4eac k1ll", "ja").evidence(0, 11).restored
    assert {(word.text, word.script) for words in restored for word in words} >= {
        ("\u6771\u4eac" * 3, "ja"),
        ("kill", "Latn"),
    }
