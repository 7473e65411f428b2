"""The launcher's output: messages, relayed log lines, and the progress of a start and a stop."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

from deploy.installation.settings import LOOPBACK, LauncherSettings, inherited_environment
from deploy.local.log_formatting import Level, LogLine
from deploy.local.process_specs import BROKER
from deploy.local.readiness import Readiness
from shared.telemetry.printable import one_line

COLORS = {"dim": "2", "bold": "1", "warning": "33", "error": "31", "good": "32", "info": "36"}
# A failing process repeats itself: more lines per second add nothing, and the log file has them all.
MAX_LINES_PER_SECOND = 5
# Characters: five lines of a wide terminal; the log file has the rest.
MAX_LENGTH = 600
# Seconds between reports of what a slow start is waiting for.
REPORT_WAITING_EVERY_S = 10.0


class Terminal:
    """Writes lines to the terminal. A closed terminal (window closed, broken pipe) does not stop the launcher."""

    def __init__(self, out: TextIO = sys.stdout, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._colored = out.isatty() and "NO_COLOR" not in inherited_environment()
        self._second = 0
        self._written: dict[str, int] = {}

    def write(self, text: str = "", color: str | None = None) -> None:
        """Write a line."""
        try:
            print(self.paint(text, color) if color else text, file=self._out, flush=True)
        except OSError:
            self._out = open("/dev/null", "w")  # noqa: PTH123, SIM115 - for the rest of this process's life

    def relay(self, name: str, line: LogLine) -> None:
        """Write a line of a process's log if it is a warning or an error."""
        if line.level == "info":
            return
        now = int(self._clock())
        if now != self._second:
            self._second, self._written = now, {}
        count = self._written[name] = self._written.get(name, 0) + 1
        if count <= MAX_LINES_PER_SECOND:
            self.write_about(name, line.text, line.level)
        elif count == MAX_LINES_PER_SECOND + 1:
            self.write_about(name, f"… more in logs/{name}.log", line.level)

    def write_about(self, name: str, text: str, level: Level = "info") -> None:
        """Write a line about a process."""
        clock = self.paint(time.strftime("%H:%M:%S"), "dim")
        # Log lines may contain text from outside: it must not send control codes to the terminal.
        self.write(f"{clock} {self.paint(f'{name:<10}', level)} {one_line(text[:MAX_LENGTH])}")

    def paint(self, text: str, color: str) -> str:
        """Color a text if the terminal shows colors."""
        return f"\033[{COLORS[color]}m{text}\033[0m" if self._colored else text


class StartReporter:
    """Reports the progress of a start and of a stop, each process once."""

    def __init__(self, settings: LauncherSettings, terminal: Terminal) -> None:
        self._settings = settings
        self._terminal = terminal
        self._began = self._last_written = time.monotonic()
        self._reported: set[str] = set()

    def provisioned(self, changes: list[str]) -> None:
        """Report that the broker is ready and provisioned."""
        how = f"{len(changes)} created or changed" if changes else "up to date"
        self._reported.add(BROKER)
        self._report(BROKER, f"ready; streams and buckets: {how}")

    def progress(self, readiness: Readiness) -> None:
        """Report each service when it becomes ready, and what is missing if the start takes long."""
        for name, part in readiness.parts.items():
            if part.ok and name not in self._reported:
                self._reported.add(name)
                self._report(name, "ready")
        if time.monotonic() - self._last_written > REPORT_WAITING_EVERY_S:
            missing = [f"{name} ({part.reason})" for name, part in readiness.parts.items() if not part.ok]
            self._report("waiting", f"for {', '.join(missing) or 'the gateway'}")

    def ready(self, readiness: Readiness) -> None:
        """Report the URL and the next steps."""
        self.progress(readiness)
        paint, write = self._terminal.paint, self._terminal.write
        write()
        write(f"Ready after {time.monotonic() - self._began:.1f} s:  {paint(self._settings.url, 'good')}")
        write()
        write("  Open it and sign up. In another terminal:")
        write("    .venv/bin/ottit demo                 adds a few posts to look at")
        write("    .venv/bin/ottit admin create NAME    creates the first administrator")
        write("    .venv/bin/ottit status               shows processes, memory and waiting messages")
        write(f"  Logs are in {self._settings.data / 'logs'}. Press Ctrl-C to stop.")
        if self._settings.host not in (LOOPBACK, "localhost", "::1"):
            write(
                paint(
                    f"  It listens on {self._settings.host}: other machines can reach it, without encryption.",
                    "warning",
                )
            )
        write()

    def stopping(self) -> None:
        """Report that the stop has begun."""
        self._began = time.monotonic()
        self._terminal.write("\nStopping services, then the broker …")

    def stopped(self) -> None:
        """Report that all processes have ended."""
        self._terminal.write(
            f"Stopped after {time.monotonic() - self._began:.1f} s. `make up` starts it again with the same data."
        )

    def _report(self, name: str, text: str) -> None:
        self._last_written = time.monotonic()
        self._terminal.write_about(name, f"{text} ({self._last_written - self._began:.1f} s)")
