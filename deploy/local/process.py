"""A running process in its own process group; its output goes to its log file and to the terminal."""

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

from deploy.installation.settings import ROOT
from deploy.local.process_specs import ProcessSpec

PARENT_DEATH_GUARD = Path(__file__).with_name("parent_death_guard.py")
CHUNK = 64 * 1024
Relay = Callable[[str], None]
# About a week of a busy small installation. With three rotated files, all processes use at most 80 MB.
ROTATE_AT_BYTES = 4 * 1024 * 1024
ROTATED_FILES = 3


class Process:
    """Created by `start`; `relay_until_exit` returns when the process has ended and its last line is in the log."""

    def __init__(self, process: asyncio.subprocess.Process, output: asyncio.StreamReader, log: FileIO) -> None:
        self._process = process
        self._output = output
        self._log = log
        self.pid = process.pid
        self.last_lines: deque[str] = deque(maxlen=8)

    @classmethod
    async def start(cls, spec: ProcessSpec, log: Path) -> "Process":
        """Start a process. In its own group it does not receive Ctrl-C: the launcher stops processes in order."""
        log_file = log.open("ab", buffering=0)  # opened first: if this fails, no process is left behind
        guard = (sys.executable, "-S", str(PARENT_DEATH_GUARD), str(os.getpid()))
        process = await asyncio.create_subprocess_exec(
            *guard, *spec.command, cwd=ROOT, env=spec.environment, stdout=PIPE, stderr=STDOUT, start_new_session=True
        )
        if process.stdout is None:
            raise RuntimeError("started without a pipe")
        return cls(process, process.stdout, log_file)

    async def relay_until_exit(self, relay: Relay) -> str:
        """Relay each line until the process ends. Return a description of how it ended."""
        splitter = LineSplitter()
        while chunk := await self._output.read(CHUNK):
            with suppress(OSError):  # a full disk must not block the process: its pipe is still read
                self._log.write(chunk)
            for line in splitter.feed(chunk):
                self.last_lines.append(line)
                relay(line)
        code = await self._process.wait()
        self._log.close()
        return ended_with(code) if code >= 0 else f"was ended by {signal.Signals(-code).name}"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole process group; do nothing if it has ended."""
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return


def ended_with(code: int) -> str:
    """Return the description of an end with an exit code."""
    return f"ended with code {code}"


def rotate(file: Path) -> Path:
    """Return the log file to append to; a full one becomes `.1`, the previous one `.2`, and so on."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists() or file.stat().st_size < ROTATE_AT_BYTES:
        return file
    for number in range(ROTATED_FILES, 0, -1):
        older = file.with_name(f"{file.name}.{number}")
        newer = file.with_name(f"{file.name}.{number - 1}") if number > 1 else file
        if newer.exists():
            newer.replace(older)
    return file


class LineSplitter:
    """Splits a stream of bytes into lines; longer lines than `MAX_LENGTH` are split there."""

    MAX_LENGTH = 64 * 1024

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> list[str]:
        """Return the lines that this chunk completes."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > self.MAX_LENGTH:
            lines, self._rest = [*lines, self._rest], b""
        return [line[: self.MAX_LENGTH].decode(errors="replace").rstrip("\r") for line in lines]
