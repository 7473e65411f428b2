"""The evidence of words for languages, from their script and their n-grams of bytes.

`client/src/policy/language-evidence.ts` is the same algorithm, step by step. Both read `language_table.json`, which
`tests/contract/make_language_table.py` writes. The n-grams and the method are those of `eld`
(https://github.com/nitotm/efficient-language-detector).

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

import json
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

ENGLISH, LATIN = "en", "Latn"
# Consecutive words with this much more evidence for English are an English passage inside another language. Fewer than
# three are often a product or a field of a program, and need more; so do disguised ones.
ENGLISH_RUN, SHORT_ENGLISH_RUN, FEWEST_WORDS = 250, 350, 3
# As much evidence for English in Latin words between those of another script.
SCATTERED_ENGLISH = 500
# The evidence that a letter gives for the language of its script; if several share it, n-grams add to it.
ONLY_LANGUAGE, ONE_OF_SEVERAL, NONE_OF_THEM = 70, 50, 60
LONGEST_WORD_BYTES = 70
_APOSTROPHE = re.compile("[\u2019\u02bc]")
_LOWER_CASE = re.compile("[a-z]")
# `k1ll`: what is left without the digit is no word.
_DIGIT = re.compile("[0-9@$]")
# Catalan and Uzbek write words with such marks.
_SPACE_OR_MARK = re.compile("[ \t\n\r\u00a0\u3000\u00b7\u2018\u02bb]")
# Scripts that are written without spaces, so that Latin letters stand beside them. In others they are a disguise.
_BESIDE_LATIN = {"Hani", "ja", "ko", "th", "lo", "km", "my", "bo", "zh"}


class Word(NamedTuple):
    """A run of letters of one script, in lower case, with its place in the text.

    `doubtful`: it is no evidence against English, because it may be a name, or a part of a disguised word.
    """

    start: int
    end: int
    text: str
    script: str
    doubtful: bool


def scores(words: Iterable[Word]) -> dict[str, int]:
    """Return the evidence for each language. A word that is repeated is no further evidence."""
    totals: dict[str, int] = {}
    for text, script in dict.fromkeys((word.text, word.script) for word in words):
        for language, score in word_scores(text, script).items():
            totals[language] = totals.get(language, 0) + score
    return totals


@lru_cache(maxsize=10_000)  # most words are repeated
def word_scores(text: str, script: str) -> Mapping[str, int]:
    """Return the evidence of a word for each language of its script."""
    table = _table()
    if script == LATIN and len(text) == 1:
        return {}  # `k i l l`
    if script not in table.languages:
        return {script: ONLY_LANGUAGE * len(text)} if len(text) > 1 else {}
    scores: dict[str, int] = {}
    if script != LATIN and len(text) > 1:
        scores = dict.fromkeys(table.languages[script], ONE_OF_SEVERAL * len(text))
        scores[f"und-{script}"] = NONE_OF_THEM * len(text)
    for gram in dict.fromkeys(_grams(text)):
        entry = table.ngrams.get(gram, "")
        for letter, digit in zip(entry[::2], entry[1::2], strict=True):
            language = table.names[letter]
            scores[language] = scores.get(language, 0) + table.base + table.step * int(digit, 36)
    return scores


def _grams(word: str) -> Iterator[str]:
    """Yield every third n-gram of four bytes and the last one. A space marks the start and the end of the word."""
    encoded = word.encode().decode("latin-1")
    length = min(len(encoded), LONGEST_WORD_BYTES)
    for at in range(0, length - 4, 3):
        yield (" " if at == 0 else "") + encoded[at : at + 4]
    yield (" " if length < 5 else "") + encoded[max(length - 4, 0) :] + " "


def words_of(text: str, start: int, end: int, han: str) -> list[Word]:
    """Return the words of a part of a text. `han` is the language of Han characters in it."""
    table = _table()
    found: list[Word] = []
    shouted = not _LOWER_CASE.search(text, start, end)
    for match in table.word.finditer(text, start, end):
        word = match[0].lower()
        script = table.codes[bisect_right(table.starts, ord(match[0][0])) - 1]
        # Names in English texts are mostly ASCII.
        is_name = bool(found) and not shouted and word[0] != match[0][0] and word.isascii()
        is_part = bool(_DIGIT.search(text, max(match.start() - 1, start), min(match.end() + 1, end)))
        if not word.isascii():
            word = _APOSTROPHE.sub("'", unicodedata.normalize("NFC", word))
        is_next = bool(found) and found[-1].end == match.start() and not {found[-1].script, script} & _BESIDE_LATIN
        if is_next or (
            found and script == found[-1].script == LATIN and _is_inside(text, found[-1].end, match.start())
        ):
            found[-1] = found[-1]._replace(doubtful=True)
            is_part = True
        found.append(Word(match.start(), match.end(), word, script, is_name or is_part))
    return [word._replace(script=han) if word.script == "Hani" else word for word in found]


def english_run(words: list[Word], language: str, enough: int = ENGLISH_RUN) -> tuple[int, int] | None:
    """Return the first and last word of the run with the most evidence for English over this language, if enough.

    Words that are in no table, such as slang, belong to the run beside them.
    """
    best, first, last, total, start = 0, 0, 0, 0, 0
    for index, word in enumerate(words):
        found = word_scores(word.text, word.script)
        total += found.get(ENGLISH, 0) - found.get(language, 0)
        if total < 0 or word.script != LATIN:
            total, start = 0, index + 1
        elif total > best or (total == best > 0 and last == index - 1 and language not in found):
            best, first, last = total, start, index
    if last - first + 1 < FEWEST_WORDS:
        enough = max(enough, SHORT_ENGLISH_RUN)
    return (first, last) if best >= enough else None


def english_runs(words: list[Word], language: str) -> list[tuple[int, int]]:
    """Return the first and last word of every run of English words in a passage in another language.

    Words between those of another script hide English from an engine and not from readers, so they count together.
    Names do not: they are in texts of all languages.
    """
    latin = [index for index, word in enumerate(words) if word.script == LATIN]
    found = scores(words[index] for index in latin if not words[index].doubtful)
    if len(latin) < len(words) and found.get(ENGLISH, 0) - found.get(language, 0) >= SCATTERED_ENGLISH:
        ends = [index for index in latin if index + 1 not in latin]
        return list(zip([index for index in latin if index - 1 not in latin], ends, strict=True))
    runs: list[tuple[int, int]] = []
    at = 0
    while run := english_run(words[at:], language):
        runs.append((at + run[0], at + run[1]))
        at = runs[-1][1] + 1
    return runs


def _is_inside(text: str, start: int, end: int) -> bool:
    """Return whether signs without white space stand between two words: `wo.rds` is no two words."""
    return end > start and not _SPACE_OR_MARK.search(text, start, end)


def weight(script: str) -> int:
    """Return the number of Latin letters that a letter of this script is as certain as."""
    if script == LATIN:
        return 1
    return 3 if script in _table().languages else 4


def rank(language: str) -> int:
    """Return the place of a language among those of its script, the most used first."""
    return _table().ranks.get(language, 0)


@dataclass(frozen=True)
class _Table:
    """The table. `languages`: script → its languages; `names`: letter of the table → language; `codes`: of a range."""

    base: int
    step: int
    languages: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    ranks: Mapping[str, int]
    ngrams: Mapping[str, str]
    starts: tuple[int, ...]
    codes: tuple[str, ...]
    word: re.Pattern[str]


@lru_cache(maxsize=1)
def _table() -> _Table:
    content = json.loads((Path(__file__).parent / "language_table.json").read_text())
    classes: dict[str, str] = {}
    for first, last, code in content["scripts"]:
        classes[code] = classes.get(code, "") + f"{chr(first)}-{chr(last)}"
    latin = classes.pop("Latn")
    words = [f"[{latin}]+(?:['\u2019\u02bc][{latin}]+)*", *(f"[{letters}]+" for letters in classes.values())]
    return _Table(
        base=content["base"],
        step=content["step"],
        languages={script: tuple(letters.values()) for script, letters in content["languages"].items()},
        names={letter: name for letters in content["languages"].values() for letter, name in letters.items()},
        ranks={name: rank for letters in content["languages"].values() for rank, name in enumerate(letters.values())},
        ngrams=content["ngrams"],
        starts=tuple(first for first, _, _ in content["scripts"]),
        codes=tuple(code for _, _, code in content["scripts"]),
        word=re.compile("|".join(words)),
    )
