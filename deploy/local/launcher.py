"""Starts and stops an installation: `ottit up` in the foreground or background, and `ottit down`."""

import asyncio
import os
import signal
import subprocess
import sys
import time

from deploy.installation.data_folder import AlreadyRunning, FolderLock, launcher_pid, read_state
from deploy.installation.secret_files import open_secrets
from deploy.installation.settings import ROOT, LauncherSettings
from deploy.local.preflight import CannotStart, check_installation, check_ports, open_data_folder
from deploy.local.terminal import Terminal
from shared.problems import StartRefused

# Longer than a first start on a slow machine; a failed start ends long before.
START_TIMEOUT_S = 180.0
# The launcher needs at most 10 s, and somewhat more on a machine under load.
STOP_TIMEOUT_S = 15.0
POLL_S = 0.1


def start(settings: LauncherSettings, terminal: Terminal) -> int:
    """Run the installation until a signal. Return the exit code."""
    # Files are private to their owner: the broker and SQLite would create theirs with wider permissions.
    os.umask(0o077)
    lock = FolderLock(settings.data)
    try:
        check_installation()
        open_data_folder(settings.data)
        lock.acquire()
        check_ports(settings)
        # Imported late: the broker's client takes a third of a second, which "already running" need not wait for.
        from deploy.installation.secret_files import SERVICES
        from deploy.local.supervisor import Supervisor

        secrets = open_secrets(settings.data, SERVICES, settings.master_key)
        for note in secrets.notes:
            terminal.write(note, "warning")
        return asyncio.run(Supervisor(settings, secrets, terminal).run())
    except AlreadyRunning as running:
        terminal.write(_already_running_message(settings, running), "error")
    except (CannotStart, StartRefused) as reason:
        terminal.write(str(reason), "error")
    except OSError as error:
        terminal.write(_unusable_message(settings, error), "error")
    finally:
        lock.release()
    return 1


def start_detached(settings: LauncherSettings, terminal: Terminal) -> int:
    """Start a launcher in the background and wait until it is ready. Return the exit code."""
    log = settings.data / "logs" / "launcher.log"
    try:
        open_data_folder(settings.data)
    except CannotStart as reason:
        terminal.write(str(reason), "error")
        return 1
    try:
        log.parent.mkdir(mode=0o700, exist_ok=True)
        output = log.open("wb")
    except OSError as error:
        terminal.write(_unusable_message(settings, error), "error")
        return 1
    with output:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up"],
            cwd=ROOT,
            env=settings.detached_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    ready = _wait_until_ready(settings, launcher)
    terminal.write(log.read_text().rstrip())
    if not ready and launcher.poll() is None:
        terminal.write(f"Not ready after {START_TIMEOUT_S:g} s; still starting. Check it with `ottit status`.", "error")
    return 0 if ready else 1


def stop(settings: LauncherSettings, terminal: Terminal) -> int:
    """Stop the launcher on the data folder and wait until it has ended. Return the exit code."""
    pid = launcher_pid(settings.data)
    if pid is None:
        terminal.write(f"Ottit is not running on the data folder {settings.data}.")
        return 0
    if pid:  # 0: it holds the lock but has not written its process id yet
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while launcher_pid(settings.data) is not None:
        if time.monotonic() > deadline:
            terminal.write(f"The launcher (process {pid}) has not ended within {STOP_TIMEOUT_S:g} s.", "error")
            return 1
        time.sleep(POLL_S)
    terminal.write("Stopped.")
    return 0


def _wait_until_ready(settings: LauncherSettings, launcher: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while launcher.poll() is None and time.monotonic() < deadline:
        state = read_state(settings.data)
        if state and state.pid == launcher.pid and state.ready:
            return True
        time.sleep(POLL_S)
    return False


def _unusable_message(settings: LauncherSettings, error: OSError) -> str:
    what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return f"The data folder {settings.data} cannot be used: {what}. Remove or repair what is named, and start again."


def _already_running_message(settings: LauncherSettings, running: AlreadyRunning) -> str:
    state = read_state(settings.data)
    where = f" It is at {state.url}." if state and state.pid == running.pid else ""
    return f"{running}{where} Stop it with `ottit down`. To start another one, set OTTIT_DATA_DIR and OTTIT_PORT."
