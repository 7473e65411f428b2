"""The pattern dialect: what means exactly the same to Python's `re` (ASCII) and to JavaScript's `RegExp` (`u`).

Literals, `[classes]`, `(?:groups)`, `|`, `?`, `{n}`, `{m,n}`, `\\b`, `\\d` and escaped punctuation; nothing else.
Patterns read normalised text, so letters are lower case, a space is the only white space, and no flag is needed.
No unbounded repeats, and a bound on the ways through a pattern: no text can make a match explode.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from shared.policy.normalize import normalize

# `{0,64}` spans several words; longer gaps say nothing about what belongs together.
LONGEST_REPEAT = 64
# Upper bound on what a backtracking matcher can try at one position. 10,000 steps are about 0.1 ms.
MOST_PATHS = 10_000
# What JavaScript lets a pattern escape in `u` mode, and Python too (ECMA-262, SyntaxCharacter and `/`).
_SYNTAX = "^$\\.*+?()[]{}|/"


class DialectError(ValueError):
    """A pattern outside the dialect. `position` counts code points from 0."""

    def __init__(self, pattern: str, position: int, reason: str) -> None:
        self.pattern = pattern
        self.position = position
        self.reason = reason
        super().__init__(f"position {position}: {reason}")


@dataclass(frozen=True, slots=True)
class MatchBounds:
    """How much a pattern can match: `shortest` in code points, `paths` in ways through it (an upper bound).

    `literal` is the one text that it matches, where there is only one.
    """

    shortest: int
    paths: int
    literal: str | None = None


@lru_cache(maxsize=1024)  # every pattern of a few policies
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The compiled pattern. Raises DialectError, which names the position, for anything outside the dialect."""
    check_pattern(pattern)
    return re.compile(pattern, re.ASCII)


def check_pattern(pattern: str) -> MatchBounds:
    """The shape of a pattern. Raises DialectError for anything outside the dialect."""
    reader = _Reader(pattern)
    shape = reader.alternatives()
    if reader.next:
        raise reader.error("a group is closed that was not opened")
    if shape.shortest == 0:
        raise DialectError(pattern, 0, "matches the empty text, so it would fire everywhere")
    return shape


class _Reader:
    """Recursive descent over one pattern; every method leaves `position` after what it read."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0

    @property
    def next(self) -> str:
        return self.pattern[self.position : self.position + 1]

    def error(self, reason: str) -> DialectError:
        return DialectError(self.pattern, self.position, reason)

    def alternatives(self) -> MatchBounds:
        branches = [self.sequence()]
        while self.next == "|":
            self.position += 1
            branches.append(self.sequence())
        if len(branches) == 1:
            return branches[0]
        literals = [branch.literal for branch in branches if branch.literal is not None]
        # Of fixed texts only those can match at the same place of which one begins with the other.
        at_once = max((sum(text.startswith(start) for start in literals) for text in literals), default=0)
        others = sum(branch.paths for branch in branches if branch.literal is None)
        return self._bounded(MatchBounds(min(branch.shortest for branch in branches), at_once + others))

    def sequence(self) -> MatchBounds:
        start = self.position
        shape = MatchBounds(0, 1, "")
        while self.next not in ("", "|", ")"):
            piece = self.piece()
            fixed = None if None in (shape.literal, piece.literal) else f"{shape.literal}{piece.literal}"
            shape = self._bounded(MatchBounds(shape.shortest + piece.shortest, shape.paths * piece.paths, fixed))
        if self.position == start:
            raise self.error("an empty alternative")
        return shape

    def piece(self) -> MatchBounds:
        if self.pattern.startswith("\\b", self.position):
            self.position += 2
            return MatchBounds(0, 1, "")
        atom = self.atom()
        if self.next not in ("?", "{"):
            return atom
        if atom.shortest == 0:
            raise self.error("a repeat of what can be empty")
        fewest, most = self.repeat()
        if self.next in ("?", "+", "*", "{"):
            raise self.error("a repeat of a repeat")
        ways = 0
        for count in range(fewest, most + 1):
            ways = self._bounded(MatchBounds(0, ways + atom.paths**count)).paths
        return MatchBounds(atom.shortest * fewest, ways)

    def atom(self) -> MatchBounds:
        char = self.next
        if char == "(":
            return self.group()
        if char == "[":
            return self.char_class()
        if char == "\\":
            escaped = self.escape(_SYNTAX)
            return MatchBounds(1, 1, escaped if len(escaped) == 1 else None)
        if char in _SYNTAX.replace("/", ""):
            raise self.error(f"{char!r} is not in the dialect; as a character it is written \\{char}")
        return MatchBounds(1, 1, self.literal())

    def group(self) -> MatchBounds:
        if not self.pattern.startswith("(?:", self.position):
            raise self.error("only (?:...) groups; no look-around, no captures")
        self.position += 3
        shape = self.alternatives()
        if self.next != ")":
            raise self.error("a group is not closed")
        self.position += 1
        return shape

    def repeat(self) -> tuple[int, int]:
        if self.next == "?":
            self.position += 1
            return 0, 1
        bounds = re.compile(r"\{(\d{1,3})(?:,(\d{1,3}))?\}", re.ASCII).match(self.pattern, self.position)
        if bounds is None:
            raise self.error("a repeat is {n} or {m,n}")
        fewest, most = int(bounds[1]), int(bounds[2] or bounds[1])
        if not (fewest <= most and 1 <= most <= LONGEST_REPEAT):
            raise self.error(f"a repeat runs from low to high, at most {LONGEST_REPEAT}")
        self.position = bounds.end()
        return fewest, most

    def char_class(self) -> MatchBounds:
        self.position += 1
        if self.next == "^":
            self.position += 1
        seen: set[str] = set()
        while self.next not in ("", "]"):
            first = self.member()
            if first in seen:
                raise self.error(f"{first!r} is twice in the class")
            seen.add(first)
            if self.next == "-":
                self.position += 1
                last = self.member()
                if len(first + last) > 2 or not first < last:
                    raise self.error("a range runs from a lower to a higher character")
        if not self.next or not seen:
            raise self.error("a class is empty or not closed")
        self.position += 1
        return MatchBounds(1, 1)

    def member(self) -> str:
        """One member of a class: a character, or `\\d` as its two-character name."""
        if self.next == "\\":
            return self.escape(_SYNTAX + "-")
        if not self.next or self.next in "-[]^":
            raise self.error(f"{self.next!r} in a class is written with a backslash")
        return self.literal()

    def escape(self, allowed: str) -> str:
        escaped = self.pattern[self.position + 1 : self.position + 2]
        if not escaped or escaped not in allowed + "d":
            raise self.error(f"\\{escaped} is not in the dialect")
        self.position += 2
        return "\\d" if escaped == "d" else escaped

    def literal(self) -> str:
        char = self.next
        if char != " " and normalize(char).text != char:
            raise self.error(f"{char!r} never occurs in normalised text (lower case, no accents, plain spaces)")
        self.position += 1
        return char

    def _bounded(self, shape: MatchBounds) -> MatchBounds:
        if shape.paths > MOST_PATHS:
            raise self.error(f"more than {MOST_PATHS} ways through the pattern")
        return shape
