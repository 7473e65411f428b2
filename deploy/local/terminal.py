"""What the launcher prints: messages, relayed log lines, and the progress of a start and a stop."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

from deploy.installation.settings import LOOPBACK, LauncherSettings, inherited_environment
from deploy.local.log_formatting import Level, LogLine
from deploy.local.process_specs import BROKER
from deploy.local.readiness import Readiness

COLORS = {"dim": "2", "bold": "1", "warning": "33", "error": "31", "good": "32", "info": "36"}
# A part in trouble repeats itself: more than this in a second says nothing new, and the file has it all.
MAX_LINES_PER_SECOND = 5
# Five lines of a wide terminal; the file has the rest.
MAX_LENGTH = 600
# A start that takes longer than this says what it is waiting for, and again after as long.
REPORT_WAITING_EVERY_S = 10.0


class Terminal:
    """Writes lines; a terminal that has gone away (closed window, broken pipe) is no reason to stop."""

    def __init__(self, out: TextIO = sys.stdout, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._colored = out.isatty() and "NO_COLOR" not in inherited_environment()
        self._second = 0
        self._written: dict[str, int] = {}

    def write(self, words: str = "", color: str | None = None) -> None:
        """A line of the launcher's own."""
        try:
            print(self.paint(words, color) if color else words, file=self._out, flush=True)
        except OSError:
            self._out = open("/dev/null", "w")  # noqa: PTH123, SIM115 - for the rest of this process's life

    def relay(self, part: str, line: LogLine) -> None:
        """A part's line, if it is a warning or worse."""
        if line.level == "info":
            return
        now = int(self._clock())
        if now != self._second:
            self._second, self._written = now, {}
        count = self._written[part] = self._written.get(part, 0) + 1
        if count <= MAX_LINES_PER_SECOND:
            self.write_about(part, line.text, line.level)
        elif count == MAX_LINES_PER_SECOND + 1:
            self.write_about(part, f"… more in logs/{part}.log", line.level)

    def write_about(self, part: str, words: str, level: Level = "info") -> None:
        """A line about a part."""
        clock = self.paint(time.strftime("%H:%M:%S"), "dim")
        # What a part says may hold what strangers sent: it must not be able to command the terminal.
        plain = "".join(letter if letter.isprintable() else " " for letter in words[:MAX_LENGTH])
        self.write(f"{clock} {self.paint(f'{part:<10}', level)} {plain}")

    def paint(self, words: str, color: str) -> str:
        """The words in a color, where colors are shown."""
        return f"\033[{COLORS[color]}m{words}\033[0m" if self._colored else words


class StartReporter:
    """Remembers what was said already, and when the start began."""

    def __init__(self, settings: LauncherSettings, terminal: Terminal) -> None:
        self._settings = settings
        self._terminal = terminal
        self._began = self._last_written = time.monotonic()
        self._reported: set[str] = set()

    def provisioned(self, changes: list[str]) -> None:
        """The broker runs what is declared."""
        how = f"made or changed: {len(changes)}" if changes else "as declared"
        self._reported.add(BROKER)
        self._report(BROKER, f"ready, streams and buckets {how}")

    def progress(self, readiness: Readiness) -> None:
        """Each part once, when it becomes ready; what is missing, when it takes long."""
        for name, part in readiness.parts.items():
            if part.ok and name not in self._reported:
                self._reported.add(name)
                self._report(name, "ready")
        if time.monotonic() - self._last_written > REPORT_WAITING_EVERY_S:
            missing = [f"{name} ({part.why})" for name, part in readiness.parts.items() if not part.ok]
            self._report("waiting", f"for {', '.join(missing) or 'the gateway'}")

    def ready(self, readiness: Readiness) -> None:
        """Where it is, and what to do next."""
        self.progress(readiness)
        paint, write = self._terminal.paint, self._terminal.write
        write()
        write(f"Ready after {time.monotonic() - self._began:.1f} s:  {paint(self._settings.url, 'good')}")
        write()
        write("  Open it and sign up. In another terminal:")
        write("    .venv/bin/ottit demo                 fills it with a few posts to look at")
        write("    .venv/bin/ottit admin create NAME    makes the first administrator")
        write("    .venv/bin/ottit status               parts, memory, what waits")
        write(f"  Logs are in {self._settings.data / 'logs'}. Ctrl-C stops everything.")
        if self._settings.host not in (LOOPBACK, "localhost", "::1"):
            write(paint(f"  It listens on {self._settings.host}: others can reach it, without encryption.", "warning"))
        write()

    def stopping(self) -> None:
        """The end begins."""
        self._began = time.monotonic()
        self._terminal.write("\nStopping: services first, the broker last …")

    def stopped(self) -> None:
        """Nothing runs any more."""
        self._terminal.write(f"Stopped after {time.monotonic() - self._began:.1f} s. `make up` continues where it was.")

    def _report(self, name: str, words: str) -> None:
        self._last_written = time.monotonic()
        self._terminal.write_about(name, f"{words} ({self._last_written - self._began:.1f} s)")
