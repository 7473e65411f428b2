"""The forms in which rules read a text: as it is, and as it reads once its disguises are taken off.

Look-alike letters, `k i l l`, `k1ll` and `kiiiill` are undone in forms of their own, beside the plain one. So nothing
that is written plainly can be misread because of them, and every form knows where it came from in the original.
`client/src/policy/disguises.ts` is the same algorithm, step by step.
"""

import re
from collections.abc import Iterator

from shared.policy.confusables import FOREIGN, STYLED, is_foreign
from shared.policy.normalize import Normalized

# What people put between the letters of one word.
_SEPARATORS = frozenset(" .-_*,/~·•")
# Two letters with something in between are initials; three are a word that was pulled apart.
_FEWEST_LETTERS = 3
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s"}
# These stand for i or for l: `k1ll` and `ki11`. Tried first: for l beside a vowel and for i elsewhere (both `None`).
_UPRIGHT = frozenset("1!|")
_UPRIGHTS = (None, "i", "l")
# They end sentences and divide columns far more often than they stand for a letter.
_ONLY_INSIDE = frozenset("!|")
_VOWELS = frozenset("aeiouy")
# From three on a letter is stretched. How many it stands for depends on the word: `kiiillll`, `freeee`, `kysss`.
_STRETCHED = 3
_KEPT = ((1, 2), (2, 2), (1, 1))  # (vowels, other letters)

# What most texts have none of, and then there is nothing to take off.
_STRETCH = re.compile(r"([a-z])\1\1")
_SUSPECT = re.compile(
    f"[{''.join(map(re.escape, (*FOREIGN, *STYLED)))}]|{_STRETCH.pattern}"
    r"|[a-z][0134578@$]|[0134578@$][a-z]|[a-z][!|]+[a-z]"
    r"|(?<![a-z0-9@$])[a-z0-9@$][ .\-_*,/~·•][a-z0-9@$][ .\-_*,/~·•][a-z0-9@$](?![a-z0-9@$])"
)

Piece = tuple[list[str], list[tuple[int, int]]]


def forms(plain: Normalized) -> tuple[Normalized, ...]:
    """The plain form, and every other one that the text has; most texts have one only, none more than ten."""
    found = {plain.text: plain}
    if not _SUSPECT.search(plain.text):
        return (plain,)
    bare = _joined(_latin((list(plain.text), list(plain.origins))))
    for read in {"".join(read[0]): read for read in (_letters_for_signs(bare, sign) for sign in _UPRIGHTS)}.values():
        stretched = _STRETCH.search("".join(read[0]))
        for vowels, others in _KEPT if stretched else _KEPT[:1]:
            chars, origins = _squeezed(read, vowels, others) if stretched else read
            text = "".join(chars)
            if text not in found:
                found[text] = Normalized(text, tuple(origins))
    return tuple(found.values())


def _latin(piece: Piece) -> Piece:
    """Look-alikes as the letters that they look like, except in words that are wholly of another script."""
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
    """Start and end of every run of letters and digits that has a look-alike in it."""
    start, disguised = 0, False
    for index, char in enumerate([*chars, " "]):
        if _is_sign(char) or char in STYLED or is_foreign(char):
            disguised = disguised or char in STYLED or char in FOREIGN
        else:
            if disguised:
                yield start, index
            start, disguised = index + 1, False


def _joined(piece: Piece) -> Piece:
    """Single letters with the same thing between each two of them, as one word; the wider gaps part words."""
    chars, origins = piece
    kept: list[int] = []
    index = 0
    while index < len(chars):
        end = _spelled(chars, index)
        letters, gaps = range(index, end + 1, 2), range(index + 1, end, 2)
        if len(letters) >= _FEWEST_LETTERS and sum(_is_letter(chars[place]) for place in letters) > 1:
            width = {place: origins[place][1] - origins[place][0] for place in gaps}
            narrow = min(width.values())
            kept.extend(place for place in range(index, end + 1) if width.get(place, 0) != narrow)
            index = end + 1
        else:
            kept.append(index)
            index += 1
    return [chars[place] for place in kept], [origins[place] for place in kept]


def _spelled(chars: list[str], start: int) -> int:
    """The place of the last letter of what is spelled out from `start` on; `start` where nothing is."""
    if not _is_token(chars[start]) or (start > 0 and _is_token(chars[start - 1])):
        return start
    end = start
    while end + 2 < len(chars) and chars[end + 1] in _SEPARATORS and _is_token(chars[end + 2]):
        if chars[end + 1] != chars[start + 1] or (end + 3 < len(chars) and _is_token(chars[end + 3])):
            break
        end += 2
    return end


def _letters_for_signs(piece: Piece, upright: str | None) -> Piece:
    """Digits and signs beside letters as the letters that they stand for."""
    chars, origins = piece
    result = list(chars)
    start = 0
    while start < len(chars):
        end = start
        while end < len(chars) and (chars[end] in _LEET or chars[end] in _UPRIGHT):
            end += 1
        before = start > 0 and _is_letter(chars[start - 1])
        behind = end < len(chars) and _is_letter(chars[end])
        around = {chars[start - 1] if before else "", chars[end] if behind else ""}
        straight = upright or ("l" if around & _VOWELS else "i")
        for index in range(start, end):
            char = chars[index]
            if (before and behind) or ((before or behind) and char not in _ONLY_INSIDE):
                result[index] = straight if char in _UPRIGHT else _LEET[char]
        start = end + 1
    return result, origins


def _squeezed(piece: Piece, vowels: int, others: int) -> Piece:
    """Stretched letters as one or two of them."""
    chars, origins = piece
    kept: list[str] = []
    kept_origins: list[tuple[int, int]] = []
    start = 0
    while start < len(chars):
        char, end = chars[start], start + 1
        while end < len(chars) and chars[end] == char:
            end += 1
        most = end - start
        if most >= _STRETCHED and _is_letter(char):
            most = vowels if char in _VOWELS else others
        kept.extend([char] * most)
        kept_origins.extend(origins[start : start + most - 1])
        kept_origins.append((origins[start + most - 1][0], origins[end - 1][1]))
        start = end
    return kept, kept_origins


def _is_letter(char: str) -> bool:
    return "a" <= char <= "z"


def _is_sign(char: str) -> bool:
    return "a" <= char <= "z" or "0" <= char <= "9"


def _is_token(char: str) -> bool:
    return _is_sign(char) or char in "@$"
