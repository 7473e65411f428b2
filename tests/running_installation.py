"""A real `ottit up` on free ports with its own data folder, for tests and benchmarks."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.installation.data_folder import InstallationState, read_state
from deploy.installation.settings import ROOT
from shared.testing import free_port

# A first start on two busy cores during a test run.
READY_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0


class RunningInstallation:
    """One launcher process. `output` is its output so far."""

    def __init__(self, folder: Path, **settings: str) -> None:
        port = settings.get("OTTIT_PORT", str(free_port()))
        ports = {"OTTIT_PORT": port, "OTTIT_BROKER_PORT": str(free_port())}
        self.data = folder
        self.url = f"http://127.0.0.1:{port}{settings.get('OTTIT_BASE_PATH', '')}"
        self.environment = {**os.environ, **ports, "OTTIT_DATA_DIR": str(folder), **settings}
        self._lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    @property
    def output(self) -> str:
        """The launcher's output."""
        return "".join(self._lines)

    @property
    def state(self) -> InstallationState:
        """The launcher's current state file."""
        state = read_state(self.data)
        if state is None:
            raise FileNotFoundError(self.data)
        return state

    def pid_of(self, process: str) -> int:
        """Return the process id of the broker or a service; 0 while it has none."""
        return next(known.pid for known in self.state.parts if known.name == process)

    def start(self) -> "RunningInstallation":
        """Start the launcher and wait until the installation is ready.

        Raises:
            TimeoutError: it was not ready in time, or ended; the message has the output.
        """
        self.process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up"],
            cwd=ROOT, env=self.environment, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()
        self.wait_for("Ready after", READY_TIMEOUT_S)
        return self

    def wait_for(self, text: str, timeout_s: float = 30.0) -> None:
        """Wait for a text in the launcher's output.

        Raises:
            TimeoutError: the text did not appear, or the launcher has ended.
        """
        deadline = time.monotonic() + timeout_s
        while text not in self.output:
            ended = self.process is None or self.process.poll() is not None
            if time.monotonic() > deadline or (ended and text not in self.output):
                raise TimeoutError(f"the launcher never printed {text!r}:\n{self.output}")
            time.sleep(0.05)

    def ottit(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of `ottit` on this installation with `stdin` as its standard input."""
        command = [sys.executable, "-m", "deploy.cli", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, text=True, input=stdin, capture_output=True, check=False
        )

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send the launcher a signal, wait until it ends, and return its exit code.

        Raises:
            subprocess.TimeoutExpired: it did not end in time.
        """
        if self.process is None:
            return 0
        self.process.send_signal(number)
        return self.process.wait(STOP_TIMEOUT_S)

    def _listen(self) -> None:
        if self.process and self.process.stdout:
            for line in self.process.stdout:
                self._lines.append(line)


@contextmanager
def running_installation(folder: Path, **settings: str) -> Iterator[RunningInstallation]:
    """Yield a ready installation and stop it at the end. `settings` are environment variables."""
    installation = RunningInstallation(folder, **settings)
    try:
        yield installation.start()
    finally:
        if installation.process and installation.process.poll() is None:
            try:
                installation.stop()
            except subprocess.TimeoutExpired:
                installation.stop(signal.SIGKILL)
