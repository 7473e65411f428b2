"""One running part: a process in its own process group, its output in its log file and on the terminal."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from io import FileIO
from pathlib import Path

from deploy.local.lines import LineSplitter
from deploy.local.plan import Part
from deploy.local.settings import ROOT

TETHER = Path(__file__).with_name("tether.py")
CHUNK = 64 * 1024
Relay = Callable[[str], None]


class Process:
    """Made by `start`; `ended` returns when the process has gone and its last line is in the log."""

    def __init__(self, process: asyncio.subprocess.Process, output: asyncio.StreamReader, log: FileIO) -> None:
        self._process = process
        self._output = output
        self._log = log
        self.pid = process.pid
        self.last_lines: deque[str] = deque(maxlen=8)

    @classmethod
    async def start(cls, part: Part, log: Path) -> "Process":
        """Start the part. Its own group keeps the terminal's Ctrl-C from it: the launcher says in which order."""
        written = log.open("ab", buffering=0)  # before there is a process: where this fails, none is left over
        tether = (sys.executable, "-S", str(TETHER), str(os.getpid()))
        process = await asyncio.create_subprocess_exec(
            *tether, *part.command, cwd=ROOT, env=part.environment, stdout=PIPE, stderr=STDOUT, start_new_session=True
        )
        if process.stdout is None:
            raise RuntimeError("started without a pipe")
        return cls(process, process.stdout, written)

    async def ended(self, relay: Relay) -> str:
        """Hand on each line until the end. Returns how it ended, in words."""
        splitter = LineSplitter()
        while chunk := await self._output.read(CHUNK):
            with suppress(OSError):  # a full disk: the part goes on, and must not wait for a pipe that nobody empties
                self._log.write(chunk)
            for line in splitter.feed(chunk):
                self.last_lines.append(line)
                relay(line)
        code = await self._process.wait()
        self._log.close()
        return f"ended with code {code}" if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group; one that has gone already needs none."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return
