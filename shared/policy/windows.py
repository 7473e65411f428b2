"""Cuts a text into the windows that a model reads one at a time, so that it reads every character.

A model reads 256 tokens, and one harmful sentence is lost among many calm ones. So the text is cut on sentence bounds
into passages of at most 200 letters (about 50 tokens). Each begins with the last sentence of the one before, if there
is room for another. The title is also read alone. The measure is characters, not tokens, because the browser has to cut
without a tokenizer.
`client/src/policy/windows.ts` is the same algorithm, step by step; contract vectors keep the two equal.

Policy stage: evaluate. Other stages: source (`load`), compile and sign (`bundle`), activate (`bundle_store`).
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

from shared.policy.disguises import restored

# Incremented when the result changes for any text.
WINDOWS_VERSION = 3
# The largest cost of a window (see `_cost`). Measured with 200, 400 and whole texts at the same share of ordinary posts
# that are stopped: 200 finds as much in short texts, and most in long ones. Any script fits into 256 tokens with it.
MOST_COST = 200
# A longer sentence is cut into pieces of half, so that the next passage can begin with the last piece of one.
_PIECE = MOST_COST // 2
# A score of an answer in its context counts if it is this many times that of the context alone, so that nobody answers
# for the words of others.
IN_CONTEXT = 2
# A shorter sentence (in characters) says little, and is joined to the next.
_SHORTEST_SENTENCE = 24
# The tokenizer reads no word of more than 100 characters, so longer ones get a space.
_LONGEST_WORD = 80

SPACES = " \t\n\r\f\v\u00a0\u2028\u2029\u3000"
# A full stop before white space, a full stop of a script that needs none, a line break, and the end of a JSON string.
# Written out, because Python and browsers disagree on white space. A run of full stops is tried once, from its start:
# from every place in it would take quadratic time.
_BOUND = re.compile(
    f"(?<![.!?\u2026])[.!?\u2026]+[\"'\u2019\u201d)\\]}}\u00bb*_]*[{SPACES}]+"
    f"|[\u3002\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4]+[\"'\u2019\u201d)\u300d\u300f\uff09]*[{SPACES}]*"
    f"|[\n\r\u2028\u2029][{SPACES}]*"
    f'|"[ \t]*[:,}}\\]][{SPACES}]*'
)
# What is wrapped around words without changing them: fences of code, marks of quotations, tags, keys and marks of JSON,
# remarks in brackets, and the addresses behind sentences that are links of Markdown.
_WRAPPING = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"(?:^|\n)[ \t]*(?:```|~~~)[^\n]*", ""),
        (r"(^|\n)[ \t]*(?:>[ \t]?)+", r"\1"),
        (r"</?[A-Za-z!][^<>\n]{0,100}>", " "),
        (r'(?:"[ \t\n]*,|[{\[,])?[ \t\n]*"[A-Za-z0-9_ -]{1,40}"[ \t]*:[ \t]*"?', " "),
        (r'"[ \t\n]*(?:[,}\]][ \t\n]*)+', " "),
        (r"\[([^\[\]\n]{20,200})\]\([^()\n]{0,300}\)", r"\1"),
        (r"\[[^\[\]\n]{3,200}\](?![(\[:])", " "),
    )
)
_CHEAP = re.compile(f"[A-Za-z{SPACES}]")
_LONG_WORD = re.compile(f"[^{SPACES}]{{{_LONGEST_WORD}}}(?=[^{SPACES}])")


@dataclass(frozen=True, slots=True)
class Window:
    """A passage of `Content.text`, from code point `start` to `end` (exclusive), and the texts that a model reads.

    `forms` has the passage as written, and without wrapping and disguises if it has any; it is empty for white space.
    """

    start: int
    end: int
    forms: tuple[str, ...]


def windows(title: str, body: str) -> tuple[Window, ...]:
    """Return the windows of a text by start, the longer first. Every character is in one; an empty text has none."""
    text = f"{title}\n\n{body}" if title and body else title or body
    costs = _running_costs(text)
    sentences = list(pairwise([0, *_sentence_ends(text, costs)]))
    spans = set(_passages(sentences, costs, MOST_COST))
    if title and costs[len(title)] <= MOST_COST:
        spans.add((0, len(title)))
    ordered = sorted(spans, key=lambda span: (span[0], -span[1]))
    return tuple(Window(start, end, _forms(text[start:end])) for start, end in ordered)


def is_short_answer(body: str) -> bool:
    """Return whether an answer is read with what it answers: a longer one than half of a window says enough alone."""
    answer = body.strip(SPACES)
    return bool(answer) and _running_costs(answer)[-1] <= _PIECE


def in_context(answered: str, body: str) -> tuple[str, str] | None:
    """Return a short answer with the beginning of what it answers, and that beginning alone, as a model reads them.

    None if there is nothing before it, or if it is not a short answer.
    """
    beginning, answer = answered.strip(SPACES), body.strip(SPACES)
    if not beginning or not is_short_answer(body):
        return None
    costs = _running_costs(beginning)
    if costs[-1] > _PIECE:
        beginning = beginning[: _cut(beginning, 0, bisect_right(costs, _PIECE) - 1)].strip(SPACES)
    return _forms(f"{beginning}\n\n{answer}")[-1], _forms(beginning)[-1]


def parts(text: str, most: int) -> list[tuple[int, int]]:
    """Return start and end of the parts of a text for a reader of longer texts, none costlier than `most`.

    A part begins with the last sentence of the one before. A text that fits, or is empty, is one part.
    """
    costs = _running_costs(text)
    sentences = list(pairwise([0, *_sentence_ends(text, costs)]))
    return list(_passages(sentences, costs, most)) or [(0, 0)]


def _running_costs(text: str) -> list[int]:
    """Return the costs of the first 0, 1, 2 … characters."""
    return list(accumulate(map(_cost, text), initial=0))


def _cost(char: str) -> int:
    """Return the cost of a character, in proportion to the tokens that it may become."""
    if _CHEAP.match(char):
        return 1
    return 4 if "\uac00" <= char <= "\ud7a3" else 2  # the tokenizer takes the syllables of Hangul apart


def _sentence_ends(text: str, costs: list[int]) -> Iterator[int]:
    """Yield the end of every sentence, none of them costlier than `MOST_COST`."""
    start = 0
    bounds = [match.end() for match in _BOUND.finditer(text)]
    for bound in bounds if bounds[-1:] == [len(text)] else [*bounds, len(text)]:
        while costs[bound] - costs[start] > MOST_COST:
            start = _cut(text, start, bisect_right(costs, costs[start] + _PIECE) - 1)
            yield start
        if bound - start >= _SHORTEST_SENTENCE or (bound == len(text) and bound > start):
            start = bound
            yield start


def _cut(text: str, start: int, end: int) -> int:
    """Return the end of the last word of `text[start:end]`; `end` if the first half has no other."""
    for place in range(end, (start + end) // 2, -1):
        if text[place - 1] in SPACES:
            return place
    return end


def _passages(sentences: list[tuple[int, int]], costs: list[int], most: int) -> Iterator[tuple[int, int]]:
    """Yield the passages: as many sentences as fit, starting with the last sentence of the passage before."""

    def fits(first: int, last: int) -> bool:
        return costs[sentences[last][1]] - costs[sentences[first][0]] <= most

    first = 0
    while first < len(sentences):
        last = first
        while last + 1 < len(sentences) and fits(first, last + 1):
            last += 1
        yield sentences[first][0], sentences[last][1]
        if last + 1 == len(sentences):
            return
        first = last if last > first and fits(last, last + 1) else last + 1


def _forms(passage: str) -> tuple[str, ...]:
    written = passage.strip(SPACES)
    if not written:
        return ()
    bare = _unwrapped(written)
    plain = restored(bare) or bare
    return tuple(_LONG_WORD.sub("\\g<0> ", form) for form in ((written,) if plain == written else (written, plain)))


def _unwrapped(written: str) -> str:
    """Return a passage without what is wrapped around its words; the passage itself if nothing would be left."""
    bare = written
    for pattern, by in _WRAPPING:
        bare = pattern.sub(by, bare)
    return bare.strip(SPACES) or written
