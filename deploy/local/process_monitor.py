"""Keeps a process running: starts it, reports how it ended, waits, and starts it again."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from deploy.installation.data_folder import Condition, ProcessState
from deploy.local.log_formatting import parse_line
from deploy.local.process import Process, ended_with, rotate
from deploy.local.process_specs import ProcessSpec
from deploy.local.terminal import Terminal
from shared.problems import REFUSED_EXIT

# A single crash heals at once; only a process that keeps ending has to wait.
FIRST_WAIT_S, SECOND_WAIT_S = 0.0, 1.0
# Half a minute: long enough to cost nothing, short enough that nobody restarts it by hand first.
LONGEST_WAIT_S = 30.0
# A process that ran this long was healthy: the waiting times start again from the first.
HEALTHY_AFTER_S = 60.0
OnStart = Callable[[], Awaitable[None]]


class Backoff:
    """The waiting times before restarts: 0, 1, 2, 4 … 30 seconds, from 0 again after a healthy minute."""

    def __init__(self) -> None:
        self._next = FIRST_WAIT_S

    def after(self, lived_s: float) -> float:
        """Return the seconds to wait, given how long the process ran this time."""
        if lived_s >= HEALTHY_AFTER_S:
            self._next = FIRST_WAIT_S
        wait, self._next = self._next, min(self._next * 2 or SECOND_WAIT_S, LONGEST_WAIT_S)
        return wait


class ProcessMonitor:
    """Runs one process until `stop`. Calls `on_change` at each start and end, and `on_start` beside each process."""

    def __init__(self, spec: ProcessSpec, logs: Path, terminal: Terminal, on_start: OnStart | None = None) -> None:
        self.spec = spec
        self.log = logs / f"{spec.name}.log"
        self.restarts = 0
        self.on_change: Callable[[ProcessMonitor], None] = lambda _: None
        self.last_lines: list[str] = []
        self.refused = False  # whether the process refused its last start, with the reason in its last line
        self._terminal = terminal
        self._on_start = on_start
        self._backoff = Backoff()
        self._stopping = asyncio.Event()
        self._process: Process | None = None
        self._condition: Condition = "starting"
        self._since = time.time()

    @property
    def state(self) -> ProcessState:
        """The current state of the process."""
        pid = self._process.pid if self._process else 0
        return ProcessState(self.spec.name, self._condition, pid, self.restarts, self._since)

    async def run(self) -> None:
        """Start the process, and restart it whenever it ends, until `stop`."""
        rotate(self.log)
        while not self._stopping.is_set():
            began = time.monotonic()
            how = await self._run_once()
            if self._stopping.is_set():
                break
            self.restarts += 1
            self.refused = how == ended_with(REFUSED_EXIT)
            wait = self._backoff.after(time.monotonic() - began)
            when = f"in {wait:g} s" if wait else "now"
            text = f"{how} (end {self.restarts} since the start); restarting {when} ({self.log})"
            self._terminal.write_about(self.spec.name, text, "error")
            self._set_condition("waiting")
            await self._wait_for_stop(wait)
        self._set_condition("stopped")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop restarting, and signal the process if there is one."""
        self._stopping.set()
        if self._process:
            self._process.signal(number)

    def restart(self, why: str) -> None:
        """Kill the process, so that it is started again; SIGKILL also ends a stopped one."""
        if self._process and not self._stopping.is_set():
            self._terminal.write_about(self.spec.name, why, "error")
            self._process.signal(signal.SIGKILL)

    async def _run_once(self) -> str:
        try:
            process = self._process = await Process.start(self.spec, self.log)
        except OSError as error:
            return f"could not be started: {error}"
        self._set_condition("running")
        if self.restarts:
            self._terminal.write_about(self.spec.name, f"restarted (process {process.pid})", "warning")
        if self._stopping.is_set():  # `stop` was called while it was starting
            process.signal(signal.SIGTERM)
        on_start = asyncio.ensure_future(self._on_start()) if self._on_start else None
        try:
            return await process.relay_until_exit(self._relay)
        finally:
            self._process = None
            self.last_lines = list(process.last_lines)
            if on_start:
                on_start.cancel()

    def _relay(self, text: str) -> None:
        if not self._stopping.is_set():  # messages during a stop go to the log file only
            self._terminal.relay(self.spec.name, parse_line(text))

    def _set_condition(self, condition: Condition) -> None:
        self._condition, self._since = condition, time.time()
        self.on_change(self)

    async def _wait_for_stop(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
