"""The limits of the evidence for languages, on words whose evidence the test sets."""

from collections.abc import Callable
from itertools import chain, repeat

import pytest

from shared.policy import language_evidence, languages
from shared.policy.disguises import forms
from shared.policy.language_evidence import LATIN, Word, english_run, english_runs, rank
from shared.policy.languages import CONTEXT_MARGIN, Passage, _Evidence, _Reading, _without_english
from shared.policy.normalize import normalize

THAI = "Thai"


@pytest.fixture
def _given_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the text of a word say its evidence: `en100de20`. Signs behind make texts differ."""
    monkeypatch.setattr(
        language_evidence,
        "word_scores",
        lambda text, script: (
            script and {part[:2]: int(part[2:].strip("'")) for part in text.replace("de", " de").split()}
        ),
    )


def _words(text: str) -> list[Word]:
    """Return the words of a text, each with one space behind. Of those that start with `T`, the script is Thai."""
    found: list[Word] = []
    for one in text.split():
        start = found[-1].end + 1 if found else 0
        script, word = (THAI, one[1:]) if one.startswith("T") else (LATIN, one)
        found.append(Word(start, start + len(one), word.strip("?-"), script, one.endswith("?")))
    return found


@pytest.mark.usefixtures("_given_scores")
@pytest.mark.parametrize(
    ("text", "enough", "run"),
    [
        ("en100 en100 en50", 250, (0, 2)),
        ("en100 en100 en49", 250, None),
        ("en100 en100 - en49", 250, None),
        ("en175 en175", 250, (0, 1)),
        ("en175 en174", 250, None),
        ("en200 en175", 400, None),
        ("de50 en150 en150", 250, None),
        ("en120de20 en100 en50", 250, (0, 2)),
        ("en119de20 en100 en50", 250, None),
        ("de50 en100 en100 en50", 250, (1, 3)),
        ("de50 en100 en100 en49", 250, None),
        ("- en100 en100 en100", 250, (0, 3)),
        ("en200 en200 Ten500 en200 en200 en201", 250, (3, 5)),
        ("en100 en100 en100 de0", 250, (0, 2)),
        ("en100 en100 en100 de50 en50 -", 250, (0, 2)),
        ("- - en1 - -", 1, (0, 4)),
        ("- - -", 0, None),
    ],
)
def test_a_run_of_english_words_has_enough_evidence(text: str, enough: int, run: tuple[int, int] | None) -> None:
    assert english_run(_words(text), "de", enough) == run


@pytest.mark.usefixtures("_given_scores")
@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("en200 en200 en200 de600 en200 en200 en200 de600 en400", [(0, 2), (4, 6), (8, 8)]),
        ("en200 en200' en200'' de100", [(0, 2)]),
        ("en250 T en250'", [(0, 0), (2, 2)]),
        ("en125 en125' T en250", [(0, 1), (3, 3)]),
        ("T en125 en125' T T en150 en100 T", [(1, 2), (5, 6)]),
        ("en250 T en249", []),
        ("en260 T en250de10", [(0, 0), (2, 2)]),
        ("en259 T en250de10", []),
        ("en250 T en250", []),
        ("en250 T en250'?", []),
        ("en250 Ten500 de1", []),
    ],
    ids=range(11),
)
def test_runs_of_english_are_found_in_another_language(text: str, runs: list[tuple[int, int]]) -> None:
    assert english_runs(_words(text), "de") == runs


@pytest.mark.usefixtures("_given_scores")
def test_words_without_evidence_are_no_scattered_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_evidence, "SCATTERED_ENGLISH", 1)
    assert english_runs(_words("- T"), "de") == []
    assert english_runs(_words("en1 T"), "de") == [(0, 0)]


@pytest.mark.usefixtures("_given_scores")
@pytest.mark.parametrize(
    ("text", "behind", "passages"),
    [
        ("de9 de9", 5, [(0, 14, "de")]),
        ("en400 de900", 5, [(0, 7, "en"), (7, 18, "de")]),
        ("de9 en400", 5, [(0, 6, "de"), (6, 11, "en"), (11, 16, None)]),
        ("de9 en400", 0, [(0, 6, "de"), (6, 11, "en")]),
        ("de9 en400 de900", 5, [(0, 6, "de"), (6, 11, "en"), (11, 22, "de")]),
        ("en400", 5, [(0, 7, "en"), (7, 12, None)]),
    ],
    ids=range(6),
)
def test_english_words_are_passages_of_their_own(
    text: str, behind: int, passages: list[tuple[int, int, str | None]]
) -> None:
    words = [word._replace(start=word.start + 2, end=word.end + 2) for word in _words(text)]
    found = list(_without_english(Passage(0, words[-1].end + behind, "de"), words))
    assert found == [Passage(*one) for one in passages]


def _reading(evidence: Callable[[int, int], _Evidence], text: str = "plain text") -> _Reading:
    """Return a reading whose parts have this evidence."""

    class Given(_Reading):
        def evidence(self, start: int, end: int) -> _Evidence:
            return evidence(start, end)

    return Given(text, "zh")


@pytest.mark.usefixtures("_given_scores")
@pytest.mark.parametrize(
    ("restored", "language"),
    [("en175 en175'", None), ("en100 en100 en100", "de"), ("en369de20", "de"), ("en370de20", None)],
    ids=range(4),
)
def test_a_disguised_run_of_english_makes_a_part_doubtful(restored: str, language: str | None) -> None:
    evidence = _Evidence(_words("en400 de900"), {}, 0, [_words("-"), _words(restored)])
    found = list(_reading(lambda _start, _end: evidence).in_language(0, 11, "de"))
    assert found == [Passage(0, 5, "en"), Passage(5, 11, language)]


@pytest.mark.usefixtures("_given_scores")
def test_only_a_sentence_in_another_language_is_divided() -> None:
    words = _words("en0000000000400 de0000000000900")
    german = [Passage(0, 15, "en"), Passage(15, 31, "de")]
    for others, english, found in (
        ({"de": 900}, 0, german),
        ({"de": 100}, 900, [Passage(0, 31, "en")]),
        ({"de": 900}, 900, [Passage(0, 31, None)]),
    ):
        evidence = _Evidence(words, others, english, [])
        assert list(_reading(lambda _start, _end, given=evidence: given).passages_of(0, 31)) == found  # type: ignore[misc]


def test_beside_english_another_language_needs_more_evidence_in_all_its_passages_together() -> None:
    words = [Word(0, 30, "w" * 15, LATIN, False)] * 2
    strong, weak = (_Evidence(words, {"de": score}, 0, []) for score in (401, 400))
    found = [Passage(0, 3, "de"), Passage(3, 6, "fr"), Passage(6, 9, "en"), Passage(9, 12, "de")]
    doubtful = list(_reading(lambda start, end: {(0, 6): weak, (9, 12): strong}[start, end]).without_doubtful(found))
    assert doubtful == [Passage(0, 3, None), Passage(3, 6, None), *found[2:]]


@pytest.mark.usefixtures("_given_scores")
def test_a_passage_without_a_language_belongs_to_its_neighbour() -> None:
    words = [word._replace(start=word.start + 6, end=word.end + 6) for word in _words("en400 fr900")]
    evidence = _Evidence(words, {"fr": 50}, CONTEXT_MARGIN + 1, [])
    reading = _reading(lambda _start, _end: evidence)
    german, french, unknown = Passage(0, 3, "de"), Passage(3, 6, "fr"), Passage(6, 20, None)
    divided = [Passage(6, 11, "en"), Passage(11, 20, "fr")]
    assert list(reading.with_context([german, french, unknown, unknown])) == [german, french, *divided, *divided]
    assert list(reading.with_context([german, unknown])) == [german, unknown]
    assert list(reading.with_context([unknown])) == [unknown]


def test_a_text_is_disguised_if_it_has_another_form() -> None:
    for text, disguised in (("kill", False), ("w0rd", True)):
        assert _Reading(text, "zh").is_disguised(Passage(0, 4, None)) is disguised


def test_restored_forms_are_read_only_where_another_language_is_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    for other, english, restored, highest, read in (
        ({}, {}, [], 0, 0),
        ({"de": 5}, {"en": 5}, [], 5, 0),
        ({"de": 9, "en": 1}, {"en": 1}, [{"en": 1}, {"en": 7}], 7, len(forms(normalize("k1ll"))) - 1),
    ):
        given = chain([dict(other), english, *restored], repeat({}))
        monkeypatch.setattr(languages, "scores", lambda _, given=given: next(given))
        found = _Reading("k1ll", "zh").evidence(0, 4)
        assert (found.english, len(found.restored), "en" in found.others) == (highest, read, False)


def test_a_language_that_has_its_script_alone_comes_first() -> None:
    assert rank("th") == rank("ru") == 0 < rank("bg")


def test_a_text_without_letters_has_no_evidence() -> None:
    assert _Reading("", "zh").evidence(0, 0) == _Evidence([], {}, 0, [])


def test_chinese_has_no_evidence_for_english_and_stays_chinese_in_restored_forms() -> None:
    assert _Reading("\u6771\u4eac\u90fd", "zh").evidence(0, 3).english == 0
    found = _Reading("\u6771\u4eac\u90fd\u5e81\u5c55\u671b\u5ba4 k1ll", "zh").evidence(0, 12)
    assert {word.script for form in found.restored for word in form} == {"zh", LATIN}
    assert found.restored[0][0].start == 0


@pytest.mark.parametrize(("more", "language"), [(0, "de"), (1, None)])
def test_a_passage_beside_another_language_belongs_to_it_up_to_a_limit(more: int, language: str | None) -> None:
    evidence = _Evidence([], {"de": 50}, 50 + CONTEXT_MARGIN + more, [])
    german, unknown = Passage(0, 3, "de"), Passage(3, 6, None)
    found = list(_reading(lambda _start, _end: evidence).with_context([german, unknown]))
    assert found == [german, Passage(3, 6, language)]
