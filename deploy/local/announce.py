"""What the launcher tells about a start and a stop."""

import time

from deploy.local.plan import BROKER
from deploy.local.readiness import Readiness
from deploy.local.settings import LOOPBACK, LauncherSettings
from deploy.local.terminal import Terminal

# A start that takes longer than this says what it is waiting for, and again after as long.
PATIENCE_S = 10.0


class Announcer:
    """Remembers what was said already, and when the start began."""

    def __init__(self, settings: LauncherSettings, terminal: Terminal) -> None:
        self._settings = settings
        self._terminal = terminal
        self._began = self._spoke = time.monotonic()
        self._told: set[str] = set()

    def provisioned(self, changes: list[str]) -> None:
        """The broker runs what is declared."""
        how = f"made or changed: {len(changes)}" if changes else "as declared"
        self._told.add(BROKER)
        self._tell(BROKER, f"ready, streams and buckets {how}")

    def progress(self, readiness: Readiness) -> None:
        """Each part once, when it becomes ready; what is missing, when it takes long."""
        for name, part in readiness.parts.items():
            if part.ok and name not in self._told:
                self._told.add(name)
                self._tell(name, "ready")
        if time.monotonic() - self._spoke > PATIENCE_S:
            missing = [f"{name} ({part.why})" for name, part in readiness.parts.items() if not part.ok]
            self._tell("waiting", f"for {', '.join(missing) or 'the gateway'}")

    def ready(self, readiness: Readiness) -> None:
        """Where it is, and what to do next."""
        self.progress(readiness)
        paint, say = self._terminal.paint, self._terminal.say
        say()
        say(f"Ready after {time.monotonic() - self._began:.1f} s:  {paint(self._settings.url, 'good')}")
        say()
        say("  Open it and sign up. In another terminal:")
        say("    .venv/bin/ottit demo                 fills it with a few posts to look at")
        say("    .venv/bin/ottit admin create NAME    makes the first administrator")
        say("    .venv/bin/ottit status               parts, memory, what waits")
        say(f"  Logs are in {self._settings.data / 'logs'}. Ctrl-C stops everything.")
        if self._settings.host not in (LOOPBACK, "localhost", "::1"):
            say(paint(f"  It listens on {self._settings.host}: others can reach it, without encryption.", "warning"))
        say()

    def stopping(self) -> None:
        """The end begins."""
        self._began = time.monotonic()
        self._terminal.say("\nStopping: services first, the broker last …")

    def stopped(self) -> None:
        """Nothing runs any more."""
        self._terminal.say(f"Stopped after {time.monotonic() - self._began:.1f} s. `make up` continues where it was.")

    def _tell(self, name: str, words: str) -> None:
        self._spoke = time.monotonic()
        self._terminal.tell(name, f"{words} ({self._spoke - self._began:.1f} s)")
