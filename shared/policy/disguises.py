"""The forms of a text in which rules search, the plain form and forms with disguised words restored; and a model's.

Look-alike letters, `k i l l`, `k1ll` and `kiiiill` are restored in separate forms, so that plain text is never misread
because of them. Every form maps its characters to positions in the original.
`client/src/policy/disguises.ts` is the same algorithm, step by step.

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

import re
import unicodedata
from collections.abc import Iterator

from shared.policy.confusables import FOREIGN, STYLED, is_foreign
from shared.policy.normalize import Normalized, normalize

# Signs inside of words that no spelling has: a few marks, symbols and pictures. Dashes, quotation marks and strokes are
# not among them, nor what programs have between names.
_INSERTED = (
    "*^~+\\\\\u00a1-\u00a9\u00ab-\u00b6\u00b8\u00b9\u00bb-\u00bf\u00d7\u00f7\u2020-\u2025\u2030-\u205e\u2190-\u2e7f"
    "\U0001f000-\U0001f0ff\U0001f200-\U0001faff"
)
_IS_INSERTED = re.compile(f"[{_INSERTED}]")
_MOST_INSERTED = 3
_HAS_INSERTED = re.compile(f"[a-z][{_INSERTED}]{{1,{_MOST_INSERTED}}}[a-z]")
# One sign of spelling inside of a word. Three such words in one passage are taken for one disguise.
_DIVIDED = re.compile(r"(?<![a-z0-9@./:_\-])([a-z]+)(?:[.\-_]|__)([a-z]+)(?![a-z0-9@/:_\-]|\.[a-z])")
_MIN_DIVIDED = 3
# Two separated letters are initials; three are a spelled-out word.
_MIN_LETTERS = 3
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s"}
# These stand for i or l: `k1ll` and `ki11`. `None` is tried first: l beside a vowel, else i.
_UPRIGHT = frozenset("1!|")
_UPRIGHTS = (None, "i", "l")
# These end sentences and separate columns far more often than they stand for a letter.
_ONLY_INSIDE = frozenset("!|")
_VOWELS = frozenset("aeiouy")
# Three equal letters or more are stretched. The original count depends on the word: `kiiillll`, `freeee`, `kysss`.
_STRETCHED = 3
_REDUCED_COUNTS = ((1, 2), (2, 2), (1, 1))  # (vowels, other letters)

# Letters one by one, with anything between them, and signs inside of a word.
_SPELLED_OR_INSERTED = (
    r"(?<![a-z0-9@$])[a-z0-9@$][^a-z0-9@$][a-z0-9@$][^a-z0-9@$][a-z0-9@$](?![a-z0-9@$])"
    f"|{_HAS_INSERTED.pattern}"
)
# Signs of a disguise. Most texts have none, and then only the plain form is needed.
_STRETCH = re.compile(r"([a-z])\1\1")
_SUSPECT = re.compile(
    f"[{''.join(map(re.escape, (*FOREIGN, *STYLED)))}]|{_STRETCH.pattern}"
    r"|[a-z][0134578@$]|[0134578@$][a-z]|[a-z][!|]+[a-z]"
    f"|{_SPELLED_OR_INSERTED}"
)
# Disguises that a model does not see through: signs inside of a word, not beside it as in `mp3` and `10am`.
_UNREADABLE = re.compile(
    f"[{''.join(map(re.escape, (*FOREIGN, *STYLED)))}]|(?!www\\.){_STRETCH.pattern}|[a-z][0134578@$!|]+[a-z]"
    f"|{_SPELLED_OR_INSERTED}"
)
_BEYOND_ASCII = re.compile("[\u0080-\U0010ffff]")
_LATIN_LETTER = re.compile("[a-z]")
# Fillers of Hangul and marks around letters, which are characters of their own to a tokenizer.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u0488\u0489\u1abe\u20dd\u20de\u20df\u20e0\u20e2\u20e4")

Piece = tuple[list[str], list[tuple[int, int]]]


def forms(plain: Normalized) -> tuple[Normalized, ...]:
    """Return the plain form and all restored forms. Most texts have only the plain form, none more than 19."""
    by_text = {plain.text: plain}
    if not _SUSPECT.search(plain.text):
        return (plain,)
    latin = _latin((list(plain.text), list(plain.origins)))
    pieces = (latin, _without_inserted(latin)) if _HAS_INSERTED.search("".join(latin[0])) else (latin,)
    for bare in map(_joined, pieces):
        readings = {"".join(form[0]): form for form in (_letters_for_signs(bare, sign) for sign in _UPRIGHTS)}
        for form in readings.values():
            stretched = _STRETCH.search("".join(form[0]))
            for vowels, others in _REDUCED_COUNTS if stretched else _REDUCED_COUNTS[:1]:
                chars, origins = _squeezed(form, vowels, others) if stretched else form
                text = "".join(chars)
                if text not in by_text:
                    by_text[text] = Normalized(text, tuple(origins))
    return tuple(by_text.values())


def restored(text: str) -> str | None:
    """Return the text without disguises, as a model should read it too; None if a model reads it as it is written.

    Unlike rules, a model reads one restored form, the most likely one, because every form costs a pass. Its tokenizer
    sees through case, accents and invisible characters.
    """
    plain = normalize(text)
    found = plain.text
    if _UNREADABLE.search(found):
        latin = _joined(_without_inserted(_latin((list(found), list(plain.origins)))))
        found = "".join(_squeezed(_letters_for_signs(latin, _UPRIGHTS[0]), *_REDUCED_COUNTS[0])[0])
    if len(_DIVIDED.findall(found)) >= _MIN_DIVIDED:
        found = _DIVIDED.sub(r"\1\2", found)
    if found != plain.text:
        return found
    return plain.text if any(map(_is_styled, _BEYOND_ASCII.findall(text))) else None


def _is_styled(char: str) -> bool:
    """Return whether a character stands for a Latin letter (`ｋ`, `𝐤`, `ⓚ`), or fills the place of one."""
    compatible = unicodedata.normalize("NFKD", char)
    if compatible != unicodedata.normalize("NFD", char) and _LATIN_LETTER.search(compatible.lower()):
        return True
    return char in _FILLERS


def _latin(piece: Piece) -> Piece:
    """Replace look-alikes by Latin letters, except in words entirely in another script."""
    chars, origins = piece
    result = list(chars)
    for start, end in _words(chars):
        word = chars[start:end]
        mixed = any(_is_letter(char) or char in STYLED for char in word)
        foreign = mixed or all(char in FOREIGN or not is_foreign(char) for char in word)
        for index in range(start, end):
            char = chars[index]
            result[index] = STYLED.get(char) or (FOREIGN.get(char, char) if foreign else char)
    return result, origins


def _words(chars: list[str]) -> Iterator[tuple[int, int]]:
    """Yield start and end of every run of letters and digits that contains a look-alike."""
    start, disguised = 0, False
    for index, char in enumerate([*chars, " "]):
        if _is_sign(char) or char in STYLED or is_foreign(char):
            disguised = disguised or char in STYLED or char in FOREIGN
        else:
            if disguised:
                yield start, index
            start, disguised = index + 1, False


def _without_inserted(piece: Piece) -> Piece:
    """Remove signs that stand inside of words."""
    chars, origins = piece
    kept: list[int] = []
    index = 0
    while index < len(chars):
        end = index
        while end < len(chars) and _IS_INSERTED.match(chars[end]):
            end += 1
        is_inside = index > 0 and end < len(chars) and _is_letter(chars[index - 1]) and _is_letter(chars[end])
        if not (is_inside and index < end <= index + _MOST_INSERTED):
            kept.extend(range(index, max(end, index + 1)))
        index = max(end, index + 1)
    return [chars[place] for place in kept], [origins[place] for place in kept]


def _joined(piece: Piece) -> Piece:
    """Join single letters that have the same separator between them to one word; wider gaps separate words."""
    chars, origins = piece
    kept: list[int] = []
    index = 0
    while index < len(chars):
        end = _spelled(chars, index)
        letters, gaps = range(index, end + 1, 2), range(index + 1, end, 2)
        if len(letters) >= _MIN_LETTERS and sum(_is_letter(chars[place]) for place in letters) > 1:
            width = {place: origins[place][1] - origins[place][0] for place in gaps}
            narrow = min(width.values())
            kept.extend(place for place in range(index, end + 1) if width.get(place, 0) != narrow)
            index = end + 1
        else:
            # Digits and signs without two letters are no word, and no part of them is one: only its end may begin one.
            following = max(end, index + 1)
            kept.extend(range(index, following))
            index = following
    return [chars[place] for place in kept], [origins[place] for place in kept]


def _spelled(chars: list[str], start: int) -> int:
    """Return the position of the last letter of a word spelled out from `start`; `start` if there is none."""
    if not _is_token(chars[start]) or (start > 0 and _is_token(chars[start - 1])):
        return start
    end = start
    while end + 2 < len(chars) and not _is_token(chars[end + 1]) and _is_token(chars[end + 2]):
        if chars[end + 1] != chars[start + 1] or (end + 3 < len(chars) and _is_token(chars[end + 3])):
            break
        end += 2
    return end


def _letters_for_signs(piece: Piece, upright: str | None) -> Piece:
    """Replace digits and signs beside letters by the letters that they stand for."""
    chars, origins = piece
    result = list(chars)
    start = 0
    while start < len(chars):
        end = start
        while end < len(chars) and (chars[end] in _LEET or chars[end] in _UPRIGHT):
            end += 1
        before = start > 0 and _is_letter(chars[start - 1])
        after = end < len(chars) and _is_letter(chars[end])
        around = {chars[start - 1] if before else "", chars[end] if after else ""}
        letter = upright or ("l" if around & _VOWELS else "i")
        for index in range(start, end):
            char = chars[index]
            if (before and after) or ((before or after) and char not in _ONLY_INSIDE):
                result[index] = letter if char in _UPRIGHT else _LEET[char]
        start = end + 1
    return result, origins


def _squeezed(piece: Piece, vowels: int, others: int) -> Piece:
    """Reduce stretched letters to one or two."""
    chars, origins = piece
    kept: list[str] = []
    kept_origins: list[tuple[int, int]] = []
    start = 0
    while start < len(chars):
        char, end = chars[start], start + 1
        while end < len(chars) and chars[end] == char:
            end += 1
        count = end - start
        if count >= _STRETCHED and _is_letter(char):
            count = vowels if char in _VOWELS else others
        kept.extend([char] * count)
        kept_origins.extend(origins[start : start + count - 1])
        kept_origins.append((origins[start + count - 1][0], origins[end - 1][1]))
        start = end
    return kept, kept_origins


def _is_letter(char: str) -> bool:
    return "a" <= char <= "z"


def _is_sign(char: str) -> bool:
    return "a" <= char <= "z" or "0" <= char <= "9"


def _is_token(char: str) -> bool:
    return _is_sign(char) or char in "@$"
