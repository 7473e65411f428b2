"""The launcher's stream on the terminal: short, prefixed with the part, colored where colors are wanted."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

from deploy.local.lines import Level, Line
from deploy.local.settings import inherited_environment

COLORS = {"dim": "2", "bold": "1", "warning": "33", "error": "31", "good": "32", "info": "36"}
# A part in trouble repeats itself: more than this in a second says nothing new, and the file has it all.
MOST_A_SECOND = 5
# Five lines of a wide terminal; the file has the rest.
LONGEST_WORDS = 600


class Terminal:
    """Writes lines; a terminal that has gone away (closed window, broken pipe) is no reason to stop."""

    def __init__(self, out: TextIO = sys.stdout, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._colored = out.isatty() and "NO_COLOR" not in inherited_environment()
        self._second = 0
        self._written: dict[str, int] = {}

    def say(self, words: str = "", color: str | None = None) -> None:
        """A line of the launcher's own."""
        try:
            print(self.paint(words, color) if color else words, file=self._out, flush=True)
        except OSError:
            self._out = open("/dev/null", "w")  # noqa: PTH123, SIM115 - for the rest of this process's life

    def relay(self, part: str, line: Line) -> None:
        """A part's line, if it is a warning or worse."""
        if line.level == "info":
            return
        now = int(self._clock())
        if now != self._second:
            self._second, self._written = now, {}
        count = self._written[part] = self._written.get(part, 0) + 1
        if count <= MOST_A_SECOND:
            self.tell(part, line.words, line.level)
        elif count == MOST_A_SECOND + 1:
            self.tell(part, f"… more in logs/{part}.log", line.level)

    def tell(self, part: str, words: str, level: Level = "info") -> None:
        """A line about a part."""
        clock = self.paint(time.strftime("%H:%M:%S"), "dim")
        # What a part says may hold what strangers sent: it must not be able to command the terminal.
        plain = "".join(letter if letter.isprintable() else " " for letter in words[:LONGEST_WORDS])
        self.say(f"{clock} {self.paint(f'{part:<10}', level)} {plain}")

    def paint(self, words: str, color: str) -> str:
        """The words in a color, where colors are shown."""
        return f"\033[{COLORS[color]}m{words}\033[0m" if self._colored else words
