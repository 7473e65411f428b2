"""Restarts what runs but no longer works: a process that does not answer, and a broker that kept a write error.

The broker keeps the error of a full disk until it restarts, long after there is room again.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

from nats.errors import Error as BrokerError

from deploy.installation.broker_connection import connect_as_operator
from deploy.installation.secret_files import Secrets
from deploy.installation.settings import LauncherSettings
from deploy.local.process_monitor import ProcessMonitor
from deploy.local.process_specs import BROKER
from deploy.local.readiness import Readiness, ask_readiness
from deploy.local.terminal import Terminal
from shared.messaging.broker_monitor import reported_problem

GATEWAY = "gateway"
CHECK_EVERY_S = 2.0
ANSWER_WITHIN_S = 5.0
# Much longer than any answer under load takes; people wait this long at most for a process that is stuck.
STUCK_AFTER_S = 30.0
# Loading a model or a checkpoint takes seconds, on a busy machine tens of them.
START_WITHIN_S = 120.0
# A check this late means that the machine or this launcher was suspended: the processes were, too.
SUSPENDED_S = 10.0
# The broker can write again if a file of this size fits.
PROBE_BYTES = 1024 * 1024
# A broker that keeps failing is not restarted more often than this.
BROKER_RESTART_EVERY_S = 10.0
# Declarations that keep changing, or cannot be applied, are applied at most this often.
PROVISION_EVERY_S = 10.0
# The command that a report names if declarations differ.
PROVISION_HINT = "ottit provision"

Provision = Callable[[], Awaitable[None]]


class Answers:
    """The time of each process's last answer, or of its start while it has not answered."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[str, tuple[int, float]] = {}
        self._started: dict[str, tuple[int, float]] = {}
        self._failed_starts: Counter[str] = Counter()

    def note(self, name: str, pid: int) -> None:
        """Note an answer of a process."""
        self._last[name] = (pid, self._clock())
        self._failed_starts.pop(name, None)

    def excuse(self, name: str, pid: int) -> None:
        """Start the time of a process from the beginning, because nobody can tell whether it would have answered."""
        times = self._last if self.has_answered(name, pid) else self._started
        times[name] = (pid, self._clock())

    def has_answered(self, name: str, pid: int) -> bool:
        """Tell if this very process has answered."""
        return self._last.get(name, (0, 0.0))[0] == pid

    def silent_for(self, name: str, pid: int) -> float:
        """Return the seconds without an answer if they are too many for this very process, else 0.

        A process that never answered gets more time, and twice as much after each restart: a large log takes long.
        """
        if not pid:
            return 0.0
        answered = self.has_answered(name, pid)
        if not answered and self._started.get(name, (0, 0.0))[0] != pid:
            self._started[name] = (pid, self._clock())
        _, since = (self._last if answered else self._started)[name]
        limit = STUCK_AFTER_S if answered else START_WITHIN_S * 2 ** self._failed_starts[name]
        silent_s = self._clock() - since
        if silent_s < limit:
            return 0.0
        self._failed_starts[name] += not answered
        return silent_s

    def forget(self) -> None:
        """Start from the beginning, for example after the machine was suspended."""
        now = self._clock()
        for times in (self._last, self._started):
            times |= {name: (pid, now) for name, (pid, _) in times.items()}


class Watchdog:
    """Checks the running processes from outside, until it is cancelled. `provision` creates what is missing."""

    def __init__(
        self,
        settings: LauncherSettings,
        monitors: Mapping[str, ProcessMonitor],
        terminal: Terminal,
        provision: Provision,
        *,
        secrets: Secrets,
    ) -> None:
        self._settings = settings
        self._monitors = monitors
        self._terminal = terminal
        self._provision = provision
        self._answers = Answers()
        self._told = ""
        self._broker_restarted_at = self._provisioned_at = float("-inf")
        self._secrets = secrets

    async def run(self) -> None:
        """Check every two seconds. Call this when every process has answered once."""
        for name in self._monitors:
            self._note(name)
        while True:
            began = time.monotonic()
            await asyncio.sleep(CHECK_EVERY_S)
            if time.monotonic() - began > SUSPENDED_S:
                self._answers.forget()
            await self.check()

    async def check(self) -> None:
        """Check every process once, and restart those that are stuck."""
        readiness, problem = await asyncio.gather(ask_readiness(self._settings.url), self._broker_problem())
        if problem is not None:
            self._note(BROKER)
        else:
            self._excuse_starting()
        if problem:
            await self._heal_broker(problem)
        else:
            self._tell("")
        self._note_services(readiness)
        await self._heal_declarations(readiness)
        for name in self._monitors:
            self._restart_if_stuck(name)

    async def _broker_problem(self) -> str | None:
        """Return the broker's problem, asked on a new connection as the operator, or None while it does not answer."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                broker = await connect_as_operator(self._settings.broker_url, self._secrets)
                try:
                    return await reported_problem(broker)
                finally:
                    await broker.close()
        except (BrokerError, OSError, TimeoutError):
            return None

    def _note_services(self, readiness: Readiness) -> None:
        if not readiness.parts:
            # Only the gateway asks the others: its silence says nothing about them.
            for name in self._monitors.keys() - {GATEWAY, BROKER}:
                self._excuse(name)
            return
        self._note(GATEWAY)
        broker = readiness.parts.get(BROKER)
        for name, part in readiness.parts.items():
            # Without the broker nobody can tell whether a service works, so its silence does not count.
            if name == BROKER:
                continue
            if not part.is_silent and not part.is_unknown:
                self._note(name)
            elif broker is None or not broker.ok:
                self._excuse(name)

    def _excuse_starting(self) -> None:
        """Leave processes alone that wait for the broker at their start."""
        for name, monitor in self._monitors.items():
            if name != BROKER and not self._answers.has_answered(name, monitor.state.pid):
                self._excuse(name)

    def _excuse(self, name: str) -> None:
        if name in self._monitors:
            self._answers.excuse(name, self._monitors[name].state.pid)

    def _note(self, name: str) -> None:
        if name in self._monitors:
            self._answers.note(name, self._monitors[name].state.pid)

    def _restart_if_stuck(self, name: str) -> None:
        monitor = self._monitors[name]
        if silent_s := self._answers.silent_for(name, monitor.state.pid):
            monitor.restart(f"has not answered for {silent_s:.0f} s; killing it")

    async def _heal_declarations(self, readiness: Readiness) -> None:
        """Create missing streams and durables, and undo changes of their configuration."""
        reasons = [part.reason for part in readiness.parts.values() if PROVISION_HINT in part.reason]
        now = time.monotonic()
        if reasons and now - self._provisioned_at >= PROVISION_EVERY_S:
            self._provisioned_at = now
            self._terminal.write_about(BROKER, f"{reasons[0]} (running it now)", "warning")
            await self._provision()

    async def _heal_broker(self, problem: str) -> None:
        folder = self._settings.data / "broker"
        if reason := await asyncio.to_thread(why_not_writable, folder):
            advice = f"Writes fail, reads work. {folder}: {reason}. Mend that, and Ottit goes on by itself."
            self._tell(f"{problem}. {advice}")
            return
        now = time.monotonic()
        if now - self._broker_restarted_at >= BROKER_RESTART_EVERY_S:
            self._broker_restarted_at = now
            self._monitors[BROKER].restart(f"{problem}. Its disk can be written to again; restarting it")

    def _tell(self, text: str) -> None:
        """Write a text about the broker once; an empty text: what was told is over."""
        if text and text != self._told:
            self._terminal.write_about(BROKER, text, "error")
        self._told = text


def why_not_writable(folder: Path) -> str:
    """Return why a file cannot be written in a folder; empty if it can."""
    probe = folder / ".room"
    try:
        with probe.open("wb") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return error.strerror or str(error)
    finally:
        with suppress(OSError):
            probe.unlink()
    return ""
