"""Splits texts into the words that search compares. Pure, and the same on servers and devices.

`client/src/platform/local-index/search-words.ts` is the same algorithm; the vectors in
`tests/contract/search-words.json` keep the two equal. Unicode normal forms: https://www.unicode.org/reports/tr15/

| writing | becomes |
|---|---|
| full width, ligatures, case, other digits | plain forms, by compatibility decomposition and lower case |
| Latin, Greek and Cyrillic accents, Vietnamese tones, dotted and dotless i, ß, ø, đ | base letters; й stays a letter |
| ä, ö, ü | a, o, u, and in a second spelling ae, oe, ue: `München` is found by `munchen` and by `muenchen` |
| Hebrew and Arabic points, tatweel, nukta, joiners, direction marks | nothing |
| variants of alef, yeh, kaf and heh | one letter |
| Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese | overlapping pairs of characters: spaces do not part words |
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

# Scripts without spaces between words, and Hangul, where particles are written onto a word.
_HAN_AND_HANGUL = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U000323af"
_UNSPACED = (
    f"{_HAN_AND_HANGUL}\u3031-\u3035\u303b\u303c\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3105-\u312f\u31f0-\u31ff\u1100-\u11ff\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0edf\u1000-\u109f\uaa60-\uaa7f\u1780-\u17df"
)
# Zero of every other script's digits.
_ZEROS = "\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u0f20\u1040\u17e0"
# Invisible characters, accents, points of Hebrew and Arabic, nuktas, tatweel, and the dot between katakana words.
_DROPPED = re.compile(
    "[\u00ad\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff"
    "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u061c\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4"
    "\u06e7\u06e8\u06ea-\u06ed\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc\u30fb]"
)
_LETTERS = str.maketrans(
    {
        **{"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i"},
        **{"ς": "σ", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه"},
        **{chr(ord(zero) + digit): str(digit) for zero in _ZEROS for digit in range(10)},
    }
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})
# No word, so that no phrase goes on from one list of words to the next.
SEPARATOR = "\n"
_UMLAUT = re.compile("[äöüÄÖÜ]")


def _category_ranges(initial: str) -> str:
    """Return the characters whose Unicode category begins with a letter, as ranges of a character class."""
    ranges: list[tuple[int, int]] = []
    for code in range(0x300, 0x1FFFF):
        if unicodedata.category(chr(code))[0] == initial:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1] = (ranges[-1][0], code)
            else:
                ranges.append((code, code))
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


_MARKS = _category_ranges("M")
_WORD = re.compile(f"(?:[^\\W_]|[{_MARKS}])+")
# A run of an unspaced script with its marks, or letters of others.
_RUN = re.compile(f"[{_UNSPACED}][{_UNSPACED}{_MARKS}]*|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_CHARACTER = re.compile(f".[{_MARKS}]*")
_LETTER = re.compile(f"[{_UNSPACED}][{_MARKS}]*")
_IS_HAN_OR_HANGUL = re.compile(f"[{_HAN_AND_HANGUL}]")
# Sorting longer sequences of marks takes long, and they are not text.
_MANY_MARKS = re.compile(f"([{_MARKS}]{{32}})[{_MARKS}]+")
# A word of this many letters may be a compound. Parts have at least 4 letters, and what is left has at least 3.
_COMPOUND, _PART, _REST = range(10, 41), 4, 3
# Words that Arabic and Hebrew write onto the next one: and, the, in, to, like, from, that.
_WRITTEN_ON = re.compile("(?:[وف]?(?:[بك]?ال|لل)|[وفبكل])(?=[\u0621-\u064a]{3})|[ושהבלכמ](?=[\u05d0-\u05ea]{3})")


# A phrase in its spellings, each a row of words.
Phrase = tuple[tuple[str, ...], ...]


def fold(text: str) -> str:
    """Return the plain form of a text, without case, accents and variants of letters."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", _MANY_MARKS.sub(r"\1", text))
    letters = re.sub("([иИ])\u0306", lambda found: "й" if found[1] == "и" else "Й", decomposed)
    return unicodedata.normalize("NFC", _DROPPED.sub("", letters).lower().translate(_LETTERS))


def words_of(text: str) -> list[str]:
    """Return the words in their order; of an unspaced script, each pair of neighbouring characters."""
    return [word for run in _runs(text) for word in (_pairs(run) if _IS_UNSPACED.match(run) else [run])]


def characters_of(text: str) -> list[str]:
    """Return the Chinese characters and Korean syllables of the text, each once, sorted: some are whole words."""
    return sorted(set(_IS_HAN_OR_HANGUL.findall(fold(text))))


def spellings(text: str) -> list[str]:
    """Return the text, and with umlauts its second spelling with ae, oe and ue."""
    composed = text if text.isascii() else unicodedata.normalize("NFC", text)
    return [text, composed.translate(_UMLAUTS)] if _UMLAUT.search(composed) else [text]


def searched_words(text: str) -> list[str]:
    """Return the words of every spelling in their order, and the single characters, with separators between them."""
    listed = [*map(words_of, spellings(text)), characters_of(text)]
    return [word for words in listed if words for word in (*words, SEPARATOR)][:-1]


def literal_phrases(query: str, *, quoted: bool = False) -> list[Phrase]:
    """Return the phrases that a text must all contain to match the query word for word.

    A query with unspaced scripts is taken apart at its spaces, unless it was quoted: its writer typed them only to
    separate words.
    """
    parts = query.split() if not quoted and _IS_UNSPACED.search(fold(query)) else [query]
    phrases = [spelled for part in parts for spelled in _spelled_phrases(part)]
    # A single letter of kana or Thai is a particle: in a text it is stored in pairs with its neighbours.
    return [phrase for phrase in phrases if not _is_single_letter(phrase)] or phrases


def parts_of(word: str) -> list[str]:
    """Return the beginnings and ends of a long word, which may be a compound, or a word without what it begins with."""
    if _IS_UNSPACED.match(word):
        return []
    if written_on := _WRITTEN_ON.match(word):
        return [word[written_on.end() :]]
    if len(word) not in _COMPOUND:
        return []
    lengths = range(_PART, len(word) - _REST + 1)
    return list(dict.fromkeys([*(word[:length] for length in lengths), *(word[-length:] for length in lengths)]))


def is_character(word: str) -> bool:
    """Return whether the word is a single Chinese character or Korean syllable."""
    return len(word) == 1 and bool(_IS_HAN_OR_HANGUL.match(word))


def _is_single_letter(phrase: Phrase) -> bool:
    (word, *others), *_ = phrase
    return not others and bool(_LETTER.fullmatch(word)) and not is_character(word)


def _runs(text: str) -> Iterator[str]:
    for word in _WORD.findall(fold(text)):
        yield from _RUN.findall(word)


def _pairs(run: str) -> list[str]:
    characters = _CHARACTER.findall(run)
    return [first + second for first, second in pairwise(characters)] or characters


def _spelled_phrases(text: str) -> list[Phrase]:
    spelled = [_phrases(spelling) for spelling in spellings(text)]
    return [tuple(dict.fromkeys(phrases)) for phrases in zip(*spelled, strict=True)]


def _phrases(text: str) -> list[tuple[str, ...]]:
    """Return the words as one phrase. A single character among other words is a phrase of its own.

    In a text it may have a neighbour that the query does not have, and is then stored in a pair with it.
    """
    runs, phrases = list(_runs(text)), [list[str]()]
    for run in runs:
        if len(runs) > 1 and is_character(run):
            phrases += [[run], []]
        else:
            phrases[-1] += _pairs(run) if _IS_UNSPACED.match(run) else [run]
    return [tuple(phrase) for phrase in phrases if phrase]
