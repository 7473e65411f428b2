"""Detects the language of each passage of a text.

A passage is in another language than English only if that is certain: short, mixed and disguised passages are in none,
and are judged. `client/src/policy/languages.ts` is the same algorithm, step by step, and contract vectors keep the two
equal.

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from shared.policy.disguises import forms
from shared.policy.language_evidence import (
    ENGLISH,
    LATIN,
    SHORT_ENGLISH_RUN,
    Word,
    english_run,
    english_runs,
    rank,
    scores,
    weight,
    words_of,
)
from shared.policy.normalize import normalize

# Another language must have this much more evidence than English, and this many times as much. A common n-gram has
# about 100. Measured on 20,000 English posts (1 in 1,000 has a passage in another language) and on sentences in 60
# languages (996 of 1,000 were found before the limits on letters below).
ALONE = (100, 1.0)
# The same for a part of a text that is partly in English, where another language is less likely.
BESIDE_ENGLISH = (400, 2.5)
# Of languages with this share of the best evidence or more, the most used one is taken: Hindi and Marathi are close.
CLOSE = 0.97
# A passage beside another language belongs to it unless English has this much more evidence.
CONTEXT_MARGIN = 100
# Fewer Latin letters are in no certain language: of 2 words from English posts, 1 in 50 looked foreign with 8 letters.
# A letter of another script counts as several.
FEWEST_LETTERS = 20
# Of these, as many are in words that are not names.
FEWEST_SURE_LETTERS = 16
# More letters of one Latin word do not count: without spaces, English looks like another language.
LONGEST_WORD = 15
# A sentence without punctuation is divided into passages of this length, so that a mixed one is noticed.
LONGEST_SENTENCE = 300

# Addresses and names of people are in no language. They are replaced by spaces, so that the offsets stay. Counts are
# limited, because a long run of signs would take quadratic time.
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^ \t\n\r]+|[^ \t\n\r@]{1,64}@[^ \t\n\r@]{1,200}\.[a-zA-Z]{2,}|[@#][A-Za-z0-9_]+"
)
_SENTENCE_END = re.compile(
    "[.!?\u2026\u061f\u06d4\u0964]{1,9}[\"'\u201d\u2019\u00bb)\\]]{0,3}(?=[ \t])"
    "|[\u3002\uff01\uff1f]+[\u300d\u300f]?|\n+"
)
_KANA = re.compile("[\u3041-\u309f\u30a1-\u30fa]{2}")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage, in code points of the text. `language` (BCP 47) is None unless it is certain."""

    start: int
    end: int
    language: str | None

    @property
    def is_foreign(self) -> bool:
        """True if it is certainly in a language other than English."""
        return self.language is not None and self.language != ENGLISH


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The evidence for each language but English, and for English. `restored`: the words of the restored forms."""

    words: list[Word]
    others: dict[str, int]
    english: int
    restored: list[list[Word]]

    def language(self, margin: int, ratio: float) -> str | None:
        """Return the language if it is certain."""
        best = max(self.others.values(), default=0)
        if best > self.english + margin and best > ratio * self.english and self._is_long:
            close = [name for name, score in self.others.items() if score >= CLOSE * best]
            return min(close, key=lambda name: (rank(name), name))
        return ENGLISH if self.english > best + margin and self.english > ratio * best else None

    @property
    def _is_long(self) -> bool:
        """True if there are enough letters for certainty."""
        letters = [
            (
                min(len(word.text), LONGEST_WORD) if word.script == LATIN else len(word.text) * weight(word.script),
                word.doubtful,
            )
            for word in self.words
        ]
        sure = sum(count for count, doubtful in letters if not doubtful)
        return sum(count for count, _ in letters) >= FEWEST_LETTERS and sure >= FEWEST_SURE_LETTERS


def passages(text: str) -> tuple[Passage, ...]:
    """Return the passages of a text, which cover it without gaps, with the language of each."""
    masked = _ADDRESS.sub(lambda match: " " * len(match[0]), text)
    reading = _Reading(masked, "ja" if _KANA.search(masked) else "zh")
    found = [passage for start, end in _sentences(masked) for passage in reading.passages_of(start, end)]
    if all(passage.language is None for passage in found):
        language = reading.evidence(0, len(masked)).language(*ALONE)
        if language is None or language == ENGLISH:
            return tuple(replace(passage, language=language) for passage in found)
        return tuple(part for one in found for part in reading.in_language(one.start, one.end, language))
    if any(passage.language == ENGLISH for passage in found):
        found = list(reading.without_doubtful(found))
    return tuple(reading.with_context(found))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    for start, end in pairwise([0, *ends, len(text)]):
        at = start
        while end - at > LONGEST_SENTENCE:
            space = text.rfind(" ", at + 1, at + LONGEST_SENTENCE)
            cut = at + LONGEST_SENTENCE if space < 0 else space
            yield at, cut
            at = cut
        if end > at:
            yield at, end


@dataclass(frozen=True, slots=True)
class _Reading:
    """One text. `han` is the language of its Han characters: Japanese has kana beside them.

    `known` has the evidence of the parts that were asked for: several steps ask for the same ones.
    """

    text: str
    han: str
    known: dict[tuple[int, int], _Evidence] = field(default_factory=dict)

    def passages_of(self, start: int, end: int) -> Iterator[Passage]:
        """Yield a sentence, or its parts if it is in another language with English words in a row."""
        language = self.evidence(start, end).language(*ALONE)
        if language is None or language == ENGLISH:
            yield Passage(start, end, language)
        else:
            yield from self.in_language(start, end, language)

    def in_language(self, start: int, end: int, language: str) -> Iterator[Passage]:
        """Yield a part that is in another language, without the runs of English words in it, plain or disguised."""
        for passage in _without_english(Passage(start, end, language), self.evidence(start, end).words):
            part = self.evidence(passage.start, passage.end) if passage.is_foreign else None
            if part and any(english_run(form, language, SHORT_ENGLISH_RUN) for form in part.restored):
                passage = replace(passage, language=None)
            yield passage

    def without_doubtful(self, found: list[Passage]) -> Iterator[Passage]:
        """Yield the passages of a text that is partly in English: another language then needs more evidence."""
        for is_foreign, group in groupby(found, lambda passage: passage.is_foreign):
            run = list(group)
            if is_foreign and self.evidence(run[0].start, run[-1].end).language(*BESIDE_ENGLISH) in (None, ENGLISH):
                run = [replace(passage, language=None) for passage in run]
            yield from run

    def with_context(self, found: list[Passage]) -> Iterator[Passage]:
        """Yield the passages, those without a certain language in that of their neighbour if they may be in it.

        The neighbour is the last passage before with a certain language, or else the first one after. A disguised
        passage belongs to none: it may be English.
        """
        known = [index for index, passage in enumerate(found) if passage.language is not None]
        for index, passage in enumerate(found):
            if passage.language is None and known and not self.is_disguised(passage):
                neighbour = found[known[max(bisect_right(known, index) - 1, 0)]]
                evidence = self.evidence(passage.start, passage.end)
                language = neighbour.language or ""
                of_neighbour = evidence.others.get(language, 0)
                if neighbour.is_foreign and evidence.english <= of_neighbour + CONTEXT_MARGIN:
                    yield from self.in_language(passage.start, passage.end, language)
                    continue
            yield passage

    def is_disguised(self, passage: Passage) -> bool:
        """Return whether a passage has other forms without disguises."""
        return len(forms(normalize(self.text[passage.start : passage.end]))) > 1

    def evidence(self, start: int, end: int) -> _Evidence:
        """Return the evidence of a part."""
        if (start, end) not in self.known:
            self.known[start, end] = self._collected(start, end)
        return self.known[start, end]

    def _collected(self, start: int, end: int) -> _Evidence:
        """Collect the evidence. English gets that of its strongest form: a disguise is no other language."""
        words = words_of(self.text, start, end, self.han)
        others = scores(word for word in words if not word.doubtful)
        others.pop(ENGLISH, None)
        english = scores(words).get(ENGLISH, 0)
        if max(others.values(), default=0) <= english:
            return _Evidence(words, others, english, [])
        restored = [words_of(form.text, 0, len(form.text), self.han) for form in forms(normalize(self.text[start:end]))]
        english = max(english, *(scores(form).get(ENGLISH, 0) for form in restored))
        return _Evidence(words, others, english, restored[1:])


def _without_english(passage: Passage, words: list[Word]) -> Iterator[Passage]:
    """Yield a passage in another language, and the English words in it as passages of their own."""
    start, language, last = passage.start, passage.language or "", -1
    for first, last in english_runs(words, language):
        if first > 0 and start < words[first].start:
            yield Passage(start, words[first].start, language)
            start = words[first].start
        yield Passage(start, words[last].end, ENGLISH)
        start = words[last].end
    if start < passage.end:
        yield Passage(start, passage.end, language if last < len(words) - 1 or last < 0 else None)
