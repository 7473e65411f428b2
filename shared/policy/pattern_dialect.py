"""The pattern dialect: a subset with the same meaning in Python's `re` (ASCII) and JavaScript's `RegExp` (`u`).

Literals, `[classes]`, `(?:groups)`, `|`, `?`, `{n}`, `{m,n}`, `\\b`, `\\d` and escaped punctuation; nothing else.
Patterns match normalized text, so letters are lower case, a space is the only white space, and no flag is needed.
Length, nesting, repeats and the number of paths through a pattern are bounded, so no pattern takes long to check, and
no text can cause excessive backtracking.

Policy stage: source. Other stages: compile and sign (`bundle`), activate (`bundle_store`), evaluate (`rule_matching`).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from shared.policy.normalize import normalize

# `{0,64}` spans several words; words that are further apart are unrelated.
MAX_REPEAT = 64
# Both far above any pattern that a person can read; without them, checking a pattern could take minutes.
MAX_LENGTH, MAX_DEPTH = 2000, 10
# Upper bound on the paths that a backtracking matcher tries at one position. 10,000 steps take about 0.1 ms.
MAX_PATHS = 10_000
# The characters that both JavaScript in `u` mode (ECMA-262, SyntaxCharacter and `/`) and Python can escape.
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
    """Bounds of a pattern: `shortest` match in code points, and the number of `paths` through it (an upper bound).

    `literal` is the only text that it matches, or None.
    """

    shortest: int
    paths: int
    literal: str | None = None


@lru_cache(maxsize=1024)  # the patterns of a few policies
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return the compiled pattern. Raises DialectError, with the position, for a pattern outside the dialect."""
    check_pattern(pattern)
    return re.compile(pattern, re.ASCII)


def check_pattern(pattern: str) -> MatchBounds:
    """Return the bounds of a pattern. Raises DialectError for a pattern outside the dialect."""
    if len(pattern) > MAX_LENGTH:
        raise DialectError(pattern, MAX_LENGTH, f"longer than {MAX_LENGTH} characters; make it several patterns")
    reader = _Reader(pattern)
    bounds = reader.alternatives()
    if reader.next:
        raise reader.error("a closing parenthesis without a group")
    if bounds.shortest == 0:
        raise DialectError(pattern, 0, "matches the empty text, so it would fire everywhere")
    return bounds


class _Reader:
    """A recursive-descent parser of one pattern. Each method leaves `position` after the part that it read."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self._depth = 0

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
        # Two fixed texts can match at the same position only if one starts with the other.
        overlapping = max((sum(text.startswith(start) for start in literals) for text in literals), default=0)
        others = sum(branch.paths for branch in branches if branch.literal is None)
        return self._bounded(MatchBounds(min(branch.shortest for branch in branches), overlapping + others))

    def sequence(self) -> MatchBounds:
        start = self.position
        bounds = MatchBounds(0, 1, "")
        while self.next not in ("", "|", ")"):
            piece = self.piece()
            fixed = None if None in (bounds.literal, piece.literal) else f"{bounds.literal}{piece.literal}"
            bounds = self._bounded(MatchBounds(bounds.shortest + piece.shortest, bounds.paths * piece.paths, fixed))
        if self.position == start:
            raise self.error("an empty alternative")
        return bounds

    def piece(self) -> MatchBounds:
        if self.pattern.startswith("\\b", self.position):
            self.position += 2
            return MatchBounds(0, 1, "")
        atom = self.atom()
        if self.next not in ("?", "{"):
            return atom
        if atom.shortest == 0:
            raise self.error("a repeat of a part that can be empty")
        minimum, maximum = self.repeat()
        if self.next in ("?", "+", "*", "{"):
            raise self.error("a repeat of a repeat")
        paths = 0
        for count in range(minimum, maximum + 1):
            paths = self._bounded(MatchBounds(0, paths + atom.paths**count)).paths
        return MatchBounds(atom.shortest * minimum, paths)

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
            raise self.error(f"{char!r} is not in the dialect; write \\{char} for the character")
        return MatchBounds(1, 1, self.literal())

    def group(self) -> MatchBounds:
        if not self.pattern.startswith("(?:", self.position):
            raise self.error("only (?:...) groups; no look-around and no captures")
        if self._depth == MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} groups in each other")
        self.position += 3
        self._depth += 1
        bounds = self.alternatives()
        self._depth -= 1
        if self.next != ")":
            raise self.error("a group is not closed")
        self.position += 1
        return bounds

    def repeat(self) -> tuple[int, int]:
        if self.next == "?":
            self.position += 1
            return 0, 1
        limits = re.compile(r"\{(\d{1,3})(?:,(\d{1,3}))?\}", re.ASCII).match(self.pattern, self.position)
        if limits is None:
            raise self.error("a repeat is {n} or {m,n}")
        minimum, maximum = int(limits[1]), int(limits[2] or limits[1])
        if not (minimum <= maximum and 1 <= maximum <= MAX_REPEAT):
            raise self.error(f"a repeat runs from low to high, at most {MAX_REPEAT}")
        self.position = limits.end()
        return minimum, maximum

    def char_class(self) -> MatchBounds:
        self.position += 1
        if self.next == "^":
            self.position += 1
        seen: set[str] = set()
        while self.next not in ("", "]"):
            first = self.member()
            if first in seen:
                raise self.error(f"{first!r} is in the class twice")
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
        """Read one member of a class: a character, or the two characters `\\d`."""
        if self.next == "\\":
            return self.escape(_SYNTAX + "-")
        if not self.next or self.next in "-[]^":
            raise self.error(f"{self.next!r} in a class needs a backslash")
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
            raise self.error(f"{char!r} never occurs in normalized text (lower case, no accents, plain spaces)")
        self.position += 1
        return char

    def _bounded(self, bounds: MatchBounds) -> MatchBounds:
        if bounds.paths > MAX_PATHS:
            raise self.error(f"more than {MAX_PATHS} paths through the pattern")
        return bounds
