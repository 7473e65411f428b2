"""Plans which windows of a text an engine reads, and finds the strongest window of each score. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.content import Content
from shared.log.events import Reading, Span
from shared.policy import NORMALIZER_VERSION, ReadingLimit
from shared.policy.windows import IN_CONTEXT, SPACES, WINDOWS_VERSION, Window, in_context, windows

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """The windows to read, never none, and what will have been read of the text."""

    windows: tuple[Window, ...]
    reading: Reading
    whole: str | None  # the text as written, if one window holds it; the vector of that pass is the text's vector
    context: tuple[str, str] | None = None  # a short answer with what it answers, and that alone

    @property
    def forms(self) -> tuple[str, ...]:
        """The distinct texts that the model reads, in order."""
        of_windows = [form for window in self.windows for form in window.forms]
        return tuple(dict.fromkeys([*of_windows, *(self.context or ())]))

    @property
    def rows(self) -> int:
        """The number of score rows: the windows, and one for the context."""
        return len(self.windows) + (self.context is not None)

    @property
    def digest(self) -> str:
        """Identifies the windows of one text; it tells nothing about the text besides its sentences' lengths."""
        places = [(window.start, window.end) for window in self.windows]
        return hashlib.sha256(repr((WINDOWS_VERSION, NORMALIZER_VERSION, places)).encode()).hexdigest()[:16]

    def strongest(self, scores: NDArray[np.float32]) -> list[Span | None]:
        """Return the window with the highest of `scores` (rows, columns) for each column; None: the whole text."""
        return [self._mark(row) for row in scores.argmax(axis=0)]

    def scores(self, by_form: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the scores of the windows and of the context, shape (rows, columns), from those of the forms."""
        rows = [np.max([by_form[form] for form in window.forms], axis=0) for window in self.windows]
        if self.context:
            together, alone = (by_form[form] for form in self.context)
            rows.append(np.where(together >= IN_CONTEXT * alone, together, np.float32(0)))
        return np.stack(rows)

    def _mark(self, row: int) -> Span | None:
        if row == len(self.windows):
            return None
        window = self.windows[row]
        is_whole = window.end - window.start == self.reading.characters
        return None if is_whole else Span(start=window.start, end=window.end)


def plan(content: Content, limit: ReadingLimit | None, seed: str, answered: str = "") -> Plan:
    """Return what to read of a text. Beyond the limit, the beginning is read, or passages chosen by `seed`.

    `answered`: the text that a comment answers.
    """
    found, length = windows(content.title, content.body), len(content.text)
    chosen = found
    if limit is not None and length > limit.characters:
        if limit.beyond == "sample":
            chosen = _sample(found, len(content.title), limit.characters, seed)
        else:
            chosen = tuple(window for window in found if window.end <= limit.characters)
    unread = _gaps([(window.start, window.end) for window in chosen], length)
    read = length - sum(span.end - span.start for span in unread)
    readable = tuple(window for window in chosen if window.forms)
    # White space has no forms, and a model can only read something.
    readable = readable or (Window(0, length, (content.text,)),)
    written = content.text.strip(SPACES)
    is_one = any(window.end - window.start == length and window.forms[0] == written for window in readable)
    reading = Reading(characters=length, read=read, unread=unread)
    return Plan(readable, reading, written if is_one else None, in_context(answered, content.body))


def whole(length: int) -> Reading:
    """Return the reading of an engine that read everything."""
    return Reading(characters=length, read=length)


def nothing(length: int) -> Reading:
    """Return the reading of an engine that read nothing."""
    return Reading(characters=length, read=0, unread=tuple(_gaps([], length)))


def _sample(found: Sequence[Window], title_end: int, most: int, seed: str) -> tuple[Window, ...]:
    """Return the windows of the title and of passages by chance, as many as fit. Authors do not know the seed."""
    passages = list(_outermost(found))
    room, kept = most, [place for place in passages if place[0] < title_end]
    by_chance = [place for place in passages if place[0] >= title_end]
    for start, end in sorted(by_chance, key=lambda place: hashlib.sha256(f"{seed}.{place[0]}".encode()).digest()):
        if end - start <= room:
            room -= end - start
            kept.append((start, end))
    return tuple(w for w in found if any(start <= w.start and w.end <= end for start, end in kept))


def _outermost(found: Iterable[Window]) -> Iterable[Place]:
    """Yield the windows that no other window contains."""
    reached = 0
    for window in found:
        if window.end > reached:
            reached = window.end
            yield window.start, window.end


def _gaps(places: Iterable[Place], length: int) -> tuple[Span, ...]:
    """Return the passages of a text that no place covers."""
    gaps, reached = [], 0
    for start, end in sorted(places):
        if start > reached:
            gaps.append(Span(start=reached, end=start))
        reached = max(reached, end)
    if reached < length:
        gaps.append(Span(start=reached, end=length))
    return tuple(gaps)
